"""Energy measured before and after charging: the distribution of the difference, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.chebyshev import ChebyshevEvolution
from qbcircuit.reference.density import DensityEvolution
from qbcircuit.reference.energy import capacity
from qbcircuit.reference.history import PartHistory, StateHistory
from qbcircuit.reference.level_evolution import LARGEST_MIXED, MixedLevels, PureLevels
from qbcircuit.reference.traces import Array

Series = NDArray[np.float64]

_DIAGONALISED = 1 << 9
"""Most basis states of a pure state that is followed by diagonalising H."""

_SAME = 1e-9
"""Energies that differ by less than this fraction of the capacity are one."""

_NOTHING = 1e-15


def two_point_works(history: StateHistory) -> list[tuple[Series, Series]]:
    """Work by two projective measurements of I, at time 0 and at each time.

    p(w) = sum over E, E' with E' - E = w of tr[Pi_E' Phi_t(Pi_E rho_0 Pi_E)]. Its mean is the
    deposited work where the start has no coherence between energies; otherwise the first
    measurement has changed what is charged.

    Args:
        history: of the protocol, whose states it uses where one energy is sure at the start.

    Returns:
        (works, increasing, and their probabilities), one pair a time.

    Raises:
        InvalidRequest: interacting cells too many to diagonalise.
    """
    slack = _SAME * capacity(history.protocol.battery)
    found = [(np.zeros(1), np.ones(1)) for _ in history.times]
    for one in history.merged:
        own = _of_part(one, history.times, slack)
        found = [_convolved(a, b, slack) for a, b in zip(found, own, strict=True)]
    return found


def _of_part(one: PartHistory, times: Series, slack: float) -> list[tuple[Series, Series]]:
    """Works and probabilities of one part at every time."""
    energies, vectors = _energies(one)
    edges, which = _groups(energies, slack)
    works: list[list[float]] = [[] for _ in times]
    weights: list[list[float]] = [[] for _ in times]
    start = one.start
    for group, before in enumerate(edges):
        chosen = which == group
        begun = _projected(start, chosen, vectors)
        weight = np.linalg.norm(begun) ** 2 if begun.ndim == 1 else np.trace(begun).real
        if weight <= _NOTHING:
            continue
        sure = abs(weight - 1) <= _NOTHING
        states = one.states if sure else _evolved(one, begun, times)
        for i, state in enumerate(states):
            after = np.bincount(which, _weights(state, vectors), minlength=len(edges))
            works[i] += list(edges - before)
            weights[i] += list(after)
    return [_merged(np.array(w), np.array(p), slack) for w, p in zip(works, weights, strict=True)]


def _energies(one: PartHistory) -> tuple[Series, Array | None]:
    """Eigenvalues of I on the basis, and its eigenvectors where it is not diagonal."""
    if not one.part.interactions:
        return one.basis.energy(one.part.levels), None
    if len(one.basis) > LARGEST_MIXED:
        raise InvalidRequest(
            f"The energy of cells with {len(one.basis)} states that interact is too large to "
            "diagonalise. Use fewer cells."
        )
    energies, vectors = np.linalg.eigh(one.energy.toarray())
    return energies, vectors


def _groups(energies: Series, slack: float) -> tuple[Series, NDArray[np.int64]]:
    """Different energies, increasing, and which one each entry has."""
    order = np.argsort(energies, kind="stable")
    steps = np.diff(energies[order], prepend=energies[order[0]]) > slack
    which = np.empty(len(energies), dtype=np.int64)
    which[order] = np.cumsum(steps)
    return energies[order[np.concatenate([[True], steps[1:]])]], which


def _projected(start: Array, chosen: NDArray[np.bool_], vectors: Array | None) -> Array:
    """Pi rho Pi, or Pi psi, unnormalised."""
    if vectors is None:
        return start * chosen if start.ndim == 1 else start * np.outer(chosen, chosen)
    inside = vectors[:, chosen]
    projector = inside @ inside.conj().T
    return projector @ start if start.ndim == 1 else projector @ start @ projector


def _evolved(one: PartHistory, begun: Array, times: Series) -> list[Array]:
    """The part's evolution from another start."""
    if begun.ndim == 1 and not one.part.resets and len(one.basis) > _DIAGONALISED:
        pure = PureLevels(one.part, one.basis)
        pure.start = begun
        return ChebyshevEvolution(pure).states(times)
    mixed = MixedLevels(one.part, one.basis)
    matrix = np.outer(begun, begun.conj()) if begun.ndim == 1 else begun
    mixed.start = matrix[None]
    return [state[0] for state in DensityEvolution(mixed).states(times)]


def _weights(state: Array, vectors: Array | None) -> Series:
    """Populations in the eigenbasis of I."""
    if state.ndim == 1:
        moved = state if vectors is None else vectors.conj().T @ state
        return np.asarray(np.abs(moved) ** 2)
    if vectors is None:
        return np.asarray(state.diagonal().real)
    return np.asarray(np.einsum("ia,ij,ja->a", vectors.conj(), state, vectors).real)


def _merged(values: Series, weights: Series, slack: float) -> tuple[Series, Series]:
    """Equal values as one."""
    kept = weights > _NOTHING
    edges, which = _groups(values[kept], slack)
    return edges, np.asarray(np.bincount(which, weights[kept], minlength=len(edges)), dtype=float)


def _convolved(
    first: tuple[Series, Series], second: tuple[Series, Series], slack: float
) -> tuple[Series, Series]:
    values = np.add.outer(first[0], second[0]).ravel()
    return _merged(values, np.outer(first[1], second[1]).ravel(), slack)
