"""Costs and normalisation: the letter's advantages come out, and alpha is what it says."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import testing
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint, Norm, cost, norm, normalise
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import best_average_power, first_maximum
from qbcircuit.terms import Term, uniform_field

C0, C1, C2 = Constraint.C0, Constraint.C1, Constraint.C2
BEST_PARALLEL_POWER = 0.724611353776


def charging(n_cells, terms, start="ground", **kwargs):
    return ChargingProtocol.constant(Battery.qubits(n_cells, start=start), terms, **kwargs)


def blocks(n_cells, k, letter="X", start="ground"):
    groups = [range(first, min(first + k, n_cells)) for first in range(0, n_cells, k)]
    return charging(n_cells, [Term(letter * len(group), group) for group in groups], start)


def windows(n_cells, k, field=0.0):
    terms = [Term("X" * k, range(i, i + k)) for i in range(n_cells - k + 1)]
    return charging(n_cells, terms + list(uniform_field(range(n_cells), field)))


def moelmer_soerensen(n_cells):
    """chi J_x^2 = (chi/4) (N + 2 sum XX), its identity shift kept."""
    pairs = [Term("XX", (a, b), 0.5) for a in range(n_cells) for b in range(a)]
    return charging(n_cells, pairs, shift=n_cells / 4)


def advantage(protocol, constraint, *, scale=1.0):
    """T_par / T at equal work under a constraint (ground start, T_par = arcsin sqrt(W*/N)).

    Near full charge arcsin has infinite slope: there the first maxima are compared.
    """
    peak = first_maximum(normalise(protocol, constraint))
    full = protocol.battery.n_cells * scale
    charged = peak.work > full * (1 - 1e-10)
    parallel_time = math.pi / 2 if charged else math.asin(math.sqrt(peak.work / full))
    return parallel_time / peak.time


@pytest.mark.parametrize("letter", ["X", "+"])
@pytest.mark.parametrize("n_cells, k", [(6, 1), (6, 3), (6, 6), (7, 3), (12, 5)])
def test_blocks_reach_the_letters_advantage(n_cells, k, letter):
    """N / ceil(N/k) under C0 and C2, its root under C1 (arXiv:1612.04991)."""
    expected = n_cells / math.ceil(n_cells / k)
    protocol = blocks(n_cells, k, letter)
    assert advantage(protocol, C0) == pytest.approx(expected, rel=1e-9)
    assert advantage(protocol, C2) == pytest.approx(expected, rel=1e-9)
    assert advantage(protocol, C1) == pytest.approx(math.sqrt(expected), rel=1e-9)


@pytest.mark.parametrize("epsilon", [0.2, 1.0, 3.0])
def test_the_global_flip_keeps_its_advantage_for_thermal_cells(epsilon):
    """Proposition 1 of arXiv:1612.04991: sqrt(N) under C1, N under C0 and C2."""
    n, scale = 4, math.tanh(epsilon / 2)
    protocol = blocks(n, n, start=ThermalStart(beta=epsilon))
    assert advantage(protocol, C0, scale=scale) == pytest.approx(n, rel=1e-6)
    assert advantage(protocol, C2, scale=scale) == pytest.approx(n, rel=1e-6)
    assert advantage(protocol, C1, scale=scale) == pytest.approx(math.sqrt(n), rel=1e-6)


@pytest.mark.parametrize(
    "k, field, gamma, work",
    [
        (2, 0.0, 1.0465, 4.0833),
        (3, 0.0, 0.8889, 6.0),
        (2, 0.5, 0.8987, 3.4006),
        (3, 0.5, 0.6429, 3.6416),
    ],
)
def test_overlapping_windows_gain_nothing_by_their_order(k, field, gamma, work):
    protocol = windows(8, k, field)
    assert advantage(protocol, C0) == pytest.approx(gamma, abs=5e-5)
    assert first_maximum(normalise(protocol, C0)).work == pytest.approx(work, abs=5e-5)


@pytest.mark.parametrize("n_cells", [4, 8, 12])
def test_the_moelmer_soerensen_gate(n_cells):
    """2/N with the norm as printed, 4/N with the best shift, sqrt(2/(N-1)) and 2."""
    protocol = moelmer_soerensen(n_cells)
    raw = norm(protocol, raw=True)
    assert raw == (pytest.approx(n_cells**2 / 4), "exact")
    time = first_maximum(protocol.scaled(n_cells / raw.value)).time
    assert math.pi / 2 / time == pytest.approx(2 / n_cells, rel=1e-8)
    assert advantage(protocol, C0) == pytest.approx(4 / n_cells, rel=1e-6)
    assert advantage(protocol, C1) == pytest.approx(math.sqrt(2 / (n_cells - 1)), rel=1e-6)
    assert advantage(protocol, C2) == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("d, edges", [
    (1, [(0, 1), (2, 3)]),
    (3, [(a, 3 + b) for a in range(3) for b in range(3)]),
    (5, [(a, 5 + b) for a in range(5) for b in range(5)]),
])  # fmt: skip
def test_bipartite_ising_graphs_lose_with_their_degree(d, edges):
    protocol = charging(1 + max(map(max, edges)), [Term("XX", edge) for edge in edges])
    assert advantage(protocol, C0) == pytest.approx(2 / d, rel=1e-6)
    assert advantage(protocol, C2) == pytest.approx(2 / d, rel=1e-6)
    assert advantage(protocol, C1) == pytest.approx(math.sqrt(2 / d), rel=1e-6)


@pytest.mark.parametrize(
    "n_cells, c1, c0",
    [(2, 1.4142, 2.0), (8, 1.4953, 1.5517), (32, 2.2344, 1.1286), (64, 2.8581, 1.0157)],
)
def test_two_axis_pairing_outgrows_its_order_under_c1_alone(n_cells, c1, c0):
    """Power ratios of (J_+^2 + J_-^2)/2: no bound by k holds under C1."""
    pairs = [Term("++", (a, b)) for a in range(n_cells) for b in range(a)]
    protocol = charging(n_cells, pairs)
    for constraint, expected in ((C1, c1), (C0, c0)):
        _, power = best_average_power(normalise(protocol, constraint))
        assert power / (n_cells * BEST_PARALLEL_POWER) == pytest.approx(expected, abs=6e-5)


def test_the_pairing_chain_under_both_constraints():
    """N = 12 (model of arXiv:2602.08610)."""
    protocol = charging(12, [Term("++", (j, j + 1)) for j in range(11)])
    for constraint, expected in ((C0, 1.819589), (C1, 1.155539)):
        _, power = best_average_power(normalise(protocol, constraint))
        assert power / (12 * BEST_PARALLEL_POWER) == pytest.approx(expected, abs=2e-6)


def test_the_spread_of_a_transition_block_depends_on_the_state():
    """Var H = p_0^k + p_1^k for |1...1><0...0| + h.c., 1 for X...X."""
    k, epsilon = 3, 1.0
    ground = 1 / (1 + math.exp(-epsilon))
    start = ThermalStart(beta=epsilon)
    expected = math.sqrt(ground**k + (1 - ground) ** k)
    assert cost(blocks(k, k, "+", start), C1) == pytest.approx(expected)
    assert cost(blocks(k, k, "X", start), C1) == pytest.approx(1.0)


@given(st.integers(0, 2**32), st.integers(1, 4), st.sampled_from([C0, C1, C2]))
@settings(deadline=None, max_examples=60)
def test_costs_are_what_dense_matrices_say_and_normalise_spends_the_budget(seed, n, constraint):
    rng = np.random.default_rng(seed)
    protocol = testing.random_protocol(rng, n, n_terms=5)
    energies = np.linalg.eigvalsh(testing.dense_hamiltonian(protocol.evolutions[0].terms, n))
    hamiltonian = testing.dense_hamiltonian(protocol.evolutions[0].terms, n)
    mean = hamiltonian[0, 0].real
    spread = math.sqrt(max(0.0, (hamiltonian @ hamiltonian)[0, 0].real - mean**2))
    expected = {C0: np.ptp(energies) / 2, C1: spread, C2: mean - energies[0]}[constraint]
    assert cost(protocol, constraint) == pytest.approx(expected, abs=1e-9)
    if expected > 1e-6:
        scaled = normalise(protocol, constraint)
        assert cost(scaled, constraint) == pytest.approx(constraint.budget(n), rel=1e-11)
        ratios = {
            after.strength / before.strength
            for before, after in zip(
                protocol.evolutions[0].terms, scaled.evolutions[0].terms, strict=True
            )
        }
        assert max(map(abs, ratios)) == pytest.approx(min(map(abs, ratios)), rel=1e-12)


def test_normalising_twice_changes_nothing():
    once = normalise(windows(8, 3, 0.5), C0)
    twice = normalise(once, C0)
    strengths = [[t.strength.real for t in p.evolutions[0].terms] for p in (once, twice)]
    assert strengths[0] == pytest.approx(strengths[1], rel=1e-12)


@pytest.mark.parametrize("constraint", [C0, C1, C2])
def test_the_internal_hamiltonian_is_never_scaled(constraint):
    protocol = charging(3, [Term("XXX", (0, 1, 2))], include_internal=True)
    scaled = normalise(protocol, constraint)
    assert cost(scaled, constraint) == pytest.approx(constraint.budget(3), rel=1e-10)
    terms, _ = scaled.generator(scaled.evolutions[0])
    assert [t.strength.real for t in terms[1:]] == [-0.5] * 3
    alpha = terms[0].strength.real
    further = [
        cost(charging(3, [Term("XXX", (0, 1, 2), beyond)], include_internal=True), constraint)
        for beyond in (1.01 * alpha, 1.5 * alpha, 4 * alpha)
    ]
    assert all(a < b for a, b in itertools.pairwise([constraint.budget(3), *further]))


@pytest.mark.parametrize("strength", [1e-7, 100.0, 1e8])
def test_the_largest_root_is_found_at_any_scale(strength):
    """|X alpha - Z/2| = 1 at alpha = sqrt(3)/2."""
    protocol = charging(1, [Term("X", (0,), strength)], include_internal=True)
    alpha = normalise(protocol, C0).evolutions[0].terms[0].strength.real
    assert alpha == pytest.approx(math.sqrt(3) / 2, rel=1e-12)


def test_a_root_beyond_a_dip_is_found():
    """|alpha Z - 3/2 Z| = 1 twice, at 1/2 and 5/2: the larger counts."""
    battery = Battery.qubits(1, levels=(0.0, 3.0))
    protocol = ChargingProtocol.constant(battery, [Term("Z", (0,))], include_internal=True)
    assert normalise(protocol, C0).evolutions[0].terms[0].strength.real == pytest.approx(2.5)


def test_an_internal_hamiltonian_that_costs_too_much_is_refused():
    battery = Battery.qubits(2, levels=(0.0, 5.0))
    protocol = ChargingProtocol.constant(battery, [Term("X", (0,))], include_internal=True)
    with pytest.raises(InvalidRequest, match="C0 allows 2, and this protocol spends at least 5"):
        normalise(protocol, C0)


def test_terms_that_do_not_move_the_state_cannot_be_scaled():
    with pytest.raises(InvalidRequest, match="C1 cannot scale this protocol: its cost is 0"):
        normalise(charging(2, [Term("ZZ", (0, 1))]), C1)
    idle = charging(2, [Term("ZZ", (0, 1))], include_internal=True)
    with pytest.raises(InvalidRequest, match="No strength makes this protocol spend"):
        normalise(idle, C1)


def test_none_changes_nothing_and_names_are_forgiving():
    protocol = windows(4, 2)
    assert normalise(protocol, Constraint.NONE) is protocol
    assert cost(protocol, Constraint.NONE) is None
    assert [Constraint.parse(text) for text in ("C0", "c1", "None")] == [C0, C1, Constraint.NONE]
    with pytest.raises(InvalidRequest, match=r'Unknown constraint "C3"\. Closest: C'):
        Constraint.parse("C3")
    with pytest.raises(InvalidRequest, match='"none" has no budget'):
        Constraint.NONE.budget(3)


def test_a_norm_beyond_exact_reach_says_so():
    assert norm(windows(8, 3, 0.5)).kind == "exact"
    assert norm(windows(24, 3, 0.5)).kind == "upper bound"
    assert norm(windows(24, 3)) == Norm(22.0, "exact")
