"""What it costs to gather a Pauli string on one wire, along the couplings."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

MOST_TABLED = 18
"""Wires up to which the cost of every support is tabled."""

_FAR = 1 << 12


@dataclass(frozen=True, slots=True)
class Reach:
    """Which wires take part and which pairs of them may hold a two-qubit gate.

    Args:
        n_wires: number of wires.
        edges: coupled pairs among the wires that take part, lower first; ``None``: all pairs.
        active: mask of the wires that take part.
    """

    n_wires: int
    edges: tuple[tuple[int, int], ...] | None
    active: int

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs that may hold a gate."""
        return _pairs(self)

    def without(self, wire: int) -> Reach:
        """The same with one wire less."""
        return Reach(self.n_wires, self.edges, self.active & ~(1 << wire))

    def costs(self, supports: Ints) -> Ints:
        """Two-qubit gates that gather a string on one wire, by its support.

        Formula: min over connected C that hold S of 2|C| - |S| - 1: every wire of the tree but
        the last is emptied by one gate, and those outside the support are filled by one before.
        """
        if self.edges is None:
            return np.bitwise_count(supports).astype(np.int64) - 1
        return _table(self)[supports].astype(np.int64)

    @property
    def is_joined(self) -> bool:
        """Whether couplings join all wires that take part."""
        lowest = self.active & -self.active
        return self.edges is None or _grown(lowest, self) == self.active

    @property
    def removable(self) -> list[int]:
        """Wires without which the others stay joined."""
        wires = [q for q in range(self.n_wires) if self.active >> q & 1]
        if self.edges is None or len(wires) <= 2:
            return wires
        return [q for q in wires if self.without(q).is_joined]


@functools.lru_cache(maxsize=1024)
def _pairs(reach: Reach) -> tuple[tuple[int, int], ...]:
    wires = [q for q in range(reach.n_wires) if reach.active >> q & 1]
    if reach.edges is None:
        return tuple((a, b) for i, b in enumerate(wires) for a in wires[:i])
    return tuple((a, b) for a, b in reach.edges if reach.active >> a & reach.active >> b & 1)


def _grown(reached: int, reach: Reach) -> int:
    while True:
        before = reached
        for a, b in reach.pairs:
            if (reached >> a ^ reached >> b) & 1:
                reached |= 1 << a | 1 << b
        if reached == before:
            return reached


@functools.lru_cache(maxsize=256)
def _table(reach: Reach) -> npt.NDArray[np.int16]:
    n = reach.n_wires
    masks = np.arange(1 << n)
    weights = np.bitwise_count(masks).astype(np.int16)
    joined = _connected(n, reach.edges or ()) & (masks & ~reach.active == 0)
    table = np.where(joined, 2 * weights - 1, np.int16(_FAR))
    for q in range(n):  # the least over all supersets
        split = table.reshape(-1, 2, 1 << q)
        np.minimum(split[:, 0], split[:, 1], out=split[:, 0])
    table -= weights
    table[0] = 0
    return table


@functools.lru_cache(maxsize=8)
def _connected(n_wires: int, edges: tuple[tuple[int, int], ...]) -> npt.NDArray[np.bool_]:
    """Whether the wires of every mask are joined by couplings among themselves."""
    masks = np.arange(1 << n_wires)
    reached = masks & -masks
    for _ in range(n_wires):
        before = reached
        for a, b in edges:
            both = (masks >> a & masks >> b & 1) & (reached >> a | reached >> b)
            reached = reached | both << a | both << b
        if np.array_equal(before, reached):
            break
    joined: npt.NDArray[np.bool_] = reached == masks
    return joined
