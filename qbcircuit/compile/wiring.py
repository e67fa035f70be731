"""Which wires of a logical circuit are neighbours, and how to tell one wire's bit to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.plan import DeviceTarget

Tree = tuple[tuple[int, int], ...]
"""Pairs (from, to) of a broadcast in time order, root first."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Couplings among the wires of a logical circuit.

    Args:
        pairs: coupled pairs, both ways round; ``None``: all.
    """

    pairs: frozenset[tuple[int, int]] | None = None

    @classmethod
    def of(cls, device: DeviceTarget, qubits: Sequence[int]) -> Wiring:
        """The device's couplings among ``qubits``; wire i is ``qubits[i]``."""
        coupling = device.coupling
        if coupling is None:
            return cls()
        wire = {qubit: i for i, qubit in enumerate(qubits)}
        inside = {(wire[a], wire[b]) for a, b in coupling if a in wire and b in wire}
        return cls(pairs=frozenset(inside | {(b, a) for a, b in inside}))

    def within(self, sites: Sequence[int]) -> Wiring:
        """The couplings among some wires, renumbered in the order given."""
        if self.pairs is None:
            return self
        wire = {site: i for i, site in enumerate(sites)}
        return Wiring(
            pairs=frozenset((wire[a], wire[b]) for a, b in self.pairs if a in wire and b in wire)
        )

    def broadcast(self, sites: Sequence[int]) -> tuple[int, Tree]:
        """A root and a tree that reaches every other site, as shallow as the couplings allow.

        Depth ceil(log2 k) where all are coupled, ceil(k/2) on a path.
        """
        best: tuple[int, int, Tree] | None = None
        for root in sites if self.pairs is not None else sites[:1]:
            tree, depth = self._tree(root, sites)
            if best is None or depth < best[0]:
                best = (depth, root, tree)
        assert best is not None
        return best[1], best[2]

    def _tree(self, root: int, sites: Sequence[int]) -> tuple[Tree, int]:
        """Every informed site tells one uninformed neighbour a round, the furthest from it first."""
        informed, waiting, tree, rounds = [root], [s for s in sites if s != root], [], 0
        while waiting:
            told = []
            for teller in informed:
                near = [s for s in waiting if self._coupled(teller, s)]
                if near:
                    pick = max(near, key=lambda s: self._reach(s, waiting))
                    waiting.remove(pick)
                    told.append((teller, pick))
            if not told:  # not connected: the router will bring them together
                told = [(informed[-1], waiting.pop(0))]
            tree += told
            informed += [to for _, to in told]
            rounds += 1
        return tuple(tree), rounds

    def _coupled(self, a: int, b: int) -> bool:
        return self.pairs is None or (a, b) in self.pairs

    def _reach(self, site: int, waiting: Sequence[int]) -> int:
        """Number of waiting sites behind this one."""
        if self.pairs is None:
            return 0
        seen, front = {site}, [site]
        while front:
            here = front.pop()
            new = [s for s in waiting if s not in seen and (here, s) in self.pairs]
            seen.update(new)
            front += new
        return len(seen)
