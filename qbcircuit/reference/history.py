"""Exact states of a protocol at some times, evolved once and read in several ways."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from qbcircuit.charging import RESET_SLACK, ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.collective import alike_sites, collective
from qbcircuit.reference.curve import checked_times
from qbcircuit.reference.level_evolution import MixedLevels, reached, solver
from qbcircuit.reference.level_parts import Acting, LevelPart, level_parts
from qbcircuit.reference.reachable import Basis
from qbcircuit.reference.traces import Array, TooMixed, Trace, reordered

LARGEST = 1 << 12
"""Most levels, all sites together, of a reduced state."""

LARGEST_LIST = 1 << 22
"""Most populations or eigenvalues of several sites."""

_NOTHING = 1e-15
"""Eigenvalues below this are rounding."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PartHistory:
    """States of sites that meet, at every time.

    Args:
        part: which sites, and what happens to them.
        basis: the basis states that they and their energy reach.
        states: amplitudes, shape (n,), or a density matrix, shape (n, n), one a time.
    """

    part: LevelPart
    basis: Basis
    states: tuple[Array, ...]

    @property
    def levels(self) -> MixedLevels:
        """Start, energy and Hamiltonians on the basis."""
        return MixedLevels(self.part, self.basis)

    @property
    def start(self) -> Array:
        """The state at time 0: amplitudes, or a density matrix where the start is mixed."""
        return self.levels.vector if self.part.is_pure else self.levels.start[0]

    @property
    def energy(self) -> sp.csr_array:
        """I on the basis, cells only."""
        return self.levels.observable

    def hamiltonian(self, step: int) -> sp.csr_array:
        """H of a step on the basis, identity shifts left out."""
        return self.basis.matrix(self.part.evolutions[step].products)


class StateHistory:
    """Exact states of all sites at some times; evolved when first asked for.

    Args:
        protocol: what charges what.
        times: not decreasing, shape (n_times,); at a reset, just after it.

    Raises:
        InvalidRequest: times that decrease, are negative or beyond the protocol.
    """

    def __init__(self, protocol: ChargingProtocol, times: ArrayLike) -> None:
        self.protocol = protocol
        self.times = checked_times(times, protocol.duration)
        if np.any(np.diff(self.times) < 0):
            raise InvalidRequest("Times must not decrease. Sort them.")

    @functools.cached_property
    def parts(self) -> tuple[PartHistory, ...]:
        """Parts that never meet, every site told apart."""
        return tuple(self._evolved(part) for part in level_parts(self.protocol))

    @functools.cached_property
    def merged(self) -> tuple[PartHistory, ...]:
        """Parts that never meet, alike sites of a part as one collective spin where they are."""
        whole = level_parts(self.protocol)
        if all(collective(part) is part for part in whole):
            return self.parts
        return tuple(self._evolved(collective(part)) for part in whole)

    @property
    def acting(self) -> NDArray[np.int64]:
        """Which of the protocol's evolutions acts at each time, or after it at a boundary."""
        ends = np.cumsum([step.duration for step in self.protocol.evolutions])
        found = np.searchsorted(ends, self.times * (1 + RESET_SLACK), side="right")
        return np.minimum(found, len(ends) - 1)

    def reduced(self, sites: Sequence[int] | None = None) -> list[Array]:
        """Density matrices of some sites, the others traced out.

        Args:
            sites: which, the first one counting fastest in an index; all cells where ``None``.

        Returns:
            One matrix a time, shape (D, D) with D the product of the sites' levels.

        Raises:
            InvalidRequest: sites the battery lacks, or too many levels.
        """
        kept = self._sites(sites)
        sizes = [self.protocol.battery.dimensions[site] for site in kept]
        if (size := math.prod(sizes)) > LARGEST:
            raise InvalidRequest(
                f"The state of {len(kept)} sites has {size} levels, and {LARGEST} are the most. "
                "Ask for fewer sites."
            )
        found = [np.ones((1, 1), dtype=complex) for _ in self.times]
        order: list[int] = []
        for one, trace, inside in self._traces(kept):
            own = [trace.density(state) for state in one.states]
            found = [np.kron(new, old) for new, old in zip(own, found, strict=True)]
            order += inside
        sizes = [self.protocol.battery.dimensions[site] for site in order]
        return [np.asarray(reordered(matrix, order, kept, sizes)) for matrix in found]

    def populations(self, sites: Sequence[int] | None = None) -> list[NDArray[np.float64]]:
        """Probabilities of the basis states of some sites.

        Args:
            sites: as in :meth:`reduced`.

        Returns:
            One distribution a time, shape (D,).

        Raises:
            InvalidRequest: sites the battery lacks, or too many levels.
        """
        kept = self._sites(sites)
        sizes = [self.protocol.battery.dimensions[site] for site in kept]
        _check_list(math.prod(sizes), len(kept))
        found: list[NDArray[np.float64]] = [np.ones(1) for _ in self.times]
        order: list[int] = []
        for one, trace, inside in self._traces(kept):
            own = [trace.populations(state) for state in one.states]
            found = [
                np.asarray(np.kron(new, old), dtype=float)
                for new, old in zip(own, found, strict=True)
            ]
            order += inside
        sizes = [self.protocol.battery.dimensions[site] for site in order]
        return [np.asarray(reordered(row, order, kept, sizes), dtype=float) for row in found]

    def spectra(self, sites: Sequence[int] | None = None) -> list[NDArray[np.float64]]:
        """Eigenvalues of the reduced states of some sites, falling; those left out are 0.

        Args:
            sites: as in :meth:`reduced`.

        Raises:
            InvalidRequest: sites the battery lacks, or a state too mixed to be diagonalised.
        """
        kept = self._sites(sites)
        found: list[NDArray[np.float64]] = [np.ones(1) for _ in self.times]
        for one, trace, _ in self._traces(kept):
            try:
                own = [trace.spectrum(state) for state in one.states]
            except TooMixed:
                raise InvalidRequest(
                    f"The state of {len(kept)} sites is too mixed and too large to diagonalise. "
                    "Ask for fewer sites."
                ) from None
            found = [
                _product_spectrum(new, old, len(kept)) for new, old in zip(own, found, strict=True)
            ]
        return [np.sort(row)[::-1] for row in found]

    def ladder(self) -> list[Array] | None:
        """The state of all cells as one collective spin, where the Hamiltonian makes them one.

        Returns:
            One matrix a time, shape (N + 1, N + 1), by number of charged cells; ``None`` where
            cells are told apart, fewer than three, or do not start in one common level.
        """
        cells = set(self.protocol.battery.cells)
        for part, one in zip(level_parts(self.protocol), self.merged, strict=True):
            group = alike_sites(part)
            if group and {part.sites[site] for site in group} == cells:
                trace = Trace(one.basis, [0])
                return [trace.density(state) for state in one.states]
        return None

    def _evolved(self, part: LevelPart) -> PartHistory:
        closed = part
        if part.interactions:  # I leads further than H does
            idle = Acting(products=part.interactions, duration=1.0)
            closed = replace(part, steps=(*part.steps, idle))
        basis = reached(closed)
        states = solver(part, basis).states(self.times)
        return PartHistory(
            part=part,
            basis=basis,
            states=tuple(state if state.ndim == 1 else state[0] for state in states),
        )

    def _sites(self, sites: Sequence[int] | None) -> tuple[int, ...]:
        battery = self.protocol.battery
        kept = battery.cells if sites is None else tuple(sites)
        if len(set(kept)) != len(kept) or not set(kept) <= set(range(battery.n_sites)):
            raise InvalidRequest(
                f"Sites must be different ones of 0..{battery.n_sites - 1}, got {list(kept)}."
            )
        return kept

    def _traces(self, kept: Sequence[int]) -> list[tuple[PartHistory, Trace, list[int]]]:
        """Parts that hold some of the sites, how to trace them, and which these are."""
        found = []
        for one in self.parts:
            inside = [site for site in one.part.sites if site in kept]
            if inside:
                trace = Trace(one.basis, [one.part.sites.index(site) for site in inside])
                found.append((one, trace, inside))
        return found


def _product_spectrum(
    new: NDArray[np.float64], old: NDArray[np.float64], n_sites: int
) -> NDArray[np.float64]:
    new, old = new[new > _NOTHING], old[old > _NOTHING]
    _check_list(len(new) * len(old), n_sites)
    return np.outer(new, old).ravel()


def _check_list(size: int, n_sites: int) -> None:
    if size > LARGEST_LIST:
        raise InvalidRequest(
            f"The state of {n_sites} sites has {size} levels to list, and {LARGEST_LIST} are the "
            "most. Ask for fewer sites."
        )
