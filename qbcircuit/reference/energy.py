"""Energies of a battery: what it starts with, and between what its charge can lie."""

from __future__ import annotations

import functools
import math

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import cell_terms
from qbcircuit.reference.level_parts import LevelPart, level_parts_of
from qbcircuit.reference.level_spectrum import terms_extremes
from qbcircuit.reference.reachable import Basis


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
