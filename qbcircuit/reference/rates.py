"""How fast a protocol charges at each moment, and what limits it: P, Var(I), Var(H), overlaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray

from qbcircuit.charging import ChargingProtocol
from qbcircuit.reference.history import PartHistory, StateHistory
from qbcircuit.reference.traces import Array

Series = NDArray[np.float64]

_NOTHING = 1e-14
"""Sums of two populations below this move nothing."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EnergyRates:
    """Moments of the cells' energy I and of the generator H at each time, all (n_times,).

    Args:
        energy: tr(I rho).
        energy_variance: Var(I).
        generator: tr(H rho), identity shift included.
        generator_variance: Var(H).
        power: dW/dt = i tr([H, I] rho).
    """

    energy: Series
    energy_variance: Series
    generator: Series
    generator_variance: Series
    power: Series


def energy_rates(history: StateHistory) -> EnergyRates:
    """Power and variances at each time; where one step ends, those of the next.

    Means, variances and powers of parts that never meet add up.

    Args:
        history: the states.
    """
    acting = history.acting
    total = np.zeros((5, len(history.times)))
    for one in history.merged:
        energy = one.energy
        hamiltonians = {int(step): one.hamiltonian(int(step)) for step in np.unique(acting)}
        for i, (state, step) in enumerate(zip(one.states, acting, strict=True)):
            total[:, i] += _moments(state, energy, hamiltonians[int(step)])
    protocol = history.protocol
    shifts = [protocol.generator(step)[1] for step in protocol.evolutions]
    total[2] += np.array(shifts)[acting]
    return EnergyRates(
        energy=total[0],
        energy_variance=total[1],
        generator=total[2],
        generator_variance=total[3],
        power=total[4],
    )


def _moments(state: Array, energy: sp.csr_array, hamiltonian: sp.csr_array) -> tuple[float, ...]:
    """<I>, Var I, <H>, Var H and P = -2 Im <H I> of one part."""
    if state.ndim == 1:
        risen, moved = energy @ state, hamiltonian @ state
        mean, drive = np.vdot(state, risen).real, np.vdot(state, moved).real
        spread = np.linalg.norm(risen - mean * state) ** 2
        width = np.linalg.norm(moved - drive * state) ** 2
        return mean, float(spread), drive, float(width), -2 * np.vdot(moved, risen).imag
    risen, moved = energy @ state, hamiltonian @ state
    mean, drive = np.trace(risen).real, np.trace(moved).real
    spread = np.trace(energy @ risen).real - mean**2
    width = np.trace(hamiltonian @ moved).real - drive**2
    power = -2 * np.trace(hamiltonian @ risen).imag
    return mean, max(spread, 0.0), drive, max(width, 0.0), power


def step_spreads(protocol: ChargingProtocol, end: float) -> tuple[Series, Series]:
    """Delta H of every step that acts before ``end``, and how long it does.

    Without resets inside it, Delta H is conserved while a step acts.

    Args:
        protocol: what charges what.
        end: a time within the protocol.

    Returns:
        (Delta H, durations), each (n_steps,).

    Raises:
        InvalidRequest: states too large to hold.
    """
    durations = np.array([step.duration for step in protocol.evolutions])
    begins = np.concatenate([[0.0], np.cumsum(durations)[:-1]])
    begun = begins < end
    rates = energy_rates(StateHistory(protocol, begins[begun]))
    lasted = np.minimum(begins[begun] + durations[begun], end) - begins[begun]
    return np.sqrt(rates.generator_variance), lasted


def start_angles(history: StateHistory) -> Series:
    """Bures angle between the state of all sites at each time and at time 0.

    L = arccos sqrt(F); fidelities of parts that never meet multiply.

    Args:
        history: the states.

    Returns:
        From 0 to pi/2, shape (n_times,).
    """
    logarithms = np.zeros(len(history.times))
    with np.errstate(divide="ignore"):
        for one in history.merged:
            lost = np.array([_infidelity(one.start, state) for state in one.states])
            logarithms += np.log1p(-lost.clip(0.0, 1.0))
    # small angles by their sine, which keeps its digits
    return np.where(
        logarithms > -0.5,
        np.arcsin(np.sqrt(-np.expm1(logarithms))),
        np.arccos(np.exp(logarithms / 2)),
    )


def _infidelity(start: Array, state: Array) -> float:
    """1 - F of one part."""
    if start.ndim == 1:
        if state.ndim == 1:
            return float(np.linalg.norm(state - np.vdot(start, state) * start) ** 2)
        return float((np.trace(state) - np.vdot(start, state @ start)).real)
    # the start is diagonal where it is mixed
    root = np.sqrt(np.abs(np.diag(start)))
    kept = np.flatnonzero(root)
    inner = root[kept, None] * state[np.ix_(kept, kept)] * root[kept]
    return 1 - float(np.sqrt(np.linalg.eigvalsh(inner).clip(0.0)).sum()) ** 2


def fisher_informations(history: StateHistory) -> Series:
    """Quantum Fisher information about time of the state of all sites, at each time.

    F = 2 sum_ij (r_i - r_j)^2 / (r_i + r_j) |<i|H|j>|^2, which is 4 Var(H) of a pure state;
    those of parts that never meet add up.

    Args:
        history: the states.

    Reference: Braunstein and Caves, PRL 72, 3439 (1994).
    """
    acting = history.acting
    total = np.zeros(len(history.times))
    for one in history.merged:
        for i, (state, step) in enumerate(zip(one.states, acting, strict=True)):
            total[i] += _fisher(one, state, int(step))
    return total


def _fisher(one: PartHistory, state: Array, step: int) -> float:
    hamiltonian = one.hamiltonian(step)
    if state.ndim == 1 or (one.part.is_pure and not one.part.resets):
        return 4 * _moments(state, one.energy, hamiltonian)[3]
    return fisher_of_mixture(state, hamiltonian)


def fisher_of_mixture(state: Array, hamiltonian: Array | sp.csr_array) -> float:
    """Quantum Fisher information about t of a density matrix that moves as exp(-iHt)."""
    weights, vectors = scipy.linalg.eigh(state)
    weights = weights.clip(0.0)
    elements = np.abs(vectors.conj().T @ (hamiltonian @ vectors)) ** 2
    total = weights[:, None] + weights
    gaps = (weights[:, None] - weights) ** 2
    ratio = np.divide(gaps, total, out=np.zeros_like(total), where=total > _NOTHING)
    return 2 * float(np.sum(ratio * elements))
