"""Drives that change in time: an integrator of the Schroedinger equation and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint, cost, normalise
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols import Drive, Slicing, counter_drives, driven
from qbcircuit.reference import simulate
from qbcircuit.starts import BasisStart, ProductStart, PureStart
from qbcircuit.terms import Term
from tests.levels import random_levels_term

END = 2.0


def integrated(battery, drives, times, *, internal=False, duration=END):
    """W by integrating the Schroedinger equation of H(t) from a pure start."""
    sizes = battery.dimensions
    parts = [(testing.dense_hamiltonian(one.terms, sizes), one.over(duration)) for one in drives]
    energy = testing.energy_matrix(battery)
    still = energy if internal else np.zeros_like(energy)
    weights, vectors = np.linalg.eigh(testing.start_density(battery))
    start = vectors[:, -1]
    assert weights[-1] == pytest.approx(1.0)

    def slope(time, state):
        return -1j * ((sum(g(time) * v for v, g in parts) + still) @ state)

    found = solve_ivp(slope, (0, duration), start, "DOP853", times, rtol=1e-11, atol=1e-12)
    states = found.y.T
    means = np.einsum("ta,ab,tb->t", states.conj(), energy, states).real
    return means - np.vdot(start, energy @ start).real


def random_drives(rng, dimensions):
    drives = []
    for _ in range(3):
        among = list(range(len(dimensions)))
        terms = tuple(random_levels_term(rng, dimensions, among) for _ in range(2))
        a, b, c = rng.normal(size=3)
        drives.append(
            Drive(terms=terms, amplitude=lambda t, a=a, b=b, c=c: a * math.sin(2 * b * t + c))
        )
    return drives


@pytest.mark.parametrize("internal", [False, True])
@pytest.mark.parametrize("judged", ["always", "end"])
@pytest.mark.parametrize("seed", range(5))
def test_drives_of_any_sites_stay_within_their_estimate(seed, judged, internal):
    rng = np.random.default_rng(seed)
    sizes = [int(d) for d in rng.integers(2, 4, size=int(rng.integers(1, 3)))]
    rows = [rng.normal(size=d) + 1j * rng.normal(size=d) for d in sizes]
    battery = Battery(
        sites=tuple(Site(levels=tuple(range(d))) for d in sizes),
        start=ProductStart(amplitudes=tuple(tuple(row) for row in rows)),
    )
    drives = random_drives(rng, sizes)
    found = driven(
        battery,
        drives,
        duration=END,
        slicing=Slicing(error=1e-3, judged=judged),
        include_internal=internal,
    )
    times = np.sort(rng.uniform(0, END, size=9)) if judged == "always" else [END]
    truth = integrated(battery, drives, times, internal=internal)
    error = np.abs(simulate(found.protocol, times).work - truth).max() / battery.capacity
    assert found.error <= 1e-3
    assert error <= found.error + 1e-8


def test_slices_for_the_end_alone_are_few():
    """Order 4: a fifth of the steps of order 2 at 1e-4; the error falls with the fourth power."""
    battery = Battery.qubits(2)
    drives = [
        Drive(terms=(Term("X", (0,)), Term("X", (1,))), amplitude="sin2"),
        Drive(terms=(Term("Z", (0,)), Term("ZZ", (0, 1))), amplitude=lambda t: 1 - t / 3),
    ]
    truth = integrated(battery, drives, [END])[0]
    steps = {}
    for judged in ("always", "end"):
        errors = []
        for n in (8, 16, 32):
            slicing = Slicing(slices=n, judged=judged)
            protocol = driven(battery, drives, duration=END, slicing=slicing).protocol
            errors.append(abs(simulate(protocol, END).work[0] - truth) / 2)
        falls = 2 if judged == "always" else 4
        assert errors[1] / errors[2] == pytest.approx(2**falls, rel=0.2)
        enough = driven(battery, drives, duration=END, slicing=Slicing(error=1e-4, judged=judged))
        steps[judged] = len(enough.protocol.schedule)
        assert enough.error <= 1e-4
    assert steps["end"] * 5 < steps["always"]


def test_amplitudes_by_name_by_value_and_by_function_are_the_same():
    battery, terms = Battery.qubits(1), (Term("X", (0,)),)
    times = np.linspace(0, END, 5)
    for name, function in (
        ("constant", lambda t: 1.0),
        ("linear", lambda t: t / END),
        ("sin2", lambda t: math.sin(math.pi * t / END) ** 2),
        ("gaussian", lambda t: math.exp(-((t - END / 2) ** 2) / (2 * (END / 6) ** 2))),
    ):
        slicing = Slicing(slices=8)
        named, given_ = (
            driven(battery, [Drive(terms=terms, amplitude=a)], duration=END, slicing=slicing)
            for a in (name, function)
        )
        area = [math.fsum(step.terms[0].strength.real for step in one.protocol.evolutions)
                for one in (named, given_)]  # fmt: skip
        assert area[0] == pytest.approx(area[1], abs=1e-12)
    ramp = driven(battery, [Drive(terms=terms, amplitude=(0.0, 1.0, 0.5))], duration=END)
    # straight lines: the area is that of trapezia, t/2 up to 1 and then 3/4 on average
    expected = np.sin([0.0, 0.125, 0.5, 0.5 + 0.4375, 1.25]) ** 2
    np.testing.assert_allclose(simulate(ramp.protocol, times).work, expected, atol=1e-3)


def test_complex_amplitudes_turn_the_phase_of_a_transition():
    """exp(-i w t)|1><0| + h.c. is a rotating field: (2/Omega)^2 sin^2(Omega t/2)."""
    w = 1.5
    drive = Drive(terms=(Term("+", (0,)),), amplitude=lambda t: complex(np.exp(-1j * w * t)))
    found = driven(Battery.qubits(1), [drive], duration=END, slicing=Slicing(error=1e-5))
    omega, times = math.hypot(2.0, w), np.linspace(0, END, 9)
    expected = (2 / omega) ** 2 * np.sin(omega * times / 2) ** 2
    np.testing.assert_allclose(simulate(found.protocol, times).work, expected, atol=2e-5)


def test_a_hamiltonian_that_does_not_change_needs_one_slice():
    drive = Drive(terms=(Term("X", (0,)),))
    found = driven(Battery.qubits(1), [drive], duration=END)
    assert found.n_slices == len(found.protocol.schedule) == 1
    assert (
        found.protocol.schedule
        == ChargingProtocol.constant(Battery.qubits(1), drive.terms, duration=END).schedule
    )


def test_counter_drives_of_a_turning_field_are_the_printed_ones():
    """(theta'/2) sum_b Y_b, found from H(t) alone."""
    battery = Battery.qubits(2)
    fields = (Term("Z", (0,), -0.35), Term("Z", (1,), -0.35))
    drives = [
        Drive(terms=fields, amplitude=lambda t: math.cos(math.pi * t / END)),
        Drive(terms=(Term("++", (0, 1), -0.7),), amplitude=lambda t: math.sin(math.pi * t / END)),
    ]
    found = counter_drives(battery, drives, duration=END)
    turn = testing.dense_hamiltonian([Term("++", (0, 1), 0.5j * math.pi / END)], 2)
    for time in (0.0, 0.4, 1.9):
        given_ = sum(
            testing.dense_hamiltonian(
                [term.scaled(one.amplitude(time).real) for term in one.terms], 2
            )
            for one in found
        )
        np.testing.assert_allclose(given_, turn, atol=1e-9)


def test_interacting_cells_follow_their_ground_state():
    """A ramp from a field to a ferromagnet of three cells, in a time of 1."""
    pairs = ((0, 1), (1, 2))
    before = tuple(Term("Z", (j,), -1.0) for j in range(3))
    after = (*(Term("XX", pair, -1.0) for pair in pairs), Term("X", (0,), -0.3))
    battery = Battery(sites=(Site(),) * 3, start=BasisStart(levels=(0, 0, 0)))
    drives = [
        Drive(terms=before, amplitude=lambda t: math.cos(math.pi * t / 2) ** 2),
        Drive(terms=after, amplitude=lambda t: math.sin(math.pi * t / 2) ** 2),
    ]
    ground = np.linalg.eigh(testing.dense_hamiltonian(after, 3))[1][:, 0]
    slicing = Slicing(slices=12, judged="end")
    fidelity = []
    for extra in ((), counter_drives(battery, drives, duration=1.0)):
        found = driven(battery, [*drives, *extra], duration=1.0, slicing=slicing)
        state = testing.density_at(found.protocol, 1.0)
        fidelity.append((ground.conj() @ state @ ground).real)
    assert fidelity[0] < 0.5
    assert fidelity[1] == pytest.approx(1.0, abs=1e-6)


def test_levels_that_meet_cannot_be_kept_apart():
    drives = [
        Drive(terms=(Term("X", (0,)),), amplitude=lambda t: t - 1.0),
        Drive(terms=(Term("Z", (0,)),), amplitude=lambda t: (t - 1.0) ** 2),
    ]
    with pytest.raises(InvalidRequest, match=r"Levels of H meet at t=1 while the drive couples"):
        counter_drives(Battery.qubits(1), drives, duration=2.0)
    with pytest.raises(InvalidRequest, match=r"at most 64 states, got 128\."):
        counter_drives(Battery.qubits(7), drives, duration=2.0)


def test_what_is_known_of_the_slices_is_told_and_kept():
    protocol = protocols.adiabatic_ramp(Battery.qubits(2), duration=3.0, slices=6)
    (note,) = protocol.notes
    assert note.startswith("The drive is sampled in 6 slices; W is within 0.0")
    assert note.endswith("of the capacity at all times (estimated).")
    scaled = normalise(protocol, Constraint.C0)
    assert scaled.notes == protocol.notes
    assert cost(scaled, Constraint.C0) == pytest.approx(2.0)
    # too large for the exact reference: the slices stand, their error is not known
    sites = range(30)
    wide = [
        Drive(terms=tuple(Term("X", (j,)) for j in sites), amplitude="sin2"),
        Drive(terms=tuple(Term("ZZ", (j, j + 1)) for j in range(29)), amplitude="linear"),
        Drive(terms=tuple(Term("Z", (j,), j / 30) for j in sites), amplitude="linear"),
    ]
    found = driven(Battery.qubits(30), wide, duration=1.0, slicing=Slicing(slices=3))
    assert (found.error, len(found.protocol.schedule)) == (None, 3)
    assert "how well is not known" in found.protocol.notes[0]
    with pytest.raises(InvalidRequest, match="N=30"):
        driven(Battery.qubits(30), wide, duration=1.0)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: Slicing(slices=0), r"Slices must be 1 or more, got 0\. Use 1\.\.4096"),
        (lambda: Slicing(error=0.0), r"An error of slicing must be positive, got 0\.0"),
        (lambda: Slicing(judged="ends"), 'Unknown moment to judge slices at "ends". Closest: end'),
        (lambda: driven(Battery.qubits(1), [Drive(terms=(Term("X", (0,)),))], duration=0.0),
         r"A drive needs a positive and finite duration, got 0\.0"),
        (lambda: driven(Battery.qubits(1), [Drive(terms=(Term("X", (0,)),), amplitude="sine")],
                        duration=1.0), 'Unknown shape "sine". Closest: '),
        (lambda: driven(Battery.qubits(1), [Drive(terms=(Term("X", (0,)),), amplitude=(1.0,))],
                        duration=1.0), "A sampled drive needs 2 or more finite values"),
        (lambda: driven(Battery.qubits(1),
                        [Drive(terms=(Term("X", (0,)),), amplitude=lambda t: math.nan)],
                        duration=1.0), "A drive must be finite, and is not between t=0"),
        (lambda: driven(Battery.qubits(1), [Drive(terms=(Term("X", (0,)),), amplitude="gaussian"),
                                            Drive(terms=(Term("Z", (0,)),), amplitude="linear")],
                        duration=1.0, slicing=Slicing(error=1e-10)),
         "The drive changes too fast: 4096 slices do not keep W within 1e-10"),
        (lambda: driven(Battery.qubits(1), [], duration=1.0), "needs at least one term, got none"),
        (lambda: protocols.adiabatic_ramp(Battery.qubits(1), duration=math.inf),
         "A drive needs a positive and finite duration, got inf"),
        (lambda: protocols.adiabatic_ramp(Battery.qubits(1), sweep="fast"), 'Unknown sweep "fast"'),
        (lambda: protocols.pulsed_blocks(Battery.equal_cells(2, levels=(0, 1, 2))),
         "pulsed-blocks is for cells of 2 levels, got 3"),
        (lambda: protocols.counter_diabatic(Battery.qubits(2), order=3), "Order k=3 is larger"),
    ],
)  # fmt: skip
def test_refusals(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        request_()


def test_a_pure_start_and_a_drive_of_many_letters():
    """A qutrit and a qubit from an entangled start, named and sampled drives together."""
    battery = Battery(
        sites=(Site(levels=(0.0, 0.5, 2.0)), Site()),
        start=PureStart(amplitudes=(0.5, 0, 0.5j, 0, 0.7, 0.1)),
    )
    drives = [
        Drive(terms=(Term(("|2><0|", "X"), (0, 1), 0.9),), amplitude="gaussian"),
        Drive(terms=(Term("n", (0,), 0.4), Term("Y", (1,), 0.3)), amplitude=(0.2, 1.0)),
    ]
    found = driven(battery, drives, duration=END, include_internal=True)
    times = np.linspace(0.0, END, 7)
    truth = integrated(battery, drives, times, internal=True)
    assert np.abs(simulate(found.protocol, times).work - truth).max() / 3 < 1e-3
