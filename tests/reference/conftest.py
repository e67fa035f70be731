"""The slow twin of the exact reference: the full density matrix, letter by letter."""

from __future__ import annotations

import numpy as np
import pytest

from qbcircuit import testing
from qbcircuit.charging import Reset


def work_by_density_matrix(protocol, time):
    """tr[I (rho_t - rho_0)]; a reset at that very time has happened."""
    battery = protocol.battery
    n = battery.n_sites
    energy = np.zeros(1)
    for j, site in enumerate(battery.sites):
        levels = np.array(site.levels) if j in battery.cells else np.zeros(2)
        energy = np.add.outer(levels, energy).ravel()
    state, left = testing.start_density(battery), time
    before = np.diag(state).real @ energy
    for step in protocol.schedule:
        if left < 0:
            break
        if isinstance(step, Reset):
            state = after_reset(state, step.sites, n)
            continue
        hamiltonian = testing.dense_hamiltonian(protocol.generator(step)[0], n)
        unitary = testing.evolution(hamiltonian, min(left, step.duration))
        state = unitary @ state @ unitary.conj().T
        left -= step.duration
    return np.diag(state).real @ energy - before


def after_reset(state, sites, n_sites):
    for site in sites:
        below, above = np.eye(1 << site), np.eye(1 << (n_sites - 1 - site))
        kept = np.kron(above, np.kron(np.diag([1, 0]), below))
        lowered = np.kron(above, np.kron(testing.LETTERS["-"], below))
        state = kept @ state @ kept.T + lowered @ state @ lowered.T
    return state


@pytest.fixture(scope="session")
def dense_work():
    return work_by_density_matrix
