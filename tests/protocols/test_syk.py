"""Complex SYK: fermions by hand, in the frame turned so that energy lies across the strings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import simulate
from tests.by_hand import product

N = 5


def lowering(j):
    """c_j = X_0 ... X_(j-1) (Y_j + i Z_j)/2."""
    before = dict.fromkeys(range(j), "X")
    return (product(N, before | {j: "Y"}) + 1j * product(N, before | {j: "Z"})) / 2


MODES = [lowering(j) for j in range(N)]
PAIRS = [MODES[i] @ MODES[j] for i, j in itertools.combinations(range(N), 2)]


def vacuum():
    """The state that every mode's c annihilates."""
    number = sum(c.conj().T @ c for c in MODES)
    energies, vectors = np.linalg.eigh(number)
    assert energies[:2] == pytest.approx([0, 1])
    return vectors[:, 0]


def dense(seed, **options):
    (step,) = protocols.syk_charging(Battery.qubits(N), seed=seed, **options).evolutions
    return testing.dense_hamiltonian(step.terms, N) + step.shift * np.eye(1 << N)


def two_particle_elements(hamiltonian):
    """<0| c_j c_i H (c_k c_l)^dag |0> over pairs."""
    states = np.array([pair.conj().T @ vacuum() for pair in PAIRS])
    return states.conj() @ hamiltonian @ states.T


def test_the_modes_are_fermions():
    for (i, c), (j, d) in itertools.product(enumerate(MODES), repeat=2):
        np.testing.assert_allclose(c @ d + d @ c, 0, atol=1e-14)
        anticommutator = c @ d.conj().T + d.conj().T @ c
        np.testing.assert_allclose(anticommutator, (i == j) * np.eye(1 << N), atol=1e-14)


@pytest.mark.parametrize("seed", [0, 7])
def test_the_hamiltonian_is_a_sum_of_four_fermion_terms_alone(seed):
    hamiltonian = dense(seed)
    elements = two_particle_elements(hamiltonian)
    rebuilt = sum(
        elements[a, b] * PAIRS[a].conj().T @ PAIRS[b]
        for a, b in itertools.product(range(len(PAIRS)), repeat=2)
    )
    np.testing.assert_allclose(hamiltonian, rebuilt, atol=1e-12)
    assert np.linalg.norm(hamiltonian) > 1


def test_the_couplings_have_the_spread_of_the_model():
    """Each pair of pairs gathers four equal J, so its mean square is 16/N^3."""
    found = np.array([two_particle_elements(dense(seed)) for seed in range(200)])
    rows, columns = np.triu_indices(len(PAIRS), k=1)
    crossed = found[:, rows, columns]
    kept = found[:, range(len(PAIRS)), range(len(PAIRS))].real
    unit = 16 / N**3
    assert np.mean(np.abs(crossed) ** 2) == pytest.approx(unit, rel=5 / np.sqrt(crossed.size))
    assert np.mean(kept**2) == pytest.approx(unit, rel=8 / np.sqrt(kept.size))
    assert abs(np.mean(crossed**2)) < 5 * unit / np.sqrt(crossed.size)


def test_strength_and_field():
    z = sum(product(N, {j: "Z"}) for j in range(N))
    np.testing.assert_allclose(
        dense(3, strength=-2.0, field=0.3), -2.0 * dense(3) + 0.3 * z, atol=1e-12
    )


@pytest.mark.parametrize("n", [4, 6])
def test_syk_charges_as_dense_matrices_do(n):
    protocol = protocols.syk_charging(Battery.qubits(n))
    times = [0.0, 0.6, 1.5]
    expected = [testing.work_at(protocol, t) for t in times]
    np.testing.assert_allclose(simulate(protocol, times).work, expected, atol=1e-9)
    assert max(expected) > 0.3 * n


@pytest.mark.parametrize("n", [3, 21])
def test_too_few_or_too_many_cells_are_refused(n):
    with pytest.raises(InvalidRequest, match=rf"written out for 4 to 20 cells, got N={n}\. Use -N"):
        protocols.syk_charging(Battery.qubits(n))
