"""Exact states of some cells along a protocol, as figures of merit read them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import InvalidRequest
from qbcircuit.merit.spectra import (
    ladder_counts,
    ladder_energies,
    product_energies,
    product_spectrum,
    symmetric_state,
)
from qbcircuit.reference import EnergyRates, StateHistory, energy_matrix, energy_rates

Series = NDArray[np.float64]
Matrix = NDArray[np.complex128]

_GAP = 1e-9
"""Gap, as a share of the range, below which two energies of interacting cells are one."""


class Counted(NamedTuple):
    """Numbers and how often each occurs; once where ``counts`` is ``None``."""

    values: Series
    counts: NDArray[np.object_] | None = None


class CellStates:
    """The states of some cells at every time of a history; found when asked for.

    Args:
        history: of the protocol.
        cells: which, the first one counting fastest; all where ``None``.

    Raises:
        InvalidRequest: sites that are no cells, or some of several cells that interact.
    """

    def __init__(self, history: StateHistory, cells: Sequence[int] | None = None) -> None:
        battery = history.protocol.battery
        self.history = history
        self.battery = battery
        self.cells = battery.cells if cells is None else tuple(cells)
        strange = [cell for cell in self.cells if cell not in battery.cells]
        if strange or not self.cells or len(set(self.cells)) < len(self.cells):
            raise InvalidRequest(
                f"Figures of merit are of different cells among {list(battery.cells)}, "
                f"got {list(self.cells)}."
            )
        self.is_whole = set(self.cells) == set(battery.cells)
        if battery.interactions and not self.is_whole:
            raise InvalidRequest(
                f"Cells that interact have no energy of their own, got cells {list(self.cells)}. "
                "Ask for all cells."
            )
        self.levels = [battery.sites[cell].levels for cell in self.cells]

    @property
    def dimensions(self) -> list[int]:
        """Levels of every cell."""
        return [len(own) for own in self.levels]

    @functools.cached_property
    def half(self) -> CellStates:
        """The first half of the cells, one at least."""
        return CellStates(self.history, self.cells[: max(len(self.cells) // 2, 1)])

    @functools.cached_property
    def rates(self) -> EnergyRates:
        """Power and variances of all cells together."""
        return energy_rates(self.history)

    @functools.cached_property
    def singles(self) -> list[list[Matrix]]:
        """The density matrix of every cell alone, cell by cell, one a time."""
        ladders = self._ladders
        if ladders is None:
            return [self.history.reduced([cell]) for cell in self.cells]
        n = len(self.cells)
        shares = [float(np.arange(n + 1) @ np.diag(one).real) / n for one in ladders]
        root = np.sqrt(np.arange(1, n + 1) * np.arange(n, 0, -1)) / n
        coherent = [root @ np.diag(one, 1) for one in ladders]
        one = [
            np.array([[1 - p, c], [np.conj(c), p]]) for p, c in zip(shares, coherent, strict=True)
        ]
        return [one] * n

    @functools.cached_property
    def energy(self) -> Series:
        """tr(I rho) of these cells, shape (n_times,)."""
        if self.battery.interactions:
            return self.rates.energy
        own = [
            [float(np.diag(state).real @ np.asarray(levels)) for state in states]
            for states, levels in zip(self.singles, self.levels, strict=True)
        ]
        return np.asarray(np.sum(own, axis=0))

    @functools.cached_property
    def energies(self) -> Counted:
        """Energies of all products of levels, or eigenvalues of I of cells that interact."""
        if self.battery.interactions:
            return Counted(self._eigensystem[0])
        return Counted(*product_spectrum(self.levels))

    @functools.cached_property
    def spectra(self) -> list[Counted]:
        """Eigenvalues of the cells' state at every time; those left out are 0."""
        ladders = self._ladders
        if ladders is not None:
            return [Counted(np.linalg.eigvalsh(one).clip(0.0)) for one in ladders]
        return [Counted(row) for row in self.history.spectra(self.cells)]

    @functools.cached_property
    def populations(self) -> list[Counted]:
        """Populations of the energies at every time, coherence left out.

        Raises:
            InvalidRequest: cells that interact and have two equal energies.
        """
        if self.battery.interactions:
            return [Counted(row) for row in self._eigenpopulations()]
        ladders = self._ladders
        if ladders is None:
            return [Counted(row) for row in self.history.populations(self.cells)]
        counts = ladder_counts(len(self.cells))
        shares = counts.astype(float)
        return [Counted(np.diag(one).real / shares, counts) for one in ladders]

    @functools.cached_property
    def densities(self) -> list[Matrix]:
        """Density matrices of the cells at every time, the first cell counting fastest."""
        return self.history.reduced(self.cells)

    @functools.cached_property
    def ladder_states(self) -> list[Matrix]:
        """The cells' state on the N + 1 symmetric states at every time.

        Raises:
            InvalidRequest: cells of other than two levels, unequal ones, or a state that is not
                symmetric.
        """
        if len(set(self.levels)) > 1 or len(self.levels[0]) != 2 or self.battery.interactions:
            raise InvalidRequest(
                "The ladder is of equal two-level cells that do not interact. "
                "Use the full spectrum."
            )
        return self._ladders or [symmetric_state(one) for one in self.densities]

    @property
    def ladder_levels(self) -> Series:
        """Energies of the N + 1 symmetric states."""
        return ladder_energies(len(self.cells), self.levels[0])

    @property
    def product_levels(self) -> Series:
        """Energy of every product of levels, in the order of the density matrices."""
        return product_energies(self.levels)

    @functools.cached_property
    def _ladders(self) -> list[Matrix] | None:
        return self.history.ladder() if self.is_whole else None

    @functools.cached_property
    def _eigensystem(self) -> tuple[Series, Matrix]:
        energies, vectors = np.linalg.eigh(energy_matrix(self.battery, self.cells))
        return energies, vectors

    def _eigenpopulations(self) -> list[Series]:
        energies, vectors = self._eigensystem
        if np.any(np.diff(energies) <= _GAP * np.ptp(energies)):
            raise InvalidRequest(
                "Coherence is between different energies, and these interacting cells have equal "
                "ones. Ask for the ergotropy itself."
            )
        return [
            np.einsum("ia,ij,ja->a", vectors.conj(), state, vectors).real
            for state in self.densities
        ]
