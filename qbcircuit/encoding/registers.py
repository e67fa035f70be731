"""Registers: the qubits that hold a site of d levels, and the codes of its levels."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest, unknown_name

KINDS = ("binary", "gray", "unary")
"""How a site of d levels may be held."""

DEFAULT = "gray"
"""As few qubits as can be, and a ladder's neighbours are one flip apart."""


MOST_UNARY = 62
"""Qubits of one register whose outcomes are read as one number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """The qubits of one site.

    Args:
        sites: encoded sites, two levels each.
        codes: of every level; bit i is the level of ``sites[i]``.
    """

    sites: tuple[int, ...]
    codes: tuple[int, ...]

    @property
    def levels(self) -> Mapping[int, int]:
        """The level of every code."""
        return {code: level for level, code in enumerate(self.codes)}

    @property
    def is_unary(self) -> bool:
        """Whether every level has a qubit of its own."""
        return len(self.sites) == len(self.codes)

    def flipped(self, level: int) -> tuple[int, ...]:
        """Sites that are in level 1 where the register holds a level."""
        return tuple(s for i, s in enumerate(self.sites) if self.codes[level] >> i & 1)


def check_kind(kind: str) -> None:
    """Refuse an encoding that does not exist.

    Raises:
        InvalidRequest: it does not.
    """
    if kind not in KINDS:
        raise unknown_name("encoding", kind, KINDS)


@functools.lru_cache(maxsize=256)
def registers(dimensions: tuple[int, ...], kind: str = DEFAULT) -> tuple[Register, ...]:
    """The registers of sites of these dimensions, one after another; two levels take one qubit.

    Raises:
        InvalidRequest: an unknown encoding, or too many levels for it.
    """
    check_kind(kind)
    if kind == "unary" and max(dimensions) > MOST_UNARY:
        raise InvalidRequest(
            f"Unary registers hold up to {MOST_UNARY} levels, got {max(dimensions)}. "
            "Use --encoding gray."
        )
    found: list[Register] = []
    first = 0
    for d in dimensions:
        codes = _codes(d, kind)
        width = max(codes).bit_length()
        found.append(Register(sites=tuple(range(first, first + width)), codes=codes))
        first += width
    return tuple(found)


def _codes(dimension: int, kind: str) -> tuple[int, ...]:
    levels = range(dimension)
    if dimension == 2 or kind == "binary":
        return tuple(levels)
    return tuple(one ^ (one >> 1) if kind == "gray" else 1 << one for one in levels)
