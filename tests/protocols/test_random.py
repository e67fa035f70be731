"""Random k-local ensembles: their measures, their Pauli sums, and sampling in stacks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint, norm, normalise
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.ensembles import gaussian_unitary, ginibre, haar_logarithms, pauli_terms
from qbcircuit.protocols.random_k_local import drawn_blocks, groups_of
from qbcircuit.reference import simulate
from tests.by_hand import product


def hermitian(rng, dimension):
    entries = rng.normal(size=(dimension, dimension)) + 1j * rng.normal(size=(dimension, dimension))
    return entries + entries.conj().T


def on_cells(n, cells, matrix):
    """A matrix on some cells, the first counting fastest, from matrix units |a><b| by hand."""
    zero, one = np.diag([1, 0]), np.diag([0, 1])
    units = [[zero, np.array([[0, 1], [0, 0]])], [np.array([[0, 0], [1, 0]]), one]]
    total = np.zeros((1 << n, 1 << n), dtype=complex)
    for row in range(1 << len(cells)):
        for column in range(1 << len(cells)):
            factors = {c: units[row >> i & 1][column >> i & 1] for i, c in enumerate(cells)}
            whole = np.eye(1)
            for cell in range(n):
                whole = np.kron(factors.get(cell, np.eye(2)), whole)
            total += matrix[row, column] * whole
    return total


@given(st.integers(0, 2**32), st.permutations(range(4)), st.integers(1, 3))
@settings(deadline=None, max_examples=25)
def test_matrices_on_cells_in_any_order_are_their_pauli_sums(seed, cells, order):
    rng = np.random.default_rng(seed)
    parts = [(tuple(cells[:order]), hermitian(rng, 1 << order)), ((cells[3],), hermitian(rng, 2))]
    terms, shift = pauli_terms(parts)
    found = testing.dense_hamiltonian(terms, 4) + shift * np.eye(16)
    expected = sum(on_cells(4, group, matrix) for group, matrix in parts)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    strings = [(term.operators, term.sites) for term in terms]
    assert len(set(strings)) == len(strings)


@pytest.mark.parametrize("dimension", [2, 4])
def test_haar_logarithms_have_the_moments_of_the_haar_measure(dimension):
    """Mean U = 0; mean |tr U^n|^2 = min(n, D); mean |U_ab|^4 = 2/(D(D+1)) for every a, b."""
    count = 20_000
    entries = ginibre(np.random.default_rng(5), (count, 2), dimension)
    logarithms = haar_logarithms(entries)
    np.testing.assert_allclose(logarithms, logarithms.conj().swapaxes(1, 2), atol=1e-12)
    energies, vectors = np.linalg.eigh(logarithms)
    assert np.abs(energies).max() <= math.pi + 1e-12
    unitaries = (vectors * np.exp(-1j * energies)[:, None, :]) @ vectors.conj().swapaxes(1, 2)
    margin = 5 / math.sqrt(count)
    assert np.abs(unitaries.mean(axis=0)).max() < margin
    for power in (1, 2, 3):
        traces = np.exp(-1j * power * energies).sum(axis=1)
        expected = min(power, dimension)
        assert np.mean(np.abs(traces) ** 2) == pytest.approx(expected, abs=expected * margin)
        assert abs(traces.mean()) < math.sqrt(expected) * margin
    fourth = np.mean(np.abs(unitaries) ** 4, axis=0)
    np.testing.assert_allclose(fourth, 2 / (dimension * (dimension + 1)), atol=margin)


def test_gaussian_matrices_have_the_spread_of_their_ensemble():
    count, dimension = 20_000, 4
    matrices = gaussian_unitary(ginibre(np.random.default_rng(5), (count, 1), dimension))
    np.testing.assert_allclose(matrices, matrices.conj().swapaxes(1, 2), atol=1e-14)
    margin = 5 / math.sqrt(count)
    spread = np.mean(np.abs(matrices) ** 2, axis=0) * dimension
    np.testing.assert_allclose(spread, 1.0, atol=2 * margin)
    assert np.abs(matrices.mean(axis=0)).max() < margin
    # off the diagonal the real and imaginary parts are alike and independent
    squares = np.mean(matrices**2, axis=0) * dimension
    assert np.abs(squares - np.eye(dimension)).max() < 2 * margin


@pytest.mark.parametrize("ensemble", ["haar", "gue"])
@pytest.mark.parametrize(("n", "k"), [(3, 2), (4, 3), (3, 3)])
def test_a_random_charger_has_one_block_a_group(ensemble, n, k):
    protocol = protocols.build(
        f"random-{ensemble}", Battery.qubits(n), order=k, parameters={"seed": 3, "draw": 2}
    )
    (step,) = protocol.evolutions
    found = testing.dense_hamiltonian(step.terms, n) + step.shift * np.eye(1 << n)
    groups = groups_of(n, k)
    assert len(groups) == math.comb(n, k)
    (blocks,) = drawn_blocks(ensemble, len(groups), k, seed=3, draws=[2])
    expected = sum(on_cells(n, group, block) for group, block in zip(groups, blocks, strict=True))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("ensemble", ["haar", "gue"])
@pytest.mark.parametrize(("n", "k", "start"), [(2, 1, "ground"), (3, 2, "101"), (4, 3, "ground")])
def test_sampling_is_the_slow_way_draw_by_draw(ensemble, n, k, start):
    battery = Battery.qubits(n, levels=(0.5, 2.5), start=start)
    times = np.array([0.0, 0.3, 1.1])
    sample = protocols.sample_k_local(
        battery, order=k, count=3, times=times, ensemble=ensemble, seed=11, first=4
    )
    internal = 2.0 * sum((np.eye(1 << n) - product(n, {j: "Z"})) / 2 for j in range(n))
    for row, draw in enumerate(range(4, 7)):
        options = {"seed": 11, "draw": draw}
        one = protocols.build(f"random-{ensemble}", battery, order=k, parameters=options)
        assert sample.norms[row] == pytest.approx(norm(one).value, rel=1e-12)
        dense = testing.dense_hamiltonian(one.evolutions[0].terms, n)
        commutator = np.linalg.norm(internal @ dense - dense @ internal, 2)
        assert sample.commutators[row] == pytest.approx(commutator, rel=1e-12)
        assert sample.bound_ratios[row] == pytest.approx(commutator / (2 * k * sample.norms[row]))
        curve = simulate(normalise(one, Constraint.C0), times)
        np.testing.assert_allclose(sample.work[row], curve.work, atol=1e-11)


def test_the_advantage_of_a_sample_is_read_at_equal_work():
    sample = protocols.sample_k_local(Battery.qubits(3), order=2, count=5, times=[0.0, 0.2, 0.6])
    assert (sample.advantages[:, 0] == 0).all()
    parallel = np.sin(sample.advantages[:, 1:] * sample.times[1:]) ** 2
    np.testing.assert_allclose(3 * parallel, sample.work[:, 1:], atol=1e-12)


def test_many_draws_are_taken_in_portions_without_a_seam():
    battery = Battery.qubits(6)
    whole = protocols.sample_k_local(battery, order=2, count=130, times=[0.4])
    tail = protocols.sample_k_local(battery, order=2, count=4, times=[0.4], first=126)
    np.testing.assert_array_equal(whole.work[126:], tail.work)
    np.testing.assert_array_equal(whole.norms[126:], tail.norms)


TWO = Battery.qubits(2)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: protocols.random_haar(TWO, order=3), r"^Order k=3 is larger than the number"),
        (lambda: protocols.random_gue(TWO, order=2, seed=-1), r"^The seed must be 0 or more"),
        (lambda: protocols.random_gue(TWO, order=2, draw=-1), r"^The draw must be 0 or more"),
        (lambda: protocols.random_haar(Battery.qubits(40), order=6),
         r"^Random terms on every group of 6 of 40 cells have more than 1048576 Pauli strings"),
        (lambda: protocols.sample_k_local(TWO, order=2, count=0, times=[1.0]),
         r"^The number of draws must be 1 or more, got 0"),
        (lambda: protocols.sample_k_local(TWO, order=2, count=1, times=[-1.0]),
         r"^Times must be a list of finite numbers, none negative\.$"),
        (lambda: protocols.sample_k_local(TWO, order=2, count=1, times=[1.0], ensemble="goe"),
         r'^Unknown ensemble "goe"\. Closest: gue\.$'),
        (lambda: protocols.sample_k_local(Battery.qubits(11), order=2, count=1, times=[1.0]),
         r"^Sampling holds dense matrices of 10 cells at most, got N=11"),
        (lambda: protocols.sample_k_local(
            protocols.star(TWO).battery, order=2, count=1, times=[1.0]),
         r"^Sampling needs equal two-level cells in a basis state and nothing else"),
    ],
)  # fmt: skip
def test_refusals(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        request_()
