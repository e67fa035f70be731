"""Purity and entropy of some cells of a state.

State vectors and density matrices are little-endian: cell 0 is the least significant bit of a
basis index, as in qiskit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from qbcircuit.errors import InvalidRequest


def purity(state: ArrayLike, cells: Iterable[int] | None = None) -> float:
    """tr(rho_A^2) of some cells of a pure or mixed state of two-level cells.

    Args:
        state: amplitudes, shape (2^N,), or a density matrix, shape (2^N, 2^N).
        cells: A; all where ``None``.

    Returns:
        From 2^-|A| to 1.

    Raises:
        InvalidRequest: a size that is not a power of 2, or cells outside it.
    """
    array = np.asarray(state, dtype=complex)
    n = _n_qubits(array.shape[0])
    kept = sorted(set(range(n) if cells is None else cells))
    if kept and not 0 <= kept[0] <= kept[-1] < n:
        raise InvalidRequest(f"The state has cells 0..{n - 1}, got {kept}.")
    rest = [cell for cell in range(n) if cell not in kept]
    # Axis a of the reshaped array is cell n - 1 - a.
    axes = [n - 1 - cell for cell in kept + rest]
    if array.ndim == 1:
        matrix = array.reshape((2,) * n).transpose(axes).reshape(2 ** len(kept), -1)
        reduced = matrix @ matrix.conj().T
    else:
        doubled = array.reshape((2,) * (2 * n)).transpose(axes + [n + axis for axis in axes])
        shape = (2 ** len(kept), 2 ** len(rest)) * 2
        reduced = np.einsum("arbr->ab", doubled.reshape(shape))
    return float(np.sum(np.abs(reduced) ** 2))


def renyi2(state: ArrayLike, cells: Iterable[int] | None = None) -> float:
    """Renyi-2 entropy of some cells, S_2 = -ln tr(rho_A^2), in nats.

    Args:
        state: amplitudes, shape (2^N,), or a density matrix, shape (2^N, 2^N).
        cells: A; all where ``None``.
    """
    return -math.log(purity(state, cells))


def _n_qubits(dimension: int) -> int:
    n = dimension.bit_length() - 1
    if dimension != 2**n:
        raise InvalidRequest(f"A state of two-level cells has 2^N entries, got {dimension}.")
    return n
