"""Purity and entropy of some cells against closed forms and partial traces."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qbcircuit import merit
from qbcircuit.errors import InvalidRequest


def test_half_chain_renyi_of_the_double_excitation_chain():
    # Le et al. chain, N = 4, g = 1: values recomputed by an independent code.
    raising = np.array([[0, 0], [1, 0]])
    chain = np.zeros((16, 16))
    for j in range(3):
        pair = np.kron(np.kron(np.eye(2 ** (2 - j)), np.kron(raising, raising)), np.eye(2**j))
        chain += pair + pair.T
    for time, expected in [
        (0.3, 0.1638051510917348),
        (0.7, 0.5752754953023134),
        (1.0, 0.8467908427695897),
    ]:
        state = expm(-1j * chain * time)[:, 0]
        assert merit.renyi2(state, [0, 1]) == pytest.approx(expected, abs=1e-10)


def test_purity_picks_the_named_cells_little_endian():
    # Cell 2 in a product with a Bell pair of cells 0 and 1: (|00> + |11>)/sqrt 2, cell 2 in |1>.
    state = np.zeros(8)
    state[0b100] = state[0b111] = math.sqrt(0.5)
    assert merit.purity(state, [2]) == pytest.approx(1.0)
    assert merit.purity(state, [0]) == pytest.approx(0.5)
    assert merit.purity(state, [0, 1]) == pytest.approx(1.0)
    assert merit.purity(state) == pytest.approx(1.0)
    with pytest.raises(InvalidRequest, match=r"cells 0\.\.2"):
        merit.purity(state, [3])
    with pytest.raises(InvalidRequest, match="2\\^N entries, got 3"):
        merit.purity(np.ones(3))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), cells=st.sets(st.integers(0, 2), min_size=1))
def test_purity_of_vector_and_density_matrix_agree_and_complements_match(seed, cells):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=8) + 1j * rng.normal(size=8)
    state /= np.linalg.norm(state)
    rho = np.outer(state, state.conj())
    value = merit.purity(state, cells)
    assert value == pytest.approx(merit.purity(rho, cells), abs=1e-12)
    # Schmidt: both halves of a pure state have the same purity.
    assert value == pytest.approx(merit.purity(state, {0, 1, 2} - cells), abs=1e-12)
