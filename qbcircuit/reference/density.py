"""Exact evolution of mixed states, sector by sector, with resets: small batteries only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qbcircuit.charging import RESET_SLACK, Evolve, Reset
from qbcircuit.reference import sector
from qbcircuit.reference.action import Bits, Span, flip_mask
from qbcircuit.reference.component import Component

LARGEST = 24
"""log2 of the most matrix elements kept, over all sectors."""

LARGEST_RANK = 11
"""log2 of the largest sector that is diagonalised."""


class DensityEvolution:
    """W(t) by eigendecomposition of every sector.

    The start is diagonal and every term flips whole masks, so the density matrix never leaves
    the blocks {x, y : x XOR y in the span of the masks}; a reset keeps them too.

    Args:
        component: what evolves.
    """

    method = "density matrix by sectors"

    def __init__(self, component: Component) -> None:
        self._component = component
        self._span = Span((flip_mask(term) for term in component.terms), component.n_sites)
        self._bits = self._states()
        self._shape = (self._bits.shape[1] >> self._span.rank, 1 << self._span.rank)
        self._energy = component.energy(self._bits).reshape(self._shape)
        weight = component.weight(self._bits).reshape(self._shape)
        self._start_energy = float(np.sum(weight * self._energy))
        self._matrix: sector.Array = np.zeros((*self._shape, self._shape[1]))
        index = np.arange(self._shape[1])
        self._matrix[:, index, index] = weight
        self._next = 0
        self._frontier = 0.0
        self._pieces: list[tuple[float, NDArray[np.float64], sector.Array]] = []

    @classmethod
    def applies(cls, component: Component) -> bool:
        """Whether the sectors are small enough to diagonalise."""
        rank = Span((flip_mask(term) for term in component.terms), component.n_sites).rank
        return rank <= LARGEST_RANK and cls.log2_size(component) <= LARGEST

    @staticmethod
    def log2_size(component: Component) -> int:
        """log2 of the matrix elements that would be kept."""
        span = Span((flip_mask(term) for term in component.terms), component.n_sites)
        if component.is_pure and not component.has_reset:
            return 2 * span.rank
        return component.n_sites + span.rank

    def _states(self) -> Bits:
        component, span = self._component, self._span
        if component.is_pure and not component.has_reset:
            return span.sectors(component.start_bits)
        starts = np.concatenate(list(span.all_sectors()), axis=1)
        if not component.has_reset:
            occupied = component.weight(span.sectors(starts)).reshape(starts.shape[1], -1)
            starts = starts[:, occupied.any(axis=1)]
        return span.sectors(starts)

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time; at a reset, the work just after it."""
        reached = times * (1 + RESET_SLACK)
        latest = float(np.max(reached, initial=0.0))
        while self._next < len(self._component.steps) and self._frontier <= latest:
            self._advance()
        values = np.empty(times.shape)
        begins = np.array([begin for begin, _, _ in self._pieces])
        which = np.searchsorted(begins, reached, side="right") - 1
        for index in np.unique(which):
            begin, energies, matrix = self._pieces[index]
            here = which == index
            values[here] = phase_sum(matrix, energies, times[here] - begin)
        return values - self._start_energy

    def energy_moments(self, step: int) -> tuple[float, float]:
        """Mean and variance of H in the state that an evolution begins with."""
        steps = self._component.steps
        places = [i for i, one in enumerate(steps) if isinstance(one, Evolve)]
        while self._next < places[step]:
            self._advance()
        evolution = self._component.evolutions[step]
        parts = sector.couplings(evolution.terms, self._span, self._bits)
        moved = sector.dense(parts, *self._shape) @ self._matrix
        mean = float(np.einsum("sii->", moved).real)
        second = float(np.einsum("sij,sji->", sector.dense(parts, *self._shape), moved).real)
        return mean, max(second - mean**2, 0.0)

    def _advance(self) -> None:
        step = self._component.steps[self._next]
        self._next += 1
        if isinstance(step, Reset):
            for site in step.sites:
                self._reset(site)
            self._hold()
            return
        energies, vectors = self._eigensystem(step)
        adjoint = vectors.conj().swapaxes(1, 2)
        rotated = adjoint @ self._matrix @ vectors
        observable = adjoint @ (self._energy[:, :, None] * vectors)
        self._pieces.append((self._frontier, energies, rotated * observable.swapaxes(1, 2)))
        self._frontier += step.duration
        if np.isfinite(step.duration):
            phases = np.exp(-1j * energies * step.duration)
            turned = phases[:, :, None] * rotated * phases[:, None, :].conj()
            self._matrix = vectors @ turned @ adjoint

    def _eigensystem(self, step: Evolve) -> tuple[NDArray[np.float64], sector.Array]:
        parts = sector.couplings(step.terms, self._span, self._bits)
        energies, vectors = np.linalg.eigh(sector.dense(parts, *self._shape))
        return energies, vectors

    def _hold(self) -> None:
        """The work after the last reset, should nothing follow it."""
        populations = np.einsum("sii->si", self._matrix).real
        still = np.zeros((1, 1)), np.array([[[np.sum(populations * self._energy)]]])
        self._pieces.append((self._frontier, *still))

    def _reset(self, site: int) -> None:
        """rho -> sum_b |0><b| rho |b><0| on one site."""
        n_sectors, dimension = self._shape
        place = {key: i for i, key in enumerate(map(bytes, self._bits.T))}
        lowered = self._bits.copy()
        lowered[site] = False
        target = np.array([place[key] for key in map(bytes, lowered.T)])
        into, index = np.divmod(target.reshape(n_sectors, dimension), dimension)
        after = np.zeros_like(self._matrix)
        bit = self._bits[site].reshape(n_sectors, dimension)
        for s in range(n_sectors):
            for level in (False, True):
                chosen = np.flatnonzero(bit[s] == level)
                if chosen.size:
                    rows = index[s, chosen]
                    block = self._matrix[s][np.ix_(chosen, chosen)]
                    after[into[s, chosen[0]]][np.ix_(rows, rows)] += block
        self._matrix = after


def phase_sum(
    matrix: sector.Array, energies: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """sum_ab M_ab exp(-i (E_a - E_b) t), over all sectors.

    Args:
        matrix: Hermitian, shape (n_sectors, dimension, dimension).
        energies: shape (n_sectors, dimension).
        times: shape (n_times,).
    """
    chunk = max(1, (1 << 22) // energies.size)
    values = np.empty(times.shape)
    for first in range(0, times.size, chunk):
        part = slice(first, first + chunk)
        angles = energies[:, :, None] * times[part]
        if np.iscomplexobj(matrix):
            phases = np.exp(-1j * angles)
            values[part] = np.einsum("sat,sat->t", phases, matrix @ phases.conj()).real
        else:
            waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=2)
            both = np.einsum("sat,sat->t", waves, matrix @ waves)
            values[part] = both.reshape(2, -1).sum(axis=0)
    return values
