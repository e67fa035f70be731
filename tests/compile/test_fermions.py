"""Free-fermion circuits: exact at any time, in the fewest gates we know of."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector
from scipy.linalg import expm

from qbcircuit import protocols
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compile import any_start_cost, compile_protocol, plan_cost
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.exact.fermions import free_fermions
from qbcircuit.reference import simulate
from qbcircuit.reference.fermions import mode_couplings
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    distance_up_to_phase,
    exact_unitary,
    in_place,
)

TARGETS = {
    "all-to-all": all_to_all,
    "line": line,
    "heavy-hex cz": lambda n: heavy_hex("cz"),
    "heavy-hex rzz": lambda n: heavy_hex("rzz"),
}
EXACT = 1e-13
"""An error that is smaller than rounding: exact networks are not compressed then."""

RELABELLED = {"X": "YZX", "Y": "XZY", "Z": "XYZ"}
"""Letters that X, Y and Z become where the field's letter is another."""


@pytest.fixture(autouse=True, scope="module")
def _no_frames_of_few_wires():
    """Short chains also fit on few wires, which may cost less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qbcircuit.compile.job.few_wires", lambda *_: ())
        yield


def chain(n, rng, bond, *, fields=False):
    """Terms of an open chain with random strengths, all different."""
    terms = []
    for j in range(n - 1):
        g, h, u, v = rng.uniform(0.3, 1.5, 4) * rng.choice([-1, 1], 4)
        terms += {
            "hopping": [Term("+-", (j, j + 1), complex(g, h))],
            "pairing": [Term("++", (j, j + 1), complex(g, h))],
            "xy": [Term("XX", (j, j + 1), g), Term("YY", (j, j + 1), h)],
            "any": [
                Term(letters, (j, j + 1), by)
                for letters, by in {"XX": g, "YY": h, "XY": u, "YX": v}.items()
            ],
            "ising": [Term("XX", (j, j + 1), g)],
        }[bond]
    return terms + ([Term("Z", (j,), rng.normal()) for j in range(n)] if fields else [])


def moved(terms, order, axes="ZZZZZZZZ"):
    """The terms on other sites, in other letters."""
    found = []
    for one in terms:
        letters = "".join(
            RELABELLED[axes[site]]["XYZ".index(a)] if a in "XYZ" else a
            for a, site in zip(one.operators, one.sites, strict=True)
        )
        found.append(Term(letters, [order[site] for site in one.sites], one.strength))
    return found


def protocol_of(terms, n, start="ground"):
    return ChargingProtocol.constant(Battery.qubits(n, start=start), terms)


def assert_exact(plan):
    assert plan.compilation.method == "free fermions"
    assert plan.compilation.error == 0
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, plan.target)


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("start", ["auto", "any"])
@pytest.mark.parametrize("fields", [False, True])
@pytest.mark.parametrize("bond", ["hopping", "pairing", "xy", "any", "ising"])
def test_every_kind_of_chain_is_exact_on_every_target(bond, fields, start, target):
    n = 5
    terms = chain(n, np.random.default_rng(7), bond, fields=fields)
    protocol = protocol_of(terms, n, start="01100")
    plan = compile_protocol(
        protocol, times=[0.0, 0.4, 9.0], target=TARGETS[target](n), start=start, error=EXACT
    )
    if bond == "ising" and not fields:
        assert plan.compilation.method == "exact layers"
        return
    assert plan.compilation.assumes_start is (start == "auto")
    assert_exact(plan)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_the_double_excitation_chain_of_twelve(target):
    protocol = protocols.double_excitation(Battery.qubits(12))
    device = TARGETS[target](12)
    for start, gates, depth in (("auto", 71, 21), ("any", 132, 24)):
        plan = compile_protocol(protocol, times=[1.0, 3.0], target=device, start=start, error=EXACT)
        circuit = plan.circuit(1)
        assert_obeys_target(circuit, device)
        assert circuit.num_nonlocal_gates() == gates
        assert circuit.depth(lambda one: len(one.qubits) == 2) == depth
    assert any_start_cost(protocol, 3.0, device, error=EXACT).two_qubit_gates == 132


@pytest.mark.parametrize("n", range(3, 10))
@pytest.mark.parametrize("bond", ["pairing", "any"])
def test_gates_from_a_basis_state(n, bond):
    steps = [chain(n, np.random.default_rng(n), bond)]
    found = free_fermions(Battery.qubits(n), steps, from_start=True)
    assert found.weight == (2 * (n * n // 4) - 1, 2 * (n - 1) - 1)
    whole = free_fermions(Battery.qubits(n), steps, from_start=False)
    assert whole.weight == (n * (n - 1), 2 * n)


@pytest.mark.parametrize("bits", ["0000", "0001", "0110", "1101", "11111", "10101", "0100000"])
def test_gates_where_particles_are_conserved(bits):
    n, filled = len(bits), bits.count("1")
    steps = [chain(n, np.random.default_rng(n), "hopping", fields=True)]
    (network,) = free_fermions(Battery.qubits(n, start=bits), steps, from_start=True).networks
    assert sum(gate.kind != "turn" for gate in network.gates) == filled * (n - filled)


def test_one_excitation_spreads_from_the_middle_out():
    steps = [chain(12, np.random.default_rng(1), "hopping")]
    found = free_fermions(Battery.qubits(12, start="1" + "0" * 11), steps, from_start=True)
    assert found.weight == (21, 11)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), start=st.sampled_from(["auto", "any"]))
def test_any_schedule_of_chains_is_exact(seed, start):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 6))
    order = rng.permutation(n).tolist()
    axes = "".join(rng.choice(list("ZZZXY"), n))
    bits = "".join(rng.choice(["0", "1"], n))
    schedule = []
    for _ in range(int(rng.integers(1, 4))):
        bond = str(rng.choice(["hopping", "pairing", "xy", "any", "ising"]))
        if bond in ("hopping", "pairing"):
            axes = "Z" * n
        terms = chain(n, rng, bond, fields=bool(rng.integers(2)))
        kept = [term for term in terms if rng.random() < 0.8] or terms
        schedule.append(kept)
    steps = tuple(
        Evolve(terms=tuple(moved(terms, order, axes)), duration=float(rng.uniform(0.2, 1)))
        for terms in schedule
    )
    protocol = ChargingProtocol(battery=Battery.qubits(n, start=bits), schedule=steps)
    times = [0.0, *sorted(rng.uniform(0, protocol.duration, 2)), protocol.duration]
    target = str(rng.choice(["all-to-all", "line"]))
    plan = compile_protocol(protocol, times=times, start=start, target=target, error=EXACT)
    assert plan.compilation.error_kind == "exact"
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


@settings(deadline=None, max_examples=25)
@given(
    strengths=st.lists(st.sampled_from([0.0, 1e-9, -0.5, 1.0, 2.0]), min_size=11, max_size=11),
    time=st.sampled_from([0.0, 1e-9, math.pi / 8, math.pi / 4, math.pi / 2, math.pi, 50.0]),
    start=st.sampled_from(["auto", "any"]),
)
def test_degenerate_chains_stay_exact_and_finite(strengths, time, start):
    n = 4
    xx, yy, z = strengths[:3], strengths[3:6], strengths[6:10]
    steps = [
        [Term("XX", (j, j + 1), xx[j]) for j in range(n - 1) if xx[j]]
        + [Term("YY", (j, j + 1), yy[j]) for j in range(n - 1) if yy[j]]
        + [Term("Z", (j,), z[j]) for j in range(n) if z[j]]
        + [Term("Z", (0,), 0.7)]
    ]
    battery = Battery.qubits(n, start="0011" if strengths[10] > 0 else "ground")
    found = free_fermions(battery, steps, from_start=start == "auto")
    angles = found.angles([time])
    assert np.isfinite(angles).all()
    assert found.angles([0.0]) == (0.0,) * len(angles)
    state = Statevector(found.circuit().assign_parameters(angles)).data
    protocol = ChargingProtocol.constant(battery, steps[0])
    plan = compile_protocol(protocol, times=0.0, steps=1)
    begun = Statevector(in_place(plan, plan.experiments[0])).data
    assert distance_up_to_phase(state, exact_unitary(protocol, time) @ begun) < 1e-9


def work_of(found, elapsed):
    """W from the covariance of the modes, taken through the gates of the one network."""
    (network,) = found.networks
    n = len(network.chain.sites)
    covariance = np.zeros((2 * n, 2 * n))
    levels = network.levels or (0,) * n
    covariance[::2, 1::2] = np.diag([2.0 * level - 1 for level in levels])
    covariance -= covariance.T
    angles = iter(network.angles([elapsed]))
    for gate in network.gates:
        left = gate.sites[0]
        if gate.kind == "turn":
            generator = mode_couplings((Term("Z", (0,), next(angles) / 2),), [0])
        elif gate.kind == "pair":  # of XX and YY it is their flip of the pair that counts
            generator = mode_couplings((Term("XX", (0, 1), next(angles) / 2),), [0, 1])
        else:
            pair = Term("XX", (0, 1), next(angles) / 2), Term("YY", (0, 1), next(angles) / 2)
            generator = mode_couplings(pair, [0, 1])
        modes = slice(2 * left, 2 * left + len(generator))
        rotation = expm(generator)
        covariance[modes] = rotation @ covariance[modes]
        covariance[:, modes] = covariance[:, modes] @ rotation.T
    return float(np.sum(1 + covariance[::2, 1::2].diagonal()) / 2)


@pytest.mark.parametrize(("n", "start"), [(12, True), (20, True), (20, False), (60, True)])
@pytest.mark.parametrize("field", [0.0, 0.4])
def test_work_curves_of_long_chains(n, start, field):
    protocol = protocols.double_excitation(Battery.qubits(n), field=field)
    terms = protocol.generator(protocol.evolutions[0])[0]
    found = free_fermions(protocol.battery, [terms], from_start=start)
    times = np.array([0.0, 0.8, 6.3])
    work = [work_of(found, time) for time in times]
    np.testing.assert_allclose(work, simulate(protocol, times).work, rtol=0, atol=1e-9)


def test_a_hundred_random_sites_stay_accurate():
    n = 100
    terms = chain(n, np.random.default_rng(3), "xy", fields=True)
    found = free_fermions(Battery.qubits(n), [terms], from_start=True)
    expected = simulate(protocol_of(terms, n), np.array([40.0])).work[0]
    assert work_of(found, 40.0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("target", ["line", "heavy-hex rzz"])
def test_the_written_circuit_of_twelve_sites(target):
    protocol = protocol_of(chain(12, np.random.default_rng(5), "any", fields=True), 12)
    plan = compile_protocol(protocol, times=2.5, target=TARGETS[target](12), error=EXACT)
    assert plan_cost(plan, 0).two_qubit_gates == 71
    populations = np.abs(Statevector(in_place(plan, plan.experiments[0])).data) ** 2
    work = np.bitwise_count(np.arange(1 << 12)) @ populations
    assert work == pytest.approx(simulate(protocol, np.array([2.5])).work[0], abs=1e-9)


def test_a_product_formula_is_kept_where_it_is_asked_for():
    short = protocols.double_excitation(Battery.qubits(20))
    assert compile_protocol(short, times=50.0).compilation.method == "free fermions"
    for asked in ({"times": 2.0, "formula": 2}, {"times": 2.0, "steps": 40}):
        assert compile_protocol(short, **asked).compilation.method == "product formula"


def test_commuting_chains_keep_their_exact_layers():
    plan = compile_protocol(protocols.windows(Battery.qubits(6), order=2), times=1.0)
    assert plan.compilation.method == "exact layers"


def test_times_that_no_product_formula_reaches():
    protocol = protocols.double_excitation(Battery.qubits(5))
    assert_exact(compile_protocol(protocol, times=1.0e4, error=EXACT))


def test_a_thermal_start_takes_the_whole_operator():
    battery = Battery.qubits(4, start=ThermalStart(beta=0.8))
    protocol = protocols.double_excitation(battery, field=0.3)
    plan = compile_protocol(protocol, times=[0.0, 3.0], error=EXACT)
    assert not plan.compilation.assumes_start
    assert_exact(plan)


@pytest.mark.parametrize(
    "terms",
    [
        [Term("XX", pair) for pair in itertools.pairwise((0, 1, 2, 3, 0))],
        [Term("XX", (0, 1)), Term("XX", (0, 2)), Term("XX", (0, 3))],
        [Term(a * 2, pair) for a in "XYZ" for pair in itertools.pairwise(range(4))],
        [Term("XXX", (0, 1, 2)), Term("Z", (3,))],
        [Term("XX", (0, 1)), Term("XX", (1, 2)), Term("X", (1,)), Term("Z", (1,))],
    ],
    ids=["ring", "star", "Heisenberg", "three sites", "two fields"],
)
def test_what_is_no_open_chain_of_free_fermions(terms):
    assert free_fermions(Battery.qubits(4), [terms], from_start=True) is None


def test_resets_are_left_to_other_circuits():
    step = Evolve(terms=tuple(chain(3, np.random.default_rng(0), "xy")), duration=1.0)
    schedule = (step, Reset(sites=(1,)), step)
    protocol = ChargingProtocol(battery=Battery.qubits(3), schedule=schedule)
    assert compile_protocol(protocol, times=2.0, error=0.5).compilation.method != "free fermions"
