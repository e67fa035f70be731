"""Cells charged by a mode: closed forms, published numbers and what the cut-off costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import factorial

from qbcircuit import merit, protocols, testing
from qbcircuit.battery import Battery, Role
from qbcircuit.comparison import rows
from qbcircuit.constraints import Constraint, cost, norm, normalise
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import (
    best_average_power,
    first_maximum,
    reduced_states,
    simulate,
    truncation,
)
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    ThermalStart,
)

TIMES = np.linspace(0.0, 4.0, 15)

D3 = (
    (1, 0.72461, 1.0), (2, 1.77334, 0.88889), (3, 3.16215, 0.86254), (4, 4.80672, 0.86146),
    (6, 8.7296, 0.86977), (8, 13.36918, 0.87869), (12, 24.43847, 0.89276),
    (16, 37.53591, 0.90289), (24, 68.79877, 0.91659), (32, 105.80354, 0.92562),
    (48, 194.15836, 0.93718), (64, 298.76282, 0.94452),
)  # fmt: skip
"""N, best average power over g and largest charge a cell, from |N> beside N empty cells."""

KAC = (
    (2, 1.081972972972973, 1.356727099881, 0.963948492339, 0.945922738508),
    (4, 1.071963963963964, 2.576315379447, 2.063705500595, 1.932945678712),
    (6, 1.071963963963964, 3.820301162925, 3.303706231243, 3.037190858688),
    (8, 1.081972972972973, 5.114105064325, None, None),
    (10, 1.081972972972973, 6.373343021974, None, None),
    (12, 1.081972972972973, 7.633062457623, None, None),
)
"""N, time, energy, ergotropy on all 2^N levels and on the ladder of N + 1, g/sqrt(N).

github.com/gbhanja/Ergotropy_Fluctuation at 6ef188b, TC_Kac_OP_fock_variance.ipynb.
"""

DICKE = (
    (0.5, 0.021433196445543187, 0.0003407623299633948),
    (5.0, 0.8962105391982826, 0.15854523978816426),
    (12.5, 2.943248051075835, 2.456900693831741),
    (18.0, 3.4187355760755787, 2.8532199286573166),
    (25.0, 2.9756979028273545, 2.157158139923345),
    (35.0, 1.4225401222962906, 0.6191858038135549),
    (45.0, 1.2887205780754356, 0.3804010258652406),
)
"""Time, W and ergotropy on the ladder of N + 1, N = 4, g = 0.05, 13 quanta kept.

dicke_battery and charge of qthermo 0.7.0, after Ferraro et al., PRL 120, 117702 (2018).
"""


def exponent(sizes, powers):
    return np.polyfit(np.log(sizes), np.log(powers), 1)[0]


def ladder_state(protocol, time):
    """Populations that the cells' state has as a spin, its eigenvalues falling."""
    (rho,) = reduced_states(protocol, [time])
    return np.linalg.eigvalsh(rho)[::-1][: protocol.battery.n_cells + 1]


def test_d1_one_cell_and_one_quantum():
    """D1_TC_N1: sin^2(gt)."""
    protocol = protocols.tavis_cummings(Battery.qubits(1), strength=0.8)
    assert protocol.battery.dimensions == (2, 2)
    np.testing.assert_allclose(simulate(protocol, TIMES).work, np.sin(0.8 * TIMES) ** 2, atol=1e-12)


def test_d1_detuned():
    """(4 g^2/Omega^2) sin^2(Omega t/2), Omega^2 = 4 g^2 + delta^2."""
    protocol = protocols.tavis_cummings(Battery.qubits(1), strength=0.8, detuning=1.1)
    omega = math.hypot(1.6, 1.1)
    expected = (1.6 / omega) ** 2 * np.sin(omega * TIMES / 2) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-12)


@pytest.mark.parametrize("mode", ["coherent", "thermal"])
def test_d1_other_starts_of_the_mode(mode):
    """sum_n p_n sin^2(g sqrt(n) t), whatever the phases of the mode."""
    n = np.arange(120)
    weights = {
        "coherent": np.exp(-2.5) * 2.5**n / factorial(n),
        "thermal": (2.5 / 3.5) ** n / 3.5,
    }[mode]
    protocol = protocols.tavis_cummings(Battery.qubits(1), quanta=2.5, mode=mode)
    expected = weights @ np.sin(np.sqrt(n)[:, None] * TIMES) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-9)
    assert truncation(protocol, TIMES) == (0.0, True)
    assert protocol.notes == ()


def test_d1_a_mode_in_any_superposition():
    protocol = protocols.tavis_cummings(Battery.qubits(1), mode=(0.6, 0.0, 0.8j))
    expected = 0.64 * np.sin(math.sqrt(2) * TIMES) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-12)


def test_d3_power_of_many_cells():
    """D3_TC_scaling: exponent 1.494 from N = 8 to 64 at fixed g, 0.994 with g/sqrt(N)."""
    fixed, shared = [], []
    for n, power, charge in D3:
        protocol = protocols.tavis_cummings(Battery.qubits(n))
        horizon = 3 / math.sqrt(n)
        fixed.append(best_average_power(protocol, horizon=horizon)[1])
        assert fixed[-1] == pytest.approx(power, abs=1e-3)
        assert first_maximum(protocol, horizon=horizon).work / n == pytest.approx(charge, abs=1e-5)
        collective = protocols.tavis_cummings(Battery.qubits(n), coupling="collective")
        shared.append(best_average_power(collective, horizon=3.0)[1])
    sizes = np.array([n for n, _, _ in D3])
    large = sizes >= 8
    assert exponent(sizes[large], np.array(fixed)[large]) == pytest.approx(1.494339, abs=1e-3)
    assert exponent(sizes[large], np.array(shared)[large]) == pytest.approx(0.994339, abs=1e-3)


@pytest.mark.parametrize(("coupling", "expected"), [(0.05, 1.4780), (0.5, 1.5009)])
def test_d4_dicke_exponents(coupling, expected):
    """D4_Dicke_Ferraro: omega a^dag a + omega J_z + 2 omega lambda J_x (a + a^dag), N = 2..10."""
    sizes = range(2, 11)
    powers = []
    for n in sizes:
        protocol = protocols.dicke(Battery.qubits(n), strength=coupling)
        horizon = 2 / (coupling * math.sqrt(n))
        time, power = best_average_power(protocol, horizon=horizon)
        powers.append(power)
    assert truncation(protocol, [time / 2, time]).error < 1e-4
    assert exponent(sizes, powers) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("n", "time", "energy", "full", "ladder"), KAC)
def test_published_tavis_cummings_with_a_fock_mode(n, time, energy, full, ladder):
    """tc-fock-kac: energy and ergotropy when the average power is largest on a grid of times."""
    protocol = protocols.tavis_cummings(Battery.qubits(n), coupling="collective")
    grid = np.linspace(0.001, 10, 1000)
    power = simulate(protocol, grid - grid[0]).work / grid
    assert grid[np.argmax(power)] == pytest.approx(time, abs=1e-6)
    assert simulate(protocol, time).work[0] == pytest.approx(energy, abs=1e-9)
    if full is None:  # the state of 2^N levels is too large to be quick
        return
    (rho,) = reduced_states(protocol, [time])
    levels = [index.bit_count() for index in range(2**n)]
    assert merit.ergotropy(rho, levels) == pytest.approx(full, abs=1e-9)
    passive = ladder_state(protocol, time) @ np.arange(n + 1.0)
    assert energy - passive == pytest.approx(ladder, abs=1e-9)


def test_published_dicke_curve():
    """dicke-N4-ergotropy-curve."""
    protocol = protocols.dicke(Battery.qubits(4), strength=0.05, cutoff=13)
    times = [time for time, _, _ in DICKE]
    work = simulate(protocol, times).work
    np.testing.assert_allclose(work, [one for _, one, _ in DICKE], atol=1e-9)
    for (time, _, ergotropy), energy in zip(DICKE, work, strict=True):
        passive = ladder_state(protocol, time) @ np.arange(5.0)
        assert energy - passive == pytest.approx(ergotropy, abs=1e-9)


def test_counter_rotating_terms_against_dense_matrices():
    protocol = protocols.dicke(
        Battery.qubits(2, levels=(0.0, 0.9)), strength=0.3, detuning=0.4, cutoff=5
    )
    assert protocol.battery.sites[2].levels == pytest.approx([1.3 * n for n in range(6)])
    found = simulate(protocol, TIMES[:5]).work
    np.testing.assert_allclose(found, [testing.work_at(protocol, t) for t in TIMES[:5]], atol=1e-9)


@pytest.mark.parametrize("cells", ["basis", "thermal", "mixed", "product", "pure"])
def test_starts_of_the_cells_stay_beside_the_mode(cells):
    given = {
        "basis": BasisStart(levels=(1, 0)),
        "thermal": ThermalStart(beta=0.7),
        "mixed": MixedStart(populations=((0.2, 0.8), (1.0, 0.0))),
        "product": ProductStart(amplitudes=((0.6, 0.8), (1.0, 1j))),
        "pure": PureStart(amplitudes=(0.1, 0.2, 0.3j, 0.4)),
    }[cells]
    battery = Battery.qubits(2, start=given)
    protocol = protocols.tavis_cummings(battery, quanta=1.0, cutoff=4)
    assert protocol.battery.dimensions == (2, 2, 5)
    assert protocol.battery.sites[2].role is Role.MODE
    quantum = np.diag([0.0, 1.0, 0.0, 0.0, 0.0])
    expected = np.kron(quantum, testing.start_density(battery))
    np.testing.assert_allclose(testing.start_density(protocol.battery), expected, atol=1e-12)


def test_a_cell_that_may_start_charged_needs_room_in_the_mode():
    for start, most in (("ground", 2), ("01", 3), (ThermalStart(beta=1.0), 4)):
        battery = Battery.qubits(2, start=start)
        protocol = protocols.tavis_cummings(battery)
        assert protocol.battery.dimensions[-1] == most + 1
        assert truncation(protocol, TIMES) == (0.0, True)
        assert norm(protocol).kind == "exact"
    tight = protocols.tavis_cummings(Battery.qubits(2, start="01"), cutoff=2)
    assert truncation(tight, TIMES).error > 0.1


def test_the_cut_off_costs_what_is_told():
    """Against many more quanta the error is what half as many more quanta say it is."""
    protocol = protocols.dicke(Battery.qubits(2), strength=0.5, cutoff=8)
    told = truncation(protocol, TIMES)
    truth = simulate(protocols.dicke(Battery.qubits(2), strength=0.5, cutoff=60), TIMES).work
    error = np.abs(simulate(protocol, TIMES).work - truth).max() / 2
    assert not told.exact
    assert told.error == pytest.approx(error, rel=0.05)
    assert error > 1e-4


def test_a_start_beyond_the_cut_off_is_told_or_refused():
    protocol = protocols.tavis_cummings(Battery.qubits(1), quanta=2.0, mode="coherent", cutoff=5)
    lost = 1 - sum(math.exp(-2) * 2**n / math.factorial(n) for n in range(6))
    assert protocol.notes == (
        f"The mode's start has {lost:.2g} of its weight above the cut-off of 5 quanta.",
    )
    with pytest.raises(InvalidRequest, match=r"cut-off of 1 quanta leaves out 0\.59 of the mode"):
        protocols.tavis_cummings(Battery.qubits(1), quanta=2.0, mode="coherent", cutoff=1)


def test_the_report_tells_what_is_cut_off():
    times = np.linspace(0.0, 2.0, 5)
    fock = protocols.tavis_cummings(Battery.qubits(2))
    assert rows.protocol_notes(fock, times) == [
        "The mode never reaches its cut-off: nothing is lost there."
    ]
    cut = protocols.dicke(Battery.qubits(1), quanta=2.0, mode="coherent", cutoff=5)
    start, told = rows.protocol_notes(cut, times)
    assert start == cut.notes[0]
    error = f"{truncation(cut, times).error:.2g}"
    assert told.startswith(f"Cutting the mode off changes W by {error} of the capacity")
    many = Battery.qubits(12, start=MixedStart(populations=((0.5, 0.5),) * 12))
    (unknown,) = rows.protocol_notes(protocols.dicke(many, quanta=1.0, cutoff=2), times)
    assert unknown == "What cutting the mode off costs is not known: too many states."
    assert rows.protocol_notes(protocols.parallel(Battery.qubits(2)), times) == []


def test_constraints_of_a_mode():
    fock = protocols.tavis_cummings(Battery.qubits(3))
    assert cost(normalise(fock, Constraint.C0), Constraint.C0) == pytest.approx(3.0)
    # <H^2> = g^2 sum_j n = 9 from |3> and three empty cells
    assert cost(fock, Constraint.C1) == pytest.approx(3.0)
    with pytest.raises(InvalidRequest, match="needs modes that start with a fixed number"):
        norm(protocols.tavis_cummings(Battery.qubits(2), mode="coherent"))
    with pytest.raises(InvalidRequest, match=r"A mode has no norm.*conserve"):
        norm(protocols.dicke(Battery.qubits(2)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "fok"}, 'Unknown start of a mode "fok". Closest: fock.'),
        ({"coupling": "g"}, 'Unknown coupling "g".'),
        ({"quanta": 2.5}, "A Fock start needs a whole number of quanta, got 2.5. Use mode"),
        ({"quanta": -1.0}, "A mode needs a positive number of quanta, 10000 at most, got -1.0."),
        ({"cutoff": -1}, "A cut-off must be 0 or more, got -1."),
        ({"detuning": math.inf}, "A detuning must be finite, got inf."),
        ({"mode": (0.0, 0.0)}, "The amplitudes of the mode must be finite and not all 0."),
    ],
)
def test_refusals(options, message):
    for build in (protocols.tavis_cummings, protocols.dicke):
        with pytest.raises(InvalidRequest) as caught:
            build(Battery.qubits(2), **options)
        assert str(caught.value).startswith(message)


def test_what_does_not_go_with_a_mode_is_refused():
    with pytest.raises(InvalidRequest, match="dicke is for cells of 2 levels, got 3"):
        protocols.dicke(Battery.equal_cells(2, levels=(0, 1, 2)))
    with pytest.raises(InvalidRequest, match=r"frequency must not be negative, got -0\.5"):
        protocols.dicke(Battery.qubits(2), detuning=-1.5)
    thermal = Battery.qubits(2, start=ThermalStart(beta=1.0))
    with pytest.raises(InvalidRequest, match="A mode in a superposition cannot stand beside"):
        protocols.tavis_cummings(thermal, mode="coherent")
    ground = Battery(sites=thermal.sites, start=GroundStart())
    with pytest.raises(InvalidRequest, match="A mode in a mixture or level other than 0"):
        protocols.tavis_cummings(ground)
