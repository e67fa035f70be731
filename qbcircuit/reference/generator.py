"""The extreme energies of a protocol's generator, on sites of any number of levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.collective import collective
from qbcircuit.reference.level_evolution import LARGEST_MIXED, reached
from qbcircuit.reference.level_parts import level_parts
from qbcircuit.reference.level_spectrum import terms_extremes
from qbcircuit.reference.spectrum import Extremes
from qbcircuit.reference.truncation import driven_modes, grows


def generator_extremes(protocol: ChargingProtocol, step: int = 0) -> Extremes:
    """Lowest and highest energy of the total generator of one step, identity shift included.

    Where a mode is driven they are those of the conserved sector that is reached: a mode has no
    norm.

    Args:
        protocol: what charges what.
        step: which of ``protocol.evolutions``.

    Raises:
        InvalidRequest: a mode whose quanta are not bounded by what is conserved.
    """
    evolution = protocol.evolutions[step]
    terms, shift = protocol.generator(evolution)
    if driven_modes(protocol.battery, terms):
        found = _of_sector(until(protocol, step))
    else:
        found = terms_extremes(terms, protocol.battery.dimensions)
    return Extremes(found.low + shift, found.high + shift, found.kind)


def until(protocol: ChargingProtocol, step: int) -> ChargingProtocol:
    """The protocol that ends with one of its evolutions, which begins where the others lead to."""
    acting = [i for i, one in enumerate(protocol.schedule) if isinstance(one, Evolve)]
    return replace(protocol, schedule=protocol.schedule[: acting[step] + 1])


def _of_sector(protocol: ChargingProtocol) -> Extremes:
    """The extremes of the last step on the states that are reached, cut-off or not."""
    modes = driven_modes(protocol.battery, protocol.evolutions[-1].terms)
    if not _starts_in_a_level(protocol.battery, modes):
        raise _no_norm("modes that start with a fixed number of quanta")
    if grows(protocol):
        raise _no_norm("terms that conserve the number of quanta and charged cells")
    low = high = 0.0
    for part in level_parts(protocol):
        own, basis = collective(part), reached(collective(part))
        if len(basis) > LARGEST_MIXED:
            raise InvalidRequest(
                f"The sector reached has {len(basis)} states, too many to diagonalise. "
                "Use fewer cells."
            )
        energies = np.linalg.eigvalsh(basis.matrix(own.evolutions[-1].products).toarray())
        low, high = low + energies[0], high + energies[-1]
    return Extremes(float(low), float(high), "exact")


def _starts_in_a_level(battery: Battery, modes: frozenset[int]) -> bool:
    """Whether the modes start in one level each, beside cells without coherence."""
    if not battery.starts_in_levels:
        return False
    populations = battery.start_populations
    return all(max(populations[mode]) == 1.0 for mode in modes)


def _no_norm(need: str) -> InvalidRequest:
    return InvalidRequest(
        f"A mode has no norm, so constraint C0 needs {need} here. Use C1, or no constraint."
    )
