"""Batteries joined by sites that are no cells: chargers and mediators."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.battery import Battery, Site
from qbcircuit.errors import InvalidRequest
from qbcircuit.starts import BasisStart, GroundStart, MixedStart, ProductStart, PureStart, Start

_LARGEST_PURE = 16
"""log2 of the most amplitudes of a start that is written out."""


def joined(battery: Battery, sites: Sequence[Site], levels: Sequence[int]) -> Battery:
    """The battery with more sites after its own, each in one level.

    Args:
        battery: what is charged.
        sites: the new ones.
        levels: the level that each new site starts in.

    Raises:
        InvalidRequest: cells in the ground state of their interactions, which no product is.
    """
    rows = _levels(sites, levels)
    start = _own_start(battery)
    new: Start
    if isinstance(start, BasisStart):
        new = BasisStart(levels=(*start.levels, *levels))
    elif isinstance(start, ProductStart):
        new = ProductStart(amplitudes=(*start.amplitudes, *rows))
    elif isinstance(start, PureStart):
        new = _beside(battery, _product(rows))
    else:
        new = MixedStart(populations=(*battery.start_populations, *rows))
    return Battery(sites=(*battery.sites, *sites), start=new, interactions=battery.interactions)


def joined_in_state(
    battery: Battery, sites: Sequence[Site], amplitudes: NDArray[np.complex128]
) -> Battery:
    """The battery with more sites after its own, in one pure state together.

    Args:
        battery: what is charged, in a pure start.
        sites: the new ones.
        amplitudes: of the new sites, the first counting fastest.

    Raises:
        InvalidRequest: a battery in a mixture, or too many sites to write the state out.
    """
    return Battery(
        sites=(*battery.sites, *sites),
        start=_beside(battery, amplitudes),
        interactions=battery.interactions,
    )


def dicke_state(n_sites: int, n_excited: int) -> NDArray[np.complex128]:
    """Equal amplitudes of all placements of m excited among n two-level sites, shape (2^n,).

    Reference: Dicke, Phys. Rev. 93, 99 (1954), doi:10.1103/PhysRev.93.99.
    """
    placed = [index.bit_count() == n_excited for index in range(1 << n_sites)]
    state = np.array(placed, dtype=complex)
    return np.asarray(state / np.linalg.norm(state))


def _own_start(battery: Battery) -> Start:
    if not isinstance(battery.start, GroundStart):
        return battery.start
    if battery.interactions:
        raise InvalidRequest(
            "Chargers in levels of their own cannot join cells in the ground state of their "
            "interactions. Name the start of the cells instead."
        )
    return BasisStart(levels=(0,) * battery.n_sites)


def _beside(battery: Battery, amplitudes: NDArray[np.complex128]) -> PureStart:
    start = _own_start(battery)
    size = math.prod(battery.dimensions) * len(amplitudes)
    if size > 1 << _LARGEST_PURE:
        raise InvalidRequest(
            f"A start of all sites together has at most 2^{_LARGEST_PURE} amplitudes, got "
            f"{size:.3g}. Use fewer cells or chargers."
        )
    if isinstance(start, PureStart):
        own = np.array(start.amplitudes)
    elif isinstance(start, ProductStart):
        own = _product(start.amplitudes)
    elif isinstance(start, BasisStart):
        own = _product(_levels(battery.sites, start.levels))
    else:
        raise InvalidRequest(
            "Chargers that are entangled with each other need cells in a pure start, got a "
            f"{type(start).__name__}. Use a basis start."
        )
    return PureStart(amplitudes=tuple(np.kron(amplitudes, own)))


def _levels(sites: Sequence[Site], levels: Sequence[int]) -> tuple[tuple[float, ...], ...]:
    """1 for the level that each site is in, 0 for its others."""
    return tuple(
        tuple(float(level == there) for level in range(site.dimension))
        for site, there in zip(sites, levels, strict=True)
    )


def _product(rows: Sequence[Sequence[complex]]) -> NDArray[np.complex128]:
    vector = np.ones(1, dtype=complex)
    for row in rows:
        vector = np.kron(np.array(row), vector)
    return vector
