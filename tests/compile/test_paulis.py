"""Pauli sums against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.compile.formula import norms, paulis
from qbcircuit.compile.formula.norms import norm_bound
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.terms import Term
from qbcircuit.testing import dense_hamiltonian, random_term


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_sums_and_commutators_are_exact(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    terms = [[random_term(rng, n, int(rng.integers(1, n + 1))) for _ in range(3)] for _ in range(2)]
    left, right = (PauliSum.of(one, n) for one in terms)
    a, b = (dense_hamiltonian(one, n) for one in terms)
    np.testing.assert_allclose(left.dense(range(n)), a, rtol=0, atol=1e-12)
    np.testing.assert_allclose(left.sparse(n).toarray(), a, rtol=0, atol=1e-12)
    np.testing.assert_allclose(left.plus(right).dense(range(n)), a + b, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        left.commutator(right).dense(range(n)), a @ b - b @ a, rtol=0, atol=1e-12
    )
    assert norm_bound(left) >= np.linalg.norm(a, 2) - 1e-12


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_pairs_that_share_sites_are_all_that_count(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([3, 70, 130]))
    left, right = (
        PauliSum.of([random_term(rng, n, int(rng.integers(1, 4))) for _ in range(12)], n)
        for _ in range(2)
    )
    direct = left.commutator(right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paulis, "_FEW_PAIRS", 0)
        found = left.commutator(right)
    assert {row[:2] for row in found.rows()} == {row[:2] for row in direct.rows()}
    for (*_, value), (*_, expected) in zip(found.rows(), direct.rows(), strict=True):
        assert abs(value - expected) < 1e-12
    shared = [
        ((x | z) & (u | v)).bit_count() for x, z, _ in left.rows() for u, v, _ in right.rows()
    ]
    assert left.meetings(right) == sum(shared)
    for most in (sum(shared) - 1, sum(shared), 1 << 20):
        assert left.meet_at_most(right, most) == (sum(shared) <= most)


def test_what_commutes_leaves_nothing_behind():
    swap = PauliSum.of([Term(a + a, (0, 1), 0.1) for a in "XYZ"], 3)
    total = PauliSum.of([Term("Z", (0,), 0.3), Term("Z", (1,), 0.3)], 3)
    assert len(swap.commutator(total)) == 0
    assert not swap.plus(total).all_commute
    assert swap.all_commute


def test_masks_may_be_longer_than_a_word():
    left = PauliSum.of([Term("XY", (3, 99), 0.5)], 100)
    right = PauliSum.of([Term("ZZ", (99, 70), 2.0)], 100)
    (row,) = left.commutator(right).rows()
    # [Y, Z] = 2iX on site 99
    assert row == (1 << 3 | 1 << 99, 1 << 70, 2j)


def test_norms_are_exact_on_few_sites_and_above_on_many():
    field = [Term("X", (j,), 1.0) for j in range(12)]
    assert abs(norm_bound(PauliSum.of(field, 12)) - 12) < 1e-9
    tilted = [*field, *(Term("Z", (j,), 1.0) for j in range(12))]
    assert abs(norm_bound(PauliSum.of(tilted, 12)) - 12 * np.sqrt(2)) < 1e-9
    assert abs(norm_bound(PauliSum.of(tilted[:3] + tilted[12:15], 12)) - 3 * np.sqrt(2)) < 1e-12


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), turned=st.booleans(), gap=st.sampled_from([1, 3, 40]))
def test_a_norm_is_that_of_the_matrix(seed, turned, gap):
    """Of Hermitian and anti-Hermitian sums of any scale, on sites in a row or not."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    terms = [random_term(rng, n, int(rng.integers(1, n + 1))) for _ in range(rng.integers(1, 9))]
    matrix = dense_hamiltonian(terms, n)
    apart = [
        Term(one.operators, tuple(5 + gap * s for s in one.sites), one.strength) for one in terms
    ]
    total = PauliSum.of(apart, 5 + gap * n)
    scale = 1j if turned else -(10.0 ** rng.integers(-6, 7))
    total = PauliSum(total.x, total.z, scale * total.coefficients)
    norm = abs(scale) * np.linalg.norm(matrix, 2)
    assert abs(norm_bound(total) - norm) <= 1e-10 * norm


def test_small_blocks_of_states_may_hold_the_norm():
    """|00> and |11> of the first two sites are connected, |01> and |10> are not."""
    terms = [Term("++", (0, 1)), Term("Z", (0,), 2.0), Term("Z", (1,), -2.0), Term("Z", (2,), 3.5)]
    assert norm_bound(PauliSum.of(terms, 3)) == pytest.approx(7.5)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_sums_of_very_many_parts_are_bounded_by_their_strings(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    terms = [random_term(rng, n, int(rng.integers(1, n + 1))) for _ in range(6)]
    total = PauliSum.of(terms, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(norms, "_MOST_MATRICES", 0)
        bound = norm_bound(total)
    assert np.linalg.norm(dense_hamiltonian(terms, n), 2) - 1e-12 <= bound
    assert bound <= total.one_norm + 1e-12


def test_strings_that_anticommute_add_up_in_squares(monkeypatch):
    monkeypatch.setattr(norms, "_MOST_MATRICES", 0)
    tilted = [Term("XX", (0, 1), 3.0), Term("Z", (0,), 4.0)]
    assert norm_bound(PauliSum.of(tilted, 2)) == pytest.approx(5.0)
