"""Batteries whose cells interact with their neighbours on a chain all the time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.protocols.checks import check_cells
from qbcircuit.starts import BasisStart, GroundStart
from qbcircuit.terms import Term

BOUNDARIES = ("open", "periodic")

NO_BOUND = "no bound: the cells interact, so I is no sum over cells"
"""What is known of the advantage of such batteries."""


def couplings(bonds: Sequence[tuple[int, int]], x: float, y: float, z: float) -> tuple[Term, ...]:
    """sum_bonds x XX + y YY + z ZZ, strengths of 0 left out."""
    strengths = [
        (letters, value)
        for letters, value in zip(("XX", "YY", "ZZ"), (x, y, z), strict=True)
        if value
    ]
    return tuple(Term(letters, bond, value) for letters, value in strengths for bond in bonds)


def bonds_of(name: str, battery: Battery, boundary: str) -> list[tuple[int, int]]:
    """Neighbours on an open or closed chain of the battery's cells.

    Raises:
        InvalidRequest: as :func:`chain_cells`, or an unknown boundary.
    """
    cells = chain_cells(name, battery)
    if boundary not in BOUNDARIES:
        raise unknown_name("boundary", boundary, BOUNDARIES)
    open_bonds = list(itertools.pairwise(cells))
    closes = boundary == "periodic" and len(cells) > 2
    return [*open_bonds, (cells[-1], cells[0])] if closes else open_bonds


def chain_cells(name: str, battery: Battery) -> tuple[int, ...]:
    """The cells in the order of the chain.

    Raises:
        InvalidRequest: fewer than two, or cells with couplings of their own.
    """
    check_cells(name, battery.n_cells)
    if battery.interactions:
        raise InvalidRequest(
            f"{name} brings the couplings of its cells with it, and this battery has "
            f"{len(battery.interactions)} of its own. Use a battery without interactions."
        )
    return battery.cells


def in_ground_state(battery: Battery, interactions: tuple[Term, ...]) -> Battery:
    """The battery with couplings, in its ground state where its cells start in level 0."""
    start = battery.start
    if isinstance(start, BasisStart) and not any(start.levels):
        start = GroundStart()
    return replace(battery, interactions=interactions, start=start)
