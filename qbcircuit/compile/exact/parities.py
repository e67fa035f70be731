"""Diagonal evolutions with few and shallow CX gates: parities gathered on anchors, side by side.

A string turns a wire that holds the parity of its sites. An *anchor* collects the parity of one
of its strings after another, changing only the sites in which they differ, and no other anchor
reads it meanwhile; so anchors whose strings overlap share their controls and run at once.
"""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import bits
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import Angle

_MOST_ORDERED = 64
"""Strings of one anchor beyond which their order is left as it is."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An anchor and what it collects: group 0, turn 0, group 1, turn 1, ..., a last group.

    Args:
        anchor: the wire that is turned.
        groups: controls of the CX gates onto the anchor, between its turns.
        turns: coefficients of the strings.
    """

    anchor: int
    groups: tuple[tuple[int, ...], ...]
    turns: tuple[float, ...]

    @property
    def controls(self) -> frozenset[int]:
        """The wires that it reads."""
        return frozenset().union(*self.groups)

    def moves(self) -> Iterator[int | float]:
        """Controls of CX gates (whole numbers) and coefficients of turns, in time order."""
        for group, turn in zip(self.groups, self.turns, strict=False):
            yield from group
            yield turn
        yield from self.groups[-1]


def chains(masks: Mapping[int, float], wiring: Wiring) -> tuple[Chain, ...] | None:
    """Every string of two sites or more on an anchor that is coupled to its other sites.

    Anchors are the wires that most strings share. ``None`` where a string has no such site.

    Args:
        masks: coefficients of Z strings; bit j of a mask is wire j.
        wiring: couplings of the wires.
    """
    through: dict[int, dict[int, None]] = defaultdict(dict)
    for mask in masks:
        sites = bits(mask)
        anchors = [site for site in sites if _reads(site, sites, wiring)]
        if not anchors:
            return None
        for site in anchors if len(sites) > 1 else ():
            through[site][mask] = None
    total = {site: len(strings) for site, strings in through.items()}
    found = []
    by_count = _Fullest(total)
    while (anchor := by_count.pop(through)) is not None:
        own = tuple(through.pop(anchor))
        for mask in own:
            for site in bits(mask):
                through.get(site, {}).pop(mask, None)
        found.append(_chain(anchor, own, masks))
    return tuple(found)


def _reads(anchor: int, sites: Sequence[int], wiring: Wiring) -> bool:
    if wiring.neighbours is None:
        return True
    return all(site == anchor or site in wiring.neighbours[anchor] for site in sites)


class _Fullest:
    """Wires by the strings that they still have, then by the fewest at first, then by number."""

    def __init__(self, total: Mapping[int, int]) -> None:
        self._total = total
        self._shelves: dict[int, list[int]] = defaultdict(list)
        for site in sorted(total, key=self._last_first):
            self._shelves[total[site]].append(site)
        self._top = max(total.values(), default=0)

    def pop(self, through: Mapping[int, Mapping[int, None]]) -> int | None:
        while self._top:
            shelf = self._shelves[self._top]
            if not shelf:
                self._top -= 1
                continue
            site = shelf.pop()
            left = len(through.get(site, ()))
            if left == self._top:
                return site
            if left:
                bisect.insort(self._shelves[left], site, key=self._last_first)
        return None

    def _last_first(self, site: int) -> tuple[int, int]:
        return -self._total[site], -site


def _chain(anchor: int, strings: Sequence[int], masks: Mapping[int, float]) -> Chain:
    rest = {mask: frozenset(bits(mask)) - {anchor} for mask in strings}
    order = _short_walk(list(rest), rest)
    stops = [frozenset[int](), *(rest[mask] for mask in order), frozenset[int]()]
    changes = [a ^ b for a, b in itertools.pairwise(stops)]
    groups: list[tuple[int, ...]] = []
    for change, following in zip(changes, [*changes[1:], frozenset[int]()], strict=True):
        groups.append(_ordered(change, groups[-1] if groups else (), following))
    return Chain(anchor, tuple(groups), tuple(masks[mask] for mask in order))


def _ordered(
    change: frozenset[int], before: tuple[int, ...], following: frozenset[int]
) -> tuple[int, ...]:
    """Controls in time order: a turn between two equal CX gates is one rzz where that is native."""
    if change == set(before):
        return before[::-1]
    last = before[-1:]
    return tuple(sorted(change, key=lambda wire: ((wire,) != last, wire in following, wire)))


def _short_walk(strings: list[int], rest: Mapping[int, frozenset[int]]) -> list[int]:
    """From each string to the nearest one left, from the best start."""
    if not 1 < len(strings) <= _MOST_ORDERED:
        return strings

    def walked(first: int) -> list[int]:
        walk, left = [first], [one for one in strings if one != first]
        while left:
            walk.append(min(left, key=lambda one: (len(rest[walk[-1]] ^ rest[one]), one)))
            left.remove(walk[-1])
        return walk

    def length(walk: Sequence[int]) -> int:
        steps = itertools.pairwise(walk)
        ends = len(rest[walk[0]]) + len(rest[walk[-1]])
        return ends + sum(len(rest[a] ^ rest[b]) for a, b in steps)

    return min(map(walked, sorted(strings)), key=length)


def rounds(found: Sequence[Chain]) -> list[list[Chain]]:
    """Chains in rounds in which no chain reads another's anchor, first fit."""
    anchored: dict[int, set[int]] = defaultdict(set)
    reading: dict[int, set[int]] = defaultdict(set)
    grouped: list[list[Chain]] = []
    for chain in sorted(found, key=lambda chain: chain.anchor):
        taken = reading[chain.anchor] | anchored[chain.anchor]
        controls = chain.controls
        for wire in controls:
            taken |= anchored[wire]
        when = next(number for number in range(len(taken) + 1) if number not in taken)
        if when == len(grouped):
            grouped.append([])
        grouped[when].append(chain)
        anchored[chain.anchor].add(when)
        for wire in controls:
            reading[wire].add(when)
    return grouped


def ops(masks: Mapping[int, float], found: Sequence[Chain], tau: Angle) -> Iterator[Op]:
    """exp(-i tau sum_z c_z Z^z): single sites at once, chains round by round, in step.

    Args:
        masks: coefficients c_z; bit j of a mask is wire j.
        found: the chains of all masks of two sites or more.
        tau: how long.
    """
    turned = {value: tau.times(2 * value) for value in masks.values()}
    for mask, value in masks.items():
        if mask.bit_count() == 1:
            yield Op("z", (mask.bit_length() - 1,), turned[value])
    for together in rounds(found):
        for _, anchor, move in sorted(_timetable(together), key=lambda one: one[0]):
            if isinstance(move, int):
                yield Op("cx", (move, anchor))
            else:
                yield Op("z", (anchor,), turned[move])


def _timetable(together: Sequence[Chain]) -> list[tuple[int, int, int | float]]:
    """(time, anchor, move) of chains that run at once: no control serves two at a time.

    A chain runs forwards or backwards, whichever ends sooner.
    """
    busy: set[tuple[int, int]] = set()
    table = []
    for chain in together:
        forwards = list(chain.moves())
        ways = [_timed(moves, busy) for moves in (forwards, forwards[::-1])]
        timed = min(ways, key=lambda one: one[-1][0])
        busy |= {(time, move) for time, move in timed if isinstance(move, int)}
        table += [(time, chain.anchor, move) for time, move in timed]
    return table


def _timed(
    moves: Sequence[int | float], busy: set[tuple[int, int]]
) -> list[tuple[int, int | float]]:
    """Each CX as soon as its control is free; a turn right after the CX before it."""
    time = 0
    timed = []
    for move in moves:
        if isinstance(move, int):
            time += 1
            while (time, move) in busy:
                time += 1
        timed.append((time, move))
    return timed
