"""Inverses of matrices that are bands."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from qbcircuit.compile.compressed.turns import Floats

_CHUNK = 64
"""Columns that are found at once."""


def near_diagonal(root: Floats) -> Floats:
    """Entries (j, j) and (j + 1, j) of (L L^T)^-1, as much work as L itself took.

    S = (L L^T)^-1 is found from its last columns on. For columns J and the rows I below them that
    L reaches, S_IJ = -S_II G and S_JJ = (L_JJ L_JJ^T)^-1 - G^T S_IJ, with G = L_IJ L_JJ^-1.

    Args:
        root: L, lower triangular: entry (i, j) in row i - j and column j, shape (band, n).

    Returns:
        shape (2, n); the last entry has no next one and is 0.

    Reference: Takahashi, Fagan and Chin, 8th PICA Conference (1973).
    """
    wide, n = root.shape
    found = np.zeros((2, n))
    below = np.zeros((0, 0))
    for first in reversed(range(0, n, _CHUNK)):
        columns = min(n, first + _CHUNK) - first
        own, under = _dense(root, first, columns, columns + len(below))
        onto = solve_triangular(own, under.T, lower=True, trans="T", check_finite=False)
        inverse = solve_triangular(own, np.eye(columns), lower=True, check_finite=False)
        across = -below @ onto.T
        here = inverse.T @ inverse - onto @ across
        below = np.block([[here, across.T], [across, below]])
        for apart in range(min(2, len(below))):
            next_ones = np.diagonal(below, -apart)[:columns]
            found[apart, first : first + len(next_ones)] = next_ones
        below = below[: wide - 1, : wide - 1]
    return found


def _dense(root: Floats, first: int, columns: int, rows: int) -> tuple[Floats, Floats]:
    """L from a diagonal entry on, on so many columns: their own rows, and the rows below."""
    block = np.zeros((rows, columns))
    for j in range(columns):
        high = min(rows, j + len(root))
        block[j:high, j] = root[: high - j, first + j]
    return block[:columns], block[columns:]
