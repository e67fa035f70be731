"""Constant unitaries are written exactly, also where a cheaper gate is very near."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, random_unitary

from qbcircuit.compile.exact.unitaries import shannon, written


def entry_error(circuit, unitary):
    return np.max(np.abs(Operator(circuit).data - unitary))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_shannon_writes_any_unitary_phase_included(n):
    unitary = random_unitary(2**n, seed=n).data
    circuit = shannon(unitary)
    assert entry_error(circuit, unitary) < 1e-12
    assert n != 2 or circuit.count_ops()["cx"] == 6


def test_a_generic_pair_keeps_the_cheap_circuit():
    unitary = random_unitary(4, seed=5).data
    assert written(unitary).count_ops()["cx"] == 3


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_eigenbases_of_barely_coupled_sites_are_not_rounded(seed):
    rng = np.random.default_rng(seed)
    n, weak = int(rng.integers(2, 4)), 10.0 ** rng.uniform(-9, 0)
    hamiltonian = np.zeros((2**n, 2**n), complex)
    for j in range(n):
        own = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
        hamiltonian += np.kron(np.kron(np.eye(2 ** (n - 1 - j)), own), np.eye(2**j))
    coupling = rng.normal(size=(2**n, 2**n)) + 1j * rng.normal(size=(2**n, 2**n))
    hamiltonian += weak * coupling
    basis = np.linalg.eigh(hamiltonian + hamiltonian.conj().T)[1]
    assert entry_error(written(basis), basis) < 2e-11
