"""What it costs to gather a Pauli string on one wire, along the couplings."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.network.trees import Edges, Ints, tabled, tree_sizes


@dataclass(frozen=True, slots=True)
class Reach:
    """Which wires take part and which pairs of them may hold a two-qubit gate.

    Args:
        n_wires: number of wires.
        edges: coupled pairs among the wires that take part, lower first; ``None``: all pairs.
        active: mask of the wires that take part.
    """

    n_wires: int
    edges: Edges | None
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
        sizes = tree_sizes(supports, self.n_wires, self.edges, self.active)
        found: Ints = 2 * sizes + (supports != 0) - np.bitwise_count(supports)
        return found

    @property
    def tabled(self) -> Reach:
        """The same with so few couplings that costs can be told."""
        edges = self.edges if self.edges is None else tabled(self.n_wires, self.edges)
        return Reach(self.n_wires, edges, self.active)

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
