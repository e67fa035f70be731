"""Which wires the circuits of a protocol need: registers of its sites, and helpers beside them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Reset
from qbcircuit.encoding import DEFAULT, Register, registers
from qbcircuit.starts import MixedStart, ThermalStart

PURIFY = "purify"
SAMPLE = "sample"
MIXED = (PURIFY, SAMPLE)
"""How a start that is a mixture gets onto circuits: with a partner, or start by start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Helpers:
    """Wires beside the register of one site.

    Args:
        partner: told the site's level where it starts or is reset in a mixture.
        fresh: a register whose content comes in where a reset happens with a probability.
        coin: decides whether it does.
    """

    partner: tuple[int, ...] = ()
    fresh: tuple[int, ...] = ()
    coin: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wires:
    """The wires of a protocol's circuits, registers first.

    Args:
        registers: of every site.
        helpers: of every site.
        total: number of wires.
    """

    registers: tuple[Register, ...]
    helpers: tuple[Helpers, ...]
    total: int

    @property
    def ties(self) -> tuple[tuple[int, ...], ...]:
        """Wires that must meet: every register, and its helpers bit by bit."""
        return tuple(self._tied())

    def _tied(self) -> Iterator[tuple[int, ...]]:
        for register, helpers in zip(self.registers, self.helpers, strict=True):
            if len(register.sites) > 1:
                yield register.sites
            yield from ((site, wire) for site, wire in told(register, helpers.partner))
            yield from (
                (site, wire, *helpers.coin)
                for site, wire in zip(register.sites, helpers.fresh, strict=False)
            )


def told(register: Register, partner: tuple[int, ...]) -> list[tuple[int, int]]:
    """(register's site, partner's wire) of the CX gates that tell a partner the level.

    Binary and gray codes are copied; of a unary register the partner gets the level's number.
    """
    if not register.is_unary:
        return list(zip(register.sites, partner, strict=False))
    return [
        (site, wire)
        for level, site in enumerate(register.sites)
        for bit, wire in enumerate(partner)
        if level >> bit & 1
    ]


def is_mixed(battery: Battery) -> bool:
    """Whether some site starts in a mixture of levels."""
    return any(_mixed_sites(battery))


@functools.lru_cache(maxsize=64)
def wires_of(protocol: ChargingProtocol, encoding: str | None = None, mixed: str = PURIFY) -> Wires:
    """The wires of a protocol's circuits.

    Args:
        protocol: what is realised.
        encoding: of sites with more than two levels.
        mixed: ``"purify"`` or ``"sample"``.
    """
    battery = protocol.battery
    found = registers(battery.dimensions, encoding or DEFAULT)
    resets = [step for step in protocol.schedule if isinstance(step, Reset)]
    made = _Numbering(sum(len(one.sites) for one in found))
    partners = [
        made.wires(_label_width(one)) if choice and mixed == PURIFY else ()
        for one, choice in zip(found, _mixed_sites(battery), strict=True)
    ]
    helpers: list[Helpers] = []
    for j, register in enumerate(found):
        own = [step for step in resets if j in step.sites]
        by_chance = any(step.probability < 1 for step in own)
        if any(step.populations for step in own) and not partners[j]:
            partners[j] = made.wires(_label_width(register))
        helpers.append(
            Helpers(
                partner=partners[j],
                fresh=made.wires(len(register.sites) if by_chance else 0),
                coin=made.wires(int(by_chance)),
            )
        )
    return Wires(registers=found, helpers=tuple(helpers), total=made.total)


class _Numbering:
    """Hands out wires in order: registers, partners of the start, then what resets need.

    Chargers of one battery thus agree on the first wires, whatever resets they have.
    """

    def __init__(self, total: int) -> None:
        self.total = total

    def wires(self, number: int) -> tuple[int, ...]:
        """So many new ones."""
        first, self.total = self.total, self.total + number
        return tuple(range(first, self.total))


def _label_width(register: Register) -> int:
    return (len(register.codes) - 1).bit_length()


def _mixed_sites(battery: Battery) -> list[bool]:
    """Whether each site starts in a mixture of levels."""
    if not isinstance(battery.start, ThermalStart | MixedStart):
        return [False] * battery.n_sites
    return [sum(p > 0 for p in row) > 1 for row in battery.start_populations]


def n_wires(protocol: ChargingProtocol, encoding: str | None = None, mixed: str = PURIFY) -> int:
    """Qubits that circuits of this protocol need; arguments as in :func:`wires_of`."""
    return wires_of(protocol, encoding, mixed).total
