"""Many small dense Hamiltonians at once: spectra, commutators and curves of a whole stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Stack = NDArray[np.complex128]
"""Matrices, shape (n, D, D); an index counts cell 0 fastest."""

Reals = NDArray[np.float64]


def on_all_cells(blocks: Stack, groups: Sequence[Sequence[int]], n_cells: int) -> Stack:
    """Sums of matrices that act on groups of two-level cells.

    Args:
        blocks: shape (n, n_groups, 2^k, 2^k); an index counts the group's first cell fastest.
        groups: the cells of each, k different ones.
        n_cells: N.

    Returns:
        Shape (n, 2^N, 2^N).
    """
    total = np.zeros((len(blocks), 1 << n_cells, 1 << n_cells), dtype=complex)
    for place, group in enumerate(groups):
        inside = _indices(group)
        outside = _indices([cell for cell in range(n_cells) if cell not in group])
        rows = outside[:, None, None] + inside[:, None]
        columns = outside[:, None, None] + inside[None, :]
        total[:, rows, columns] += blocks[:, place, None]
    return total


def _indices(cells: Sequence[int]) -> NDArray[np.int64]:
    """The index that every basis state of some cells adds, the first cell counting fastest."""
    found = np.zeros(1, dtype=np.int64)
    for cell in cells:
        found = np.concatenate([found, found + (1 << cell)])
    return found


def commutator_norms(hamiltonians: Stack, energies: Reals) -> Reals:
    """|[I, H]| for a diagonal I, shape (n,).

    Args:
        hamiltonians: shape (n, D, D).
        energies: of the basis states, shape (D,).
    """
    # i [I, H] is Hermitian
    turned = 1j * (energies[:, None] - energies) * hamiltonians
    found = np.linalg.eigvalsh(turned)
    return np.asarray(np.maximum(-found[:, 0], found[:, -1]), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spectra:
    """Eigensystems of a stack of Hamiltonians.

    Args:
        energies: increasing, shape (n, D).
        vectors: as columns, shape (n, D, D).
    """

    energies: Reals
    vectors: Stack

    @classmethod
    def of(cls, hamiltonians: Stack) -> Spectra:
        """The eigensystem of every matrix."""
        energies, vectors = np.linalg.eigh(hamiltonians)
        return cls(energies=energies, vectors=vectors)

    @property
    def norms(self) -> Reals:
        """min_c |H - c| = (l_max - l_min)/2 of each, shape (n,)."""
        return np.asarray(self.energies[:, -1] - self.energies[:, 0]) / 2

    def work(self, internal: Reals, start: int, times: Reals) -> Reals:
        """W(t) = <I> - <I>_0 from one basis state, shape (n, n_times).

        Args:
            internal: energies of the basis states, shape (D,).
            start: index of the basis state.
            times: shape (n_times,) or, one row a Hamiltonian, (n, n_times).
        """
        angles = self.energies[:, :, None] * np.atleast_2d(times)[:, None, :]
        first = self.vectors[:, start, :].conj()
        states = self.vectors @ (np.exp(-1j * angles) * first[:, :, None])
        reached = np.einsum("d,ndt->nt", internal, np.abs(states) ** 2)
        return np.asarray(reached - internal[start], dtype=np.float64)
