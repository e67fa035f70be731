"""Partial traces of states on the basis states that a part reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.reference.reachable import Basis

Array = NDArray[np.complex128]

_LARGEST_SPECTRUM = 1 << 11
"""Most levels of a mixed state whose spectrum is found."""


class TooMixed(Exception):
    """A spectrum with more levels than may be found."""


class Trace:
    """What is left of states on a basis when all but some sites are traced out.

    Args:
        basis: the states reached.
        kept: places of the sites that stay, the first counting fastest.
    """

    def __init__(self, basis: Basis, kept: Sequence[int]) -> None:
        n = len(basis.dimensions)
        rest = [site for site in range(n) if site not in kept]
        inner = Basis(basis.states[:, kept], [basis.dimensions[site] for site in kept])
        self.size = math.prod(inner.dimensions)
        self._place = inner.numbers(basis.states[:, kept]).astype(np.int64)
        if rest:
            _, other = np.unique(basis.states[:, rest], axis=0, return_inverse=True)
            self._other = other.reshape(-1).astype(np.int64)
        else:
            self._other = np.zeros(len(basis), dtype=np.int64)

    def density(self, state: Array) -> Array:
        """The reduced state, shape (size, size).

        Args:
            state: amplitudes, shape (n,), or a density matrix, shape (n, n).
        """
        if state.ndim == 1:
            table = self._table(state, self._place, self.size)
            return table @ table.conj().T
        return self._traced(state, self._place, self.size)

    def populations(self, state: Array) -> NDArray[np.float64]:
        """The diagonal of the reduced state, shape (size,)."""
        weights = np.abs(state) ** 2 if state.ndim == 1 else state.diagonal().real
        found: NDArray[np.float64] = np.zeros(self.size)
        np.add.at(found, self._place, weights)
        return found

    def spectrum(self, state: Array) -> NDArray[np.float64]:
        """Eigenvalues of the reduced state; those left out are 0.

        Raises:
            TooMixed: more than can be found.
        """
        occupied, place = np.unique(self._place, return_inverse=True)
        if state.ndim == 1:
            table = self._table(state, place.reshape(-1), len(occupied))
            if min(table.shape) > _LARGEST_SPECTRUM:
                raise TooMixed
            wide = table.shape[0] > table.shape[1]
            gram = table.conj().T @ table if wide else table @ table.conj().T
        else:
            if len(occupied) > _LARGEST_SPECTRUM:
                raise TooMixed
            gram = self._traced(state, place.reshape(-1), len(occupied))
        return np.linalg.eigvalsh(gram).clip(0.0)

    def _table(self, state: Array, place: NDArray[np.int64], size: int) -> Array:
        """M with rho = M M^dag: one column for each state of the sites traced out."""
        table = np.zeros((size, int(self._other.max()) + 1), dtype=complex)
        table[place, self._other] = state
        return table

    def _traced(self, state: Array, place: NDArray[np.int64], size: int) -> Array:
        rows, columns = np.nonzero(self._other[:, None] == self._other[None, :])
        found = np.zeros((size, size), dtype=complex)
        np.add.at(found, (place[rows], place[columns]), state[rows, columns])
        return found


def reordered(
    array: NDArray[np.generic], order: Sequence[int], wanted: Sequence[int], sizes: Sequence[int]
) -> NDArray[np.generic]:
    """Factors moved from one order of sites, the first counting fastest, to another.

    Args:
        array: a distribution, shape (D,), or a matrix, shape (D, D).
        order: sites as they are.
        wanted: the same sites as they are to be.
        sizes: levels of the sites of ``order``.
    """
    n = len(order)
    # axis a of the reshaped array is factor n - 1 - a
    axes = [n - 1 - list(order).index(site) for site in reversed(wanted)]
    tensor = array.reshape(tuple(sizes)[::-1] * array.ndim)
    every = [turn * n + axis for turn in range(array.ndim) for axis in axes]
    return tensor.transpose(every).reshape(array.shape)
