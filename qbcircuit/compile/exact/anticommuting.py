"""Strings that anticommute turned into one of them, so that their sum is exact in a few rotations.

Formula: a P + b Q = r W P W^dag with r = sqrt(a^2 + b^2), W = exp(-i phi R / 2), R = -i P Q and
phi = atan2(b, a); a third string that anticommutes with both commutes with R, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import rustworkx as rx

from qbcircuit.compile.formula.paulis import PauliSum, anticommute, quarter_turns

_MOST = 64
"""Strings up to which they are sorted into sets that anticommute."""

Row = tuple[int, int, float]
"""A string (x, z) and its coefficient."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """exp(-i (slope tau + shift) P).

    Args:
        x: flip mask of P.
        z: phase mask of P.
        slope: its coefficient.
        shift: a constant.
    """

    x: int
    z: int
    slope: float = 0.0
    shift: float = 0.0


def in_rotations(strings: PauliSum) -> tuple[Rotation, ...] | None:
    """exp(-i tau H) as rotations about one string each, in time order.

    ``None`` unless the strings are sets that commute with each other, in each of which any two
    anticommute.
    """
    rows = [(x, z, value.real) for x, z, value in strings.rows()]
    if strings.all_commute:
        return tuple(Rotation(x, z, value) for x, z, value in rows)
    if len(rows) > _MOST:
        return None
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(rows)))
    graph.add_edges_from_no_data(
        [(i, j) for i, one in enumerate(rows) for j in range(i) if anticommute(one, rows[j])]
    )
    found: list[Rotation] = []
    for part in rx.connected_components(graph):
        if any(graph.degree(i) != len(part) - 1 for i in part):
            return None
        found += _turned([rows[i] for i in sorted(part)])
    return tuple(found)


def _turned(rows: Sequence[Row]) -> list[Rotation]:
    """Strings of which any two anticommute, turned into the one that is least apart from others."""
    base = min(rows, key=lambda row: sum(_apart(row, other) for other in rows))
    x, z, length = base
    turns: list[Rotation] = []
    for other in rows:
        if other is base:
            continue
        angle = math.atan2(other[2], length)
        length = math.hypot(length, other[2])
        turns.append(_between(base, other, angle / 2))
    back = [Rotation(one.x, one.z, shift=-one.shift) for one in turns]
    return [*back, Rotation(x, z, length), *turns[::-1]]


def _apart(one: Row, other: Row) -> int:
    return ((one[0] ^ other[0]) | (one[1] ^ other[1])).bit_count()


def _between(base: Row, other: Row, shift: float) -> Rotation:
    """exp(-i shift R) with R = -i P Q."""
    x, z = base[0] ^ other[0], base[1] ^ other[1]
    return Rotation(x, z, shift=shift if quarter_turns(base, other) == 1 else -shift)
