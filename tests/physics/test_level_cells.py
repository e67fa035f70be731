"""Cells of more than two levels: closed forms and dense matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.bounds import bounds_for
from qbcircuit.comparison.candidate import reference_protocol, under
from qbcircuit.comparison.exact import exact_figures
from qbcircuit.constraints import Constraint, norm
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import first_maximum, simulate
from qbcircuit.starts import MixedStart, ThermalStart
from qbcircuit.terms import Term

TIMES = np.linspace(0.0, 3.0, 13)
UNEVEN = (0.0, 0.3, 0.35, 1.1)
"""A spectrum that is no ladder."""


def advantage(protocol, constraint):
    parallel = reference_protocol(protocol, constraint)
    return exact_figures(under(protocol, constraint), parallel).advantage


def test_q3_qutrit_ladder():
    """Q3_qutrit_sim: P_2 = sin^4(gt/sqrt 2), full charge at T = pi/(sqrt 2 g)."""
    g = 1.3
    second = Battery.equal_cells(1, levels=(0.0, 0.0, 1.0))
    found = simulate(protocols.qutrit_ladder(second, strength=g), TIMES).work
    np.testing.assert_allclose(found, np.sin(g * TIMES / math.sqrt(2)) ** 4, atol=1e-9)
    peak = first_maximum(protocols.qutrit_ladder(second, strength=g))
    assert peak.time == pytest.approx(math.pi / (math.sqrt(2) * g), abs=1e-8)
    both = Battery.equal_cells(2, levels=(0.0, 1.0, 2.0))
    found = simulate(protocols.qutrit_ladder(both, strength=g), TIMES).work
    middle = np.sin(math.sqrt(2) * g * TIMES) ** 2 / 2
    expected = 2 * (middle + 2 * np.sin(g * TIMES / math.sqrt(2)) ** 4)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_q3_costs_of_the_qutrit_ladder():
    protocol = protocols.qutrit_ladder(Battery.equal_cells(2, levels=(0.0, 0.4, 1.0)))
    assert norm(protocol) == (pytest.approx(2 * math.sqrt(2)), "exact")
    assert advantage(protocol, Constraint.C0) == pytest.approx(0.5, abs=1e-6)
    assert advantage(protocol, Constraint.C1) == pytest.approx(1 / math.sqrt(2), abs=1e-6)


@pytest.mark.parametrize("levels", [(0.0, 1.0), (0.0, 1.0, 2.0), UNEVEN], ids=len)
@pytest.mark.parametrize("n", [2, 3])
def test_l3_q1_all_cells_of_any_levels_at_once(levels, n):
    """L3_global_C2C0 and Q1_binder: N-fold power a cell for |d...d><1...1| + h.c."""
    battery = Battery.equal_cells(n, levels=levels)
    protocol = protocols.transition_blocks(battery, order=n)
    assert advantage(protocol, Constraint.C0) == pytest.approx(n, abs=1e-8)
    assert advantage(protocol, Constraint.C2) == pytest.approx(n, abs=1e-8)
    assert advantage(protocol, Constraint.C1) == pytest.approx(math.sqrt(n), abs=1e-8)
    charged = under(protocol, Constraint.C0)
    expected = battery.capacity * np.sin(n * TIMES) ** 2
    np.testing.assert_allclose(simulate(charged, TIMES).work, expected, atol=1e-9)
    proved = bounds_for(charged, Constraint.C0)["order"]
    assert proved == pytest.approx(math.pi / 2 * n)


@pytest.mark.parametrize(("n", "k"), [(4, 2), (5, 2), (5, 3), (3, 2)])
def test_l6_blocks_of_cells_of_any_levels(n, k):
    """L4, L5, L6: N/ceil(N/k) under C0, its root under C1, whatever the levels."""
    protocol = protocols.transition_blocks(Battery.equal_cells(n, levels=UNEVEN), order=k)
    blocks = math.ceil(n / k)
    assert (protocol.order, protocol.participation) == (k, 1)
    assert advantage(protocol, Constraint.C0) == pytest.approx(n / blocks, abs=1e-8)
    assert advantage(protocol, Constraint.C1) == pytest.approx(math.sqrt(n / blocks), abs=1e-8)


@pytest.mark.parametrize("start", ["thermal", "mixed"])
def test_blocks_from_mixtures_of_levels(start):
    """sum_b E_b (p_0^b - p_top^b) sin^2(alpha t)."""
    rows = ((0.5, 0.2, 0.2, 0.1), (0.3, 0.3, 0.1, 0.3), (0.6, 0.1, 0.1, 0.2))
    given = ThermalStart(beta=1.7) if start == "thermal" else MixedStart(populations=rows)
    battery = Battery.equal_cells(3, levels=UNEVEN, start=given)
    protocol = protocols.transition_blocks(battery, order=2, strength=0.7)
    p = battery.start_populations
    full = 2 * UNEVEN[-1] * (p[0][0] * p[1][0] - p[0][-1] * p[1][-1])
    full += UNEVEN[-1] * (p[2][0] - p[2][-1])
    found = simulate(protocol, TIMES).work
    np.testing.assert_allclose(found, full * np.sin(0.7 * TIMES) ** 2, atol=1e-9)
    assert found[4] == pytest.approx(testing.work_at(protocol, TIMES[4]), abs=1e-9)


def test_transition_windows_of_levels_against_dense_matrices():
    battery = Battery.equal_cells(3, levels=(0.0, 0.3, 1.0), start="010")
    protocol = protocols.transition_windows(battery, order=2)
    found = simulate(protocol, TIMES[:5]).work
    np.testing.assert_allclose(found, [testing.work_at(protocol, t) for t in TIMES[:5]], atol=1e-9)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_equal_rungs_are_a_line_of_levels(d):
    """Amplitudes 2/(d+1) sum_j sin(pi j/(d+1)) sin(pi j (l+1)/(d+1)) e^(-2igt cos(pi j/(d+1)))."""
    j = np.arange(1, d + 1)
    angle = np.pi * j / (d + 1)
    waves = np.exp(-2j * 0.8 * np.outer(TIMES, np.cos(angle)))
    amplitudes = 2 / (d + 1) * (waves * np.sin(angle)) @ np.sin(np.outer(angle, j))
    levels = np.sort(np.random.default_rng(d).uniform(size=d))
    battery = Battery.equal_cells(1, levels=levels.tolist())
    found = simulate(protocols.ladder(battery, strength=0.8), TIMES).work
    np.testing.assert_allclose(found, np.abs(amplitudes) ** 2 @ levels - levels[0], atol=1e-9)


@pytest.mark.parametrize("d", [2, 3, 6])
def test_spin_rungs_turn_a_spin(d):
    """N (d-1) sin^2(gt) on evenly spaced levels."""
    battery = Battery.equal_cells(3, levels=range(d))
    found = simulate(protocols.ladder(battery, rungs="spin", strength=0.6), TIMES).work
    np.testing.assert_allclose(found, 3 * (d - 1) * np.sin(0.6 * TIMES) ** 2, atol=1e-9)


def test_harmonic_rungs_are_a_cut_off_oscillator():
    battery = Battery.equal_cells(1, levels=range(5))
    protocol = protocols.ladder(battery, rungs="harmonic", strength=0.6)
    terms = protocol.evolutions[0].terms
    lowers = np.diag(np.sqrt(np.arange(1.0, 5)), k=1)
    np.testing.assert_allclose(
        testing.dense_hamiltonian(terms, (5,)), 0.6 * (lowers + lowers.T), atol=1e-12
    )
    # far below the cut-off it is displaced: <n> = (gt)^2
    assert simulate(protocol, 0.3).work[0] == pytest.approx(0.18**2, abs=1e-6)


def test_cells_of_levels_have_a_norm_with_their_own_hamiltonian_on():
    """A ladder of levels is no mode: C0 holds from any start, over all levels."""
    battery = Battery.equal_cells(2, levels=(0.0, 1.0, 2.0), start=ThermalStart(beta=1.0))
    terms = protocols.ladder(battery, strength=0.4).evolutions[0].terms
    protocol = protocols.ladder(battery, strength=0.4)
    with_internal = type(protocol).constant(battery, terms, include_internal=True)
    one = np.diag([0.0, 1.0, 2.0]) + 0.4 * (np.eye(3, k=1) + np.eye(3, k=-1))
    energies = np.linalg.eigvalsh(one)
    assert norm(with_internal) == (pytest.approx(energies[-1] - energies[0]), "exact")
    # the ground state never sees the middle level, the operator does
    single = Battery.equal_cells(1, levels=(0.0, 1.0, 2.0))
    deep = [Term(("|2><0|",), (0,)), Term(("|1><1|",), (0,), -5.0)]
    alone = type(protocol).constant(single, deep, include_internal=True)
    assert norm(alone).value == pytest.approx((1 + math.sqrt(2) + 4) / 2)


def test_refusals():
    with pytest.raises(InvalidRequest, match=r"^qutrit-ladder needs cells of 3 levels, got 2\."):
        protocols.qutrit_ladder(Battery.qubits(2))
    with pytest.raises(InvalidRequest, match=r'^Unknown kind of rungs "spn"\. Closest: spin\.'):
        protocols.ladder(Battery.qubits(2), rungs="spn")
    with pytest.raises(InvalidRequest, match="strength must be finite and not 0"):
        protocols.ladder(Battery.qubits(2), strength=0.0)
