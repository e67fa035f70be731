"""Whole protocols on registers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset, Step
from qbcircuit.encoding.expansion import encoded_terms
from qbcircuit.encoding.registers import DEFAULT, Register, registers
from qbcircuit.hypergraph import Interaction
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """A protocol on registers.

    Args:
        protocol: on two-level sites, the whole generator among its terms. Its energies are not
            the battery's; resets empty the qubits of a register; it starts in level 0 of every
            site where the battery does not start in levels.
        registers: one a site.
        blocks: of every step, see :class:`EncodedTerms`.
    """

    protocol: ChargingProtocol
    registers: tuple[Register, ...]
    blocks: tuple[tuple[Interaction, ...], ...]

    @property
    def owners(self) -> tuple[int, ...]:
        """The site that every encoded site belongs to."""
        return tuple(j for j, one in enumerate(self.registers) for _ in one.sites)


@functools.lru_cache(maxsize=64)
def encode(protocol: ChargingProtocol, kind: str = DEFAULT) -> Encoded:
    """The protocol on registers of qubits.

    Args:
        protocol: sites of any levels; one of two-level letters only stays as it is.
        kind: ``"binary"``, ``"gray"`` or ``"unary"``.

    Raises:
        InvalidRequest: an unknown encoding, or a term on too many qubits.
    """
    battery = protocol.battery
    found = registers(battery.dimensions, kind)
    generators = [protocol.generator(step)[0] for step in protocol.evolutions]
    if set(battery.dimensions) == {2} and all(t.is_two_level for g in generators for t in g):
        return Encoded(protocol=protocol, registers=found, blocks=((),) * len(protocol.schedule))
    schedule: list[Step] = []
    blocks: list[tuple[Interaction, ...]] = []
    for step in protocol.schedule:
        if isinstance(step, Reset):
            qubits = tuple(q for site in step.sites for q in found[site].sites)
            schedule.append(Reset(sites=qubits))
            blocks.append(())
        else:
            made = encoded_terms(protocol.generator(step)[0], found)
            terms = made.terms or (Term("Z", (0,), 0.0),)  # nothing but the identity
            schedule.append(Evolve(terms=terms, duration=step.duration))
            blocks.append(made.blocks)
    levels = battery.start.levels if isinstance(battery.start, BasisStart) else None
    bits = _bits(found, levels or (0,) * battery.n_sites)
    return Encoded(
        protocol=ChargingProtocol(
            battery=Battery(sites=(Site(),) * len(bits), start=BasisStart(levels=bits)),
            schedule=tuple(schedule),
            name=protocol.name,
        ),
        registers=found,
        blocks=tuple(blocks),
    )


def _bits(found: Sequence[Register], levels: Sequence[int]) -> tuple[int, ...]:
    """Levels of the encoded sites where the sites are in the given levels."""
    return tuple(
        one.codes[level] >> i & 1
        for one, level in zip(found, levels, strict=True)
        for i in range(len(one.sites))
    )
