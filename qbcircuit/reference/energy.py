"""Energies of a battery: what it starts with, and between what its charge can lie."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.battery import Battery
from qbcircuit.charging import cell_terms
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.level_parts import LevelPart, level_parts_of
from qbcircuit.reference.level_spectrum import terms_extremes
from qbcircuit.reference.monomials import products
from qbcircuit.reference.reachable import Basis, all_states
from qbcircuit.terms import Term

LARGEST_MATRIX = 1 << 11
"""Most levels of cells whose energy is written as a matrix."""


@functools.lru_cache(maxsize=256)
def start_energy(battery: Battery) -> float:
    """tr(I rho_0) over the cells, interactions included."""
    if battery.starts_in_levels and not battery.interactions:
        return battery.start_level_energy
    return math.fsum(_energy(part) for part in level_parts_of(battery))


def _energy(part: LevelPart) -> float:
    basis = Basis(part.states, part.dimensions)
    place = basis.places(part.states)
    energies = basis.energy(part.levels)[place]
    if not part.is_pure:
        diagonal = basis.matrix(part.interactions).diagonal().real[place]
        return float(part.weights @ (energies + diagonal))
    state = np.zeros(len(basis), dtype=complex)
    state[place] = part.amplitudes
    inner = np.vdot(state, basis.matrix(part.interactions) @ state)
    return float(np.abs(part.amplitudes) ** 2 @ energies + inner.real)


@functools.lru_cache(maxsize=256)
def energy_range(battery: Battery) -> tuple[float, float]:
    """Lowest and highest energy of the cells, interactions included.

    Certified bounds where interacting cells are too many to diagonalise.
    """
    low = math.fsum(battery.sites[j].levels[0] for j in battery.cells)
    if not battery.interactions:
        return low, low + battery.capacity
    terms, shift = cell_terms(battery)
    found = terms_extremes(terms, battery.dimensions)
    return found.low + shift, found.high + shift


def capacity(battery: Battery) -> float:
    """Highest minus lowest energy of the cells, interactions included (N Delta for equal cells)."""
    low, high = energy_range(battery)
    return high - low


def energy_matrix(battery: Battery, cells: Sequence[int]) -> NDArray[np.complex128]:
    """I of the cells as a matrix, interactions included.

    Args:
        battery: whose cells.
        cells: all of them, the first one counting fastest in an index.

    Returns:
        Shape (D, D), energies.

    Raises:
        InvalidRequest: too many levels.
    """
    terms, shift = cell_terms(battery)
    dimensions = [battery.sites[cell].dimension for cell in cells]
    if (size := math.prod(dimensions)) > LARGEST_MATRIX:
        raise InvalidRequest(
            f"The energy of {len(cells)} interacting cells has {size} levels, and "
            f"{LARGEST_MATRIX} are the most to diagonalise. Use fewer cells."
        )
    place = {cell: i for i, cell in enumerate(cells)}
    moved = [Term(one.operators, [place[s] for s in one.sites], one.strength) for one in terms]
    matrix = all_states(dimensions).matrix(products(moved, dimensions)).toarray()
    return np.asarray(matrix + shift * np.eye(size), dtype=complex)
