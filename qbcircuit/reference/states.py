"""Exact states of some sites while a protocol runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.curve import checked_times
from qbcircuit.reference.level_evolution import reached, solver
from qbcircuit.reference.level_parts import LevelPart, level_parts
from qbcircuit.reference.reachable import Basis

LARGEST = 1 << 12
"""Most levels, all sites together, of a reduced state."""

Array = NDArray[np.complex128]
Places = NDArray[np.int64]


def reduced_states(
    protocol: ChargingProtocol, times: ArrayLike, sites: Sequence[int] | None = None
) -> list[Array]:
    """Density matrices of some sites, the others traced out.

    Args:
        protocol: what charges what.
        times: not decreasing, shape (n_times,).
        sites: which, the first one counting fastest in an index; all cells where ``None``.

    Returns:
        One matrix a time, shape (D, D) with D the product of the sites' levels.

    Raises:
        InvalidRequest: times that decrease, sites the battery lacks, or too many levels.
    """
    asked = checked_times(times, protocol.duration)
    if np.any(np.diff(asked) < 0):
        raise InvalidRequest("Times must not decrease. Sort them.")
    battery = protocol.battery
    kept = battery.cells if sites is None else tuple(sites)
    if len(set(kept)) != len(kept) or not set(kept) <= set(range(battery.n_sites)):
        raise InvalidRequest(
            f"Sites must be different ones of 0..{battery.n_sites - 1}, got {list(kept)}."
        )
    if (size := math.prod(battery.dimensions[site] for site in kept)) > LARGEST:
        raise InvalidRequest(
            f"The state of {len(kept)} sites has {size} levels, and {LARGEST} are the most. "
            "Ask for fewer sites."
        )
    order: list[int] = []
    product = [np.ones((1, 1), dtype=complex) for _ in asked]
    for part in level_parts(protocol):
        inside = [site for site in part.sites if site in kept]
        if inside:
            own = _of_part(part, asked, [part.sites.index(site) for site in inside])
            product = [np.kron(new, old) for new, old in zip(own, product, strict=True)]
            order += inside
    sizes = [battery.dimensions[site] for site in order]
    return [_reordered(matrix, order, kept, sizes) for matrix in product]


def _of_part(part: LevelPart, times: NDArray[np.float64], kept: list[int]) -> list[Array]:
    basis = reached(part)
    rest = [site for site in range(len(part.dimensions)) if site not in kept]
    inner = Basis(basis.states[:, kept], [part.dimensions[site] for site in kept])
    size = math.prod(inner.dimensions)
    place = inner.numbers(basis.states[:, kept]).astype(np.int64)
    _, other = np.unique(basis.states[:, rest], axis=0, return_inverse=True)
    other = other.reshape(-1).astype(np.int64)
    return [
        _from_vector(state, place, other, size)
        if state.ndim == 1
        else _from_matrix(state[0], place, other, size)
        for state in solver(part, basis).states(times)
    ]


def _from_vector(state: Array, place: Places, other: Places, size: int) -> Array:
    """rho = M M^dag with one column for each state of the sites traced out."""
    table = np.zeros((size, int(other.max()) + 1), dtype=complex)
    table[place, other] = state
    return table @ table.conj().T


def _from_matrix(state: Array, place: Places, other: Places, size: int) -> Array:
    rows, columns = np.nonzero(other[:, None] == other[None, :])
    found = np.zeros((size, size), dtype=complex)
    np.add.at(found, (place[rows], place[columns]), state[rows, columns])
    return found


def _reordered(
    matrix: Array, order: Sequence[int], wanted: Sequence[int], sizes: Sequence[int]
) -> Array:
    """Factors moved from one order of sites, the first counting fastest, to another."""
    n = len(order)
    # axis a of the reshaped array is factor n - 1 - a
    axes = [n - 1 - list(order).index(site) for site in reversed(wanted)]
    tensor = matrix.reshape(tuple(sizes)[::-1] * 2)
    return tensor.transpose(axes + [n + axis for axis in axes]).reshape(matrix.shape)
