"""Energies of several cells together: all products of levels, or the ladder of the symmetric ones.

Ergotropy depends on which of the two a unitary may use: the passive state of 2^N levels lies
lower than that of the N + 1 symmetric ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.errors import InvalidRequest

Series = NDArray[np.float64]

_SAME = 1e-12
"""Energies that differ by less than this fraction of their range are one."""

_LARGEST = 1 << 22
_OUTSIDE = 1e-9


def fitting(density: ArrayLike, energies: ArrayLike) -> tuple[NDArray[np.complex128], Series]:
    """A density matrix and the energies of its levels, as arrays.

    Raises:
        InvalidRequest: shapes that do not fit.
    """
    rho, levels = np.asarray(density, dtype=complex), np.asarray(energies, dtype=float)
    if rho.shape != (levels.size, levels.size):
        raise InvalidRequest(
            f"The density matrix has shape {rho.shape} but there are {levels.size} energies."
        )
    return rho, levels


def product_energies(levels: Sequence[Sequence[float]]) -> Series:
    """Energy of every product of levels, the first cell counting fastest, shape (D,).

    Args:
        levels: level energies of every cell.

    Raises:
        InvalidRequest: more than 2^22 products.
    """
    if (size := math.prod(len(one) for one in levels)) > _LARGEST:
        raise InvalidRequest(
            f"{len(levels)} cells have {size} products of levels, and {_LARGEST} are the most to "
            "list. Ask for fewer cells."
        )
    total = np.zeros(1)
    for one in levels:
        total = np.add.outer(np.asarray(one, dtype=float), total).ravel()
    return total


def product_spectrum(levels: Sequence[Sequence[float]]) -> tuple[Series, NDArray[np.object_]]:
    """Different energies of products of levels and how many products have each.

    N equal two-level cells have the energies N e_0 + m Delta with multiplicity C(N, m), at any N.

    Args:
        levels: level energies of every cell.

    Returns:
        (energies, rising, and multiplicities as whole numbers of any size).

    Raises:
        InvalidRequest: more than 2^22 different energies.
    """
    energies, counts = np.zeros(1), np.ones(1, dtype=object)
    slack = _SAME * sum(abs(level) for one in levels for level in one)
    for one in levels:
        if len(energies) * len(one) > _LARGEST:
            raise InvalidRequest(
                f"{len(levels)} cells have more than {_LARGEST} different energies. "
                "Ask for fewer cells."
            )
        added = np.add.outer(energies, np.asarray(one, dtype=float)).ravel()
        several = np.repeat(counts, len(one))
        order = np.argsort(added, kind="stable")
        added, several = added[order], several[order]
        first = np.flatnonzero(np.diff(added, prepend=-np.inf) > slack)
        energies, counts = added[first], np.add.reduceat(several, first)
    return energies, counts


def ladder_energies(n_cells: int, levels: Sequence[float]) -> Series:
    """Energies of the symmetric states of N equal two-level cells, N e_0 + m Delta, m = 0..N."""
    low, high = levels
    return np.asarray(n_cells * low + (high - low) * np.arange(n_cells + 1), dtype=float)


def ladder_counts(n_cells: int) -> NDArray[np.object_]:
    """How many products of levels have m charged cells: C(N, m)."""
    return np.array([math.comb(n_cells, m) for m in range(n_cells + 1)], dtype=object)


def symmetric_state(density: ArrayLike) -> NDArray[np.complex128]:
    """A state of the symmetric sector of two-level cells, on the ladder of Dicke states.

    <m|rho|m'> with |m> the even superposition of all products with m charged cells.

    Args:
        density: shape (2^N, 2^N).

    Returns:
        Shape (N + 1, N + 1).

    Raises:
        InvalidRequest: a state that is not symmetric.

    Reference: Dicke, Phys. Rev. 93, 99 (1954).
    """
    rho = np.asarray(density, dtype=complex)
    n = len(rho).bit_length() - 1
    charged = np.array([index.bit_count() for index in range(len(rho))])
    dicke = np.zeros((n + 1, len(rho)))
    dicke[charged, np.arange(len(rho))] = [1 / math.sqrt(math.comb(n, int(m))) for m in charged]
    found: NDArray[np.complex128] = dicke @ rho @ dicke.T
    outside = 1 - float(np.trace(found).real)
    if outside > _OUTSIDE:
        raise InvalidRequest(
            f"The ladder is for states that are symmetric between cells, and this one is not with "
            f"weight {outside:.3g}. Use the full spectrum."
        )
    return found
