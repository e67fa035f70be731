"""The operator of the power, i[H, I], whose norm no power exceeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from qbcircuit.battery import Battery, Role
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.collective import collective
from qbcircuit.reference.generator import until
from qbcircuit.reference.level_evolution import LARGEST_MIXED, reached
from qbcircuit.reference.level_parts import level_parts
from qbcircuit.reference.level_spectrum import terms_extremes
from qbcircuit.reference.spectrum import Extremes
from qbcircuit.terms import MODE_LETTERS, Term, matrix_unit

_TURNED = {"X": ("Y", -1.0), "Y": ("X", 1.0)}
"""i[A, |1><1|] = factor * B."""


def power_extremes(protocol: ChargingProtocol, step: int = 0) -> Extremes:
    """Lowest and highest eigenvalue of i[H, I] of one step.

    Where a mode is driven they are those of the sector that is reached, as for its norm.

    Args:
        protocol: cells that do not interact with each other.
        step: which of ``protocol.evolutions``.

    Raises:
        InvalidRequest: cells that interact, or a sector too large to diagonalise.
    """
    battery, evolution = protocol.battery, protocol.evolutions[step]
    if battery.interactions:
        raise InvalidRequest("The power operator is for cells that do not interact.")
    if any(not MODE_LETTERS.isdisjoint(term.operators) for term in evolution.terms):
        return _of_sector(until(protocol, step))
    return terms_extremes(power_terms(battery, evolution.terms), battery.dimensions)


def power_terms(battery: Battery, terms: Iterable[Term]) -> tuple[Term, ...]:
    """i[H, I] as terms, I the levels of the cells; letters of modes are not among H's.

    i[A_1 ... A_k, sum_j I_j] = sum_j A_1 ... i[A_j, I_j] ... A_k, with i[X, I] = -Delta Y,
    i[Y, I] = Delta X and i[|r><c|, I] = i (e_c - e_r) |r><c|.

    Args:
        battery: cells that do not interact.
        terms: H.
    """
    return tuple(one for term in terms for one in _of_term(battery, term))


def _of_term(battery: Battery, term: Term) -> Iterator[Term]:
    fall = 0.0
    for place, (letter, site) in enumerate(zip(term.operators, term.sites, strict=True)):
        if battery.sites[site].role is not Role.CELL:
            continue
        levels = battery.sites[site].levels
        if letter in _TURNED:
            other, factor = _TURNED[letter]
            letters = (*term.operators[:place], other, *term.operators[place + 1 :])
            yield Term(letters, term.sites, term.strength * factor * (levels[1] - levels[0]))
        elif letter in "+-":
            fall += levels[0] - levels[1] if letter == "+" else levels[1] - levels[0]
        elif unit := matrix_unit(letter):
            fall += levels[unit[1]] - levels[unit[0]]
    if fall:
        yield Term(term.operators, term.sites, 1j * fall * term.strength)


def _of_sector(protocol: ChargingProtocol) -> Extremes:
    """Of the last step, on the states that are reached."""
    low = high = 0.0
    for whole in level_parts(protocol):
        part = collective(whole)
        basis = reached(part)
        if len(basis) > LARGEST_MIXED:
            raise InvalidRequest(
                f"The sector reached has {len(basis)} states, too many to diagonalise. "
                "Use fewer cells."
            )
        energies = basis.energy(part.levels)
        hamiltonian = basis.matrix(part.evolutions[-1].products).toarray()
        found = np.linalg.eigvalsh(1j * hamiltonian * (energies - energies[:, None]))
        low, high = low + float(found[0]), high + float(found[-1])
    return Extremes(low, high, "exact")
