"""Exact evolution of mixed states, sector by sector, with resets: small batteries only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

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


class Timed(Protocol):
    """A step that evolves for a while."""

    @property
    def duration(self) -> float:
        """How long."""
        ...


Acts = TypeVar("Acts", bound=Timed)
"""The steps that evolve, each solved once."""


class MixedEvolution(Protocol[Acts]):
    """A density matrix in blocks, a schedule of Hamiltonians and resets, and the energy followed.

    Blocks are arrays of shape (n_sectors, dimension, dimension).
    """

    @property
    def start(self) -> sector.Array:
        """The state at time 0."""
        ...

    @property
    def steps(self) -> Sequence[Acts | Reset]:
        """The schedule."""
        ...

    @property
    def energy(self) -> sector.Array:
        """What is followed."""
        ...

    def hamiltonian(self, step: Acts) -> sector.Array:
        """H of a step."""
        ...

    def replaced(self, step: Reset, matrix: sector.Array) -> sector.Array:
        """The state after a reset."""
        ...


class DensityEvolution(Generic[Acts]):
    """W(t) by eigendecomposition of every block.

    Args:
        evolution: what evolves.
        method: how its states are reduced, in words.
    """

    def __init__(
        self, evolution: MixedEvolution[Acts], method: str = "density matrix by sectors"
    ) -> None:
        self.method = method
        self._evolution = evolution
        self._matrix = evolution.start
        self._energy = evolution.energy
        self._start_energy = self._followed(self._matrix)
        self._next = 0
        self._frontier = 0.0
        self._pieces: list[tuple[float, NDArray[np.float64], sector.Array]] = []
        self._solved: dict[Acts, tuple[NDArray[np.float64], sector.Array]] = {}

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time; at a reset, the work just after it."""
        reached = times * (1 + RESET_SLACK)
        self._go_to(float(np.max(reached, initial=0.0)))
        values = np.empty(times.shape)
        begins = np.array([begin for begin, _, _ in self._pieces])
        which = np.searchsorted(begins, reached, side="right") - 1
        for index in np.unique(which):
            begin, energies, matrix = self._pieces[index]
            here = which == index
            values[here] = phase_sum(matrix, energies, times[here] - begin)
        return values - self._start_energy

    def energy_moments(self, step: int) -> tuple[float, float]:
        """Mean and variance of H in the state that an evolution begins with; asked for once."""
        steps = self._evolution.steps
        acting = [(i, one) for i, one in enumerate(steps) if not isinstance(one, Reset)]
        place, asked = acting[step]
        while self._next < place:
            self._advance()
        hamiltonian = self._evolution.hamiltonian(asked)
        moved = hamiltonian @ self._matrix
        mean = float(np.einsum("sii->", moved).real)
        second = float(np.einsum("sij,sji->", hamiltonian, moved).real)
        return mean, max(second - mean**2, 0.0)

    def states(self, times: NDArray[np.float64]) -> list[sector.Array]:
        """The state at each time, which must not decrease; at a reset, just after it."""
        walker = DensityEvolution(self._evolution)
        steps, found = self._evolution.steps, []
        before, begin = walker._matrix, 0.0
        for time in times:
            while walker._next < len(steps) and walker._frontier <= time * (1 + RESET_SLACK):
                reset = isinstance(steps[walker._next], Reset)
                before, begin = walker._matrix, walker._frontier
                walker._advance()
                before = walker._matrix if reset else before
            step = steps[walker._next - 1]
            found.append(
                before if isinstance(step, Reset) else walker._evolved(before, step, time - begin)
            )
        return found

    def _go_to(self, latest: float) -> None:
        while self._next < len(self._evolution.steps) and self._frontier <= latest:
            self._advance()

    def _advance(self) -> None:
        step = self._evolution.steps[self._next]
        self._next += 1
        if isinstance(step, Reset):
            self._matrix = self._evolution.replaced(step, self._matrix)
            self._hold()
            return
        energies, vectors = self._eigensystem(step)
        adjoint = vectors.conj().swapaxes(1, 2)
        rotated = adjoint @ self._matrix @ vectors
        observable = adjoint @ self._energy @ vectors
        self._pieces.append((self._frontier, energies, rotated * observable.swapaxes(1, 2)))
        self._frontier += step.duration
        if np.isfinite(step.duration):
            self._matrix = self._evolved(self._matrix, step, step.duration)

    def _evolved(self, matrix: sector.Array, step: Acts, duration: float) -> sector.Array:
        energies, vectors = self._eigensystem(step)
        unitary = (vectors * np.exp(-1j * energies * duration)[:, None, :]) @ (
            vectors.conj().swapaxes(1, 2)
        )
        return np.asarray(unitary @ matrix @ unitary.conj().swapaxes(1, 2))

    def _eigensystem(self, step: Acts) -> tuple[NDArray[np.float64], sector.Array]:
        if step not in self._solved:
            energies, vectors = np.linalg.eigh(self._evolution.hamiltonian(step))
            self._solved[step] = energies, vectors
        return self._solved[step]

    def _followed(self, matrix: sector.Array) -> float:
        return float(np.einsum("sij,sji->", self._energy, matrix).real)

    def _hold(self) -> None:
        """The work after the last reset, should nothing follow it."""
        still = np.zeros((1, 1)), np.array([[[self._followed(self._matrix)]]])
        self._pieces.append((self._frontier, *still))


class SectorDensity:
    """A component's density matrix, sector by sector.

    The start is diagonal and every term flips whole masks, so the density matrix never leaves
    the blocks {x, y : x XOR y in the span of the masks}; a reset keeps them too.

    Args:
        component: what evolves.
    """

    def __init__(self, component: Component) -> None:
        self._component = component
        self.steps = component.steps
        self._span = Span((flip_mask(term) for term in component.terms), component.n_sites)
        self._bits = self._states()
        self._shape = (self._bits.shape[1] >> self._span.rank, 1 << self._span.rank)
        self.energy = self._diagonal(component.energy(self._bits))
        self.start = self._diagonal(component.weight(self._bits))

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

    def hamiltonian(self, step: Evolve) -> sector.Array:
        """H of a step."""
        return sector.dense(sector.couplings(step.terms, self._span, self._bits), *self._shape)

    def replaced(self, step: Reset, matrix: sector.Array) -> sector.Array:
        """The state after a reset to level 0."""
        for site in step.sites:
            matrix = self._lowered(site, matrix)
        return matrix

    def _states(self) -> Bits:
        component, span = self._component, self._span
        if component.is_pure and not component.has_reset:
            return span.sectors(component.start_bits)
        starts = np.concatenate(list(span.all_sectors()), axis=1)
        if not component.has_reset:
            occupied = component.weight(span.sectors(starts)).reshape(starts.shape[1], -1)
            starts = starts[:, occupied.any(axis=1)]
        return span.sectors(starts)

    def _diagonal(self, values: NDArray[np.float64]) -> sector.Array:
        matrix: sector.Array = np.zeros((*self._shape, self._shape[1]))
        index = np.arange(self._shape[1])
        matrix[:, index, index] = values.reshape(self._shape)
        return matrix

    def _lowered(self, site: int, matrix: sector.Array) -> sector.Array:
        """rho -> sum_b |0><b| rho |b><0| on one site."""
        n_sectors, dimension = self._shape
        place = {key: i for i, key in enumerate(map(bytes, self._bits.T))}
        lowered = self._bits.copy()
        lowered[site] = False
        target = np.array([place[key] for key in map(bytes, lowered.T)])
        into, index = np.divmod(target.reshape(n_sectors, dimension), dimension)
        after = np.zeros_like(matrix)
        bit = self._bits[site].reshape(n_sectors, dimension)
        for s in range(n_sectors):
            for level in (False, True):
                chosen = np.flatnonzero(bit[s] == level)
                if chosen.size:
                    rows = index[s, chosen]
                    block = matrix[s][np.ix_(chosen, chosen)]
                    after[into[s, chosen[0]]][np.ix_(rows, rows)] += block
        return after


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
