"""What must be read to know the energy of cells that interact with each other all the time.

I is a sum of Pauli strings on the qubits of the cells. Strings that have the same letters wherever
they meet are read in one setting, and their covariance comes with the outcomes.

Reference: Verteletskyi, Yen, Izmaylov, J. Chem. Phys. 152, 124114 (2020), arXiv:1907.03358
(qubit-wise commuting groups).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qbcircuit.battery import Battery
from qbcircuit.charging import cell_terms
from qbcircuit.encoding import DEFAULT, Register, encoded_terms, registers

String = tuple[tuple[int, str], ...]
"""A Pauli string: bits of an outcome with their letters, sorted."""

Bases = tuple[str, ...]
"""The letter that every qubit of the cells is read in, those of the first cell first."""


_CANCELLED = 1e-14
"""Coefficient, relative to the largest, below which a string has cancelled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyPart:
    """The part of I that is read in one setting.

    Args:
        bases: the setting.
        strings: (bits, coefficient): the energy is the sum of coefficient * (-1)^(bits read 1).
    """

    bases: Bases
    strings: tuple[tuple[tuple[int, ...], float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergySettings:
    """I in settings.

    Args:
        parts: one a setting, the one read in Z alone first where there is one.
        shift: a multiple of the identity.
    """

    parts: tuple[EnergyPart, ...]
    shift: float


@functools.lru_cache(maxsize=64)
def energy_settings(battery: Battery, encoding: str | None = None) -> EnergySettings:
    """The settings in which the energy of the cells is read, as few as a greedy colouring finds.

    Args:
        battery: cells, interacting or not.
        encoding: of cells with more than two levels.
    """
    found = registers(battery.dimensions, encoding or DEFAULT)
    terms, shift = cell_terms(battery)
    made = encoded_terms(terms, found)
    bit = {site: i for i, site in enumerate(read_sites(battery, found))}
    strings: dict[String, float] = defaultdict(float)
    for term in made.terms:
        for letters, sites, value in term.paulis():
            placed = zip((bit[site] for site in sites), letters, strict=True)
            strings[tuple(sorted(placed))] += value
    return EnergySettings(
        parts=tuple(_part(group, strings, len(bit)) for group in _grouped(strings)),
        shift=shift + made.shift,
    )


def read_sites(battery: Battery, found: Sequence[Register]) -> tuple[int, ...]:
    """The encoded sites that are read, in the order of the bits of an outcome."""
    return tuple(site for cell in battery.cells for site in found[cell].sites)


def _grouped(strings: Mapping[String, float]) -> list[list[String]]:
    """Strings that fit together, the longest first; those of Z alone are one group."""
    cut = _CANCELLED * max(map(abs, strings.values()), default=0.0)
    kept = [one for one, value in strings.items() if one and abs(value) > cut]
    wanted = sorted(kept, key=lambda one: (-len(one), one))
    still = [one for one in wanted if all(letter == "Z" for _, letter in one)]
    groups: list[tuple[dict[int, str], list[String]]] = []
    for one in wanted:
        if one in still:
            continue
        fits = (g for g in groups if all(g[0].get(bit, a) == a for bit, a in one))
        letters, members = next(fits, ({}, []))
        if not members:
            groups.append((letters, members))
        letters.update(one)
        members.append(one)
    return [*([still] if still else []), *(members for _, members in groups)]


def _part(group: list[String], strings: Mapping[String, float], n_bits: int) -> EnergyPart:
    letters = {bit: letter for one in group for bit, letter in one}
    return EnergyPart(
        bases=tuple(letters.get(bit, "Z") for bit in range(n_bits)),
        strings=tuple((tuple(bit for bit, _ in one), strings[one]) for one in group),
    )
