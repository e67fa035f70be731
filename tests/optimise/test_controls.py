"""Generators on the states they reach, against dense sums of Kronecker products."""

import math

import numpy as np
import pytest

from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.optimise import ChargingTask
from qbcircuit.optimise.controls import alike_cells, every_string
from qbcircuit.testing import dense_hamiltonian


def symmetric_states(n):
    """Columns: equal superpositions of all states with 0, 1, ... N excitations."""
    ones = np.array([i.bit_count() for i in range(1 << n)])
    return np.array([(ones == m) / math.sqrt(math.comb(n, m)) for m in range(n + 1)]).T


def strengths(controls, seed=1):
    return np.random.default_rng(seed).normal(size=(1, controls.size))


@pytest.mark.parametrize(("n", "k"), [(1, 1), (3, 2), (3, 3)])
def test_every_string_is_the_dense_hamiltonian_of_its_terms(n, k):
    controls = every_string(ChargingTask.between(n, k, initial="0" * n))
    assert controls.size == sum(math.comb(n, w) * 3**w for w in range(1, k + 1))
    row = strengths(controls)
    dense = dense_hamiltonian(controls.terms(row[0]), n)
    assert np.abs(dense).max() > 0.5
    np.testing.assert_allclose(controls.hamiltonians(row)[0], dense, atol=1e-13)
    assert (controls.start, controls.target) == (0, 2**n - 1)


@pytest.mark.parametrize(("n", "k"), [(2, 2), (3, 2), (4, 3), (5, 5)])
def test_alike_cells_are_the_dense_hamiltonian_on_symmetric_states(n, k):
    controls = alike_cells(ChargingTask.between(n, k))
    row, states = strengths(controls), symmetric_states(n)
    dense = dense_hamiltonian(controls.terms(row[0]), n)
    np.testing.assert_allclose(controls.hamiltonians(row)[0], states.T @ dense @ states, atol=1e-12)
    assert (controls.start, controls.target) == (0, n)


@pytest.mark.parametrize(("n", "k"), [(3, 2), (4, 3), (5, 4)])
def test_all_spins_together_hold_the_whole_spectrum(n, k):
    controls = alike_cells(ChargingTask.between(n, k))
    row = strengths(controls)
    levels = []
    for block in range(len(controls.blocks)):
        own = np.linalg.eigvalsh(controls.hamiltonians(row, block)[0])
        copies = math.comb(n, block) - (math.comb(n, block - 1) if block else 0)
        levels += list(own) * copies
    dense = dense_hamiltonian(controls.terms(row[0]), n)
    np.testing.assert_allclose(sorted(levels), np.linalg.eigvalsh(dense), atol=1e-11)


def test_generators_of_alike_cells_have_one_size():
    controls = alike_cells(ChargingTask.between(4, 2))
    for p in range(controls.size):
        dense = dense_hamiltonian(controls.terms(np.eye(controls.size)[p]), 4)
        assert np.linalg.norm(dense) == pytest.approx(4.0)


def test_a_negligible_strength_is_left_out():
    controls = every_string(ChargingTask.between(2, 1))
    row = np.array([1.0, 1e-14, 0.0, 0.5, 0.0, 0.0])
    assert [(term.operators, term.sites) for term in controls.terms(row)] == [
        (("X",), (0,)),
        (("X",), (1,)),
    ]


@pytest.mark.parametrize(
    ("task", "controls", "sentence"),
    [
        (ChargingTask.between(8, 2), every_string, "takes up to 7 cells, got N=8. Use --symmetric"),
        (ChargingTask.between(11, 2), alike_cells, "takes up to 10 cells, got N=11"),
        (ChargingTask.between(7, 6), every_string, "makes 14196 strings, and 4096 are the most"),
        (ChargingTask.between(3, 2, target="011"), alike_cells, "tells cells apart"),
    ],
)
def test_what_is_too_large_or_unequal_is_refused(task, controls, sentence):
    with pytest.raises(InvalidRequest, match=sentence):
        controls(task)


def test_c1_needs_the_largest_spin_alone():
    assert len(alike_cells(ChargingTask.between(4, 2, Constraint.C1)).blocks) == 1
    assert len(alike_cells(ChargingTask.between(4, 2, Constraint.C0)).blocks) == 3
