"""Networks of matchgates along a chain: fixed gates whose angles follow the evolution."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from qbcircuit.compile.exact.chains import Chain
from qbcircuit.compile.exact.gaussian import Gaussian
from qbcircuit.compile.exact.givens import Floats, Matchgate
from qbcircuit.compile.exact.orthogonal import nullings, undoing


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of a network.

    Args:
        kind: ``"match"``, exp(-i(a XX + b YY)/2) with two angles; ``"pair"``, the same on two
            sites still in known levels, with one; ``"turn"``, exp(-i a Z/2).
        sites: along the chain.
    """

    kind: str
    sites: tuple[int, ...]

    @property
    def n_angles(self) -> int:
        """Angles that it takes."""
        return 2 if self.kind == "match" else 1

    @property
    def two_qubit_gates(self) -> int:
        """CX gates that it takes."""
        return {"match": 2, "pair": 1, "turn": 0}[self.kind]


class Network(Protocol):
    """Gates along a chain and their angles."""

    @property
    def chain(self) -> Chain:
        """What evolves."""
        ...

    @property
    def levels(self) -> tuple[int, ...]:
        """The basis state that the gates act on, along the chain; empty where on any."""
        ...

    @property
    def gates(self) -> tuple[Gate, ...]:
        """In time order."""
        ...

    def angles(self, elapsed: Sequence[float]) -> list[float]:
        """Of all gates in order, where every step of the schedule has acted for so long."""
        ...


def weight_of(gates: Sequence[Gate]) -> tuple[int, int]:
    """Two-qubit gates and their depth, where no wires need to be brought together."""
    reached: dict[int, int] = defaultdict(int)
    for gate in gates:
        depth = max(reached[site] for site in gate.sites) + gate.two_qubit_gates
        reached.update(dict.fromkeys(gate.sites, depth))
    return sum(gate.two_qubit_gates for gate in gates), max(reached.values(), default=0)


@dataclass(frozen=True, eq=False)
class Preparation:
    """The evolved state, prepared from the basis state from which that is short.

    Args:
        chain: what evolves.
        start: the level of every site at time 0, along the chain.
    """

    chain: Chain
    start: tuple[int, ...]

    @functools.cached_property
    def _state(self) -> Gaussian:
        return Gaussian(levels=self.start, flipped=self.chain.flipped, split=self.chain.split)

    @functools.cached_property
    def levels(self) -> tuple[int, ...]:
        """The basis state that the gates act on, along the chain."""
        return self._state.undone

    @functools.cached_property
    def gates(self) -> tuple[Gate, ...]:
        """In time order: what undoes the state, backwards."""
        found: list[Gate] = []
        touched: set[int] = set()
        for left in reversed(self._state.bonds):
            sites = (left, left + 1)
            found.append(Gate("pair" if touched.isdisjoint(sites) else "match", sites))
            found += _turns(left, self.chain)
            touched.update(sites)
        return tuple(found)

    def angles(self, elapsed: Sequence[float]) -> list[float]:
        """Of all gates in order, where every step of the schedule has acted for so long."""
        return self.turning(self.chain.rotation(elapsed))

    def turning(self, rotation: Floats) -> list[float]:
        """Of all gates in order, for R of U^dag c U = R c."""
        gates = (gate for gate in self.gates if gate.kind != "turn")
        undone_by = reversed(self._state.matchgates(rotation))
        found: list[float] = []
        for gate, one in zip(gates, undone_by, strict=True):
            if gate.kind == "match":
                found += _backwards(one, self.chain)
            else:  # XX and YY flip the pair, with one sign or with opposite signs
                left, right = gate.sites
                alike = self.levels[left] == self.levels[right]
                found.append(-one.a + (one.b if alike else -one.b))
                found += _backwards(one, self.chain)[2:]
        return found


@dataclass(frozen=True, eq=False)
class Whole:
    """The whole evolution operator.

    Args:
        chain: what evolves.
    """

    chain: Chain
    levels: tuple[int, ...] = ()

    @functools.cached_property
    def gates(self) -> tuple[Gate, ...]:
        """In time order: what undoes it from its beginning, z turns, the rest backwards."""
        ordered = nullings(len(self.chain.sites))
        found: list[Gate] = []
        for one in ordered:
            if not one.after:
                found += [*_turns(one.bond, self.chain), _match(one.bond)]
        found += [Gate("turn", (site,)) for site in range(len(self.chain.sites))]
        for one in reversed(ordered):
            if one.after:
                found += [_match(one.bond), *_turns(one.bond, self.chain)]
        return tuple(found)

    def angles(self, elapsed: Sequence[float]) -> list[float]:
        """Of all gates in order, where every step of the schedule has acted for so long."""
        return self.turning(self.chain.rotation(elapsed))

    def turning(self, rotation: Floats) -> list[float]:
        """Of all gates in order, for R of U^dag c U = R c."""
        gates, turns = undoing(rotation, split=self.chain.split)
        pairs = list(zip(nullings(len(self.chain.sites)), gates, strict=True))
        first = (_forwards(gate, self.chain) for one, gate in pairs if not one.after)
        last = (_backwards(gate, self.chain) for one, gate in reversed(pairs) if one.after)
        return [*itertools.chain.from_iterable(first), *turns, *itertools.chain.from_iterable(last)]


def _match(left: int) -> Gate:
    return Gate("match", (left, left + 1))


def _turns(left: int, chain: Chain) -> list[Gate]:
    return [] if chain.split else [Gate("turn", (left,)), Gate("turn", (left + 1,))]


def _forwards(gate: Matchgate, chain: Chain) -> list[float]:
    return [gate.a, gate.b] if chain.split else [gate.alpha, gate.beta, gate.a, gate.b]


def _backwards(gate: Matchgate, chain: Chain) -> list[float]:
    turns = [] if chain.split else [-gate.alpha, -gate.beta]
    return [-gate.a, -gate.b, *turns]


def layered(gates: Sequence[Gate]) -> Iterator[tuple[int, Gate]]:
    """(layer, gate) of all gates on two sites, each as early as can be."""
    reached: dict[int, int] = {}
    for gate in gates:
        if gate.kind != "turn":
            layer = max(reached.get(site, 0) for site in gate.sites)
            reached.update(dict.fromkeys(gate.sites, layer + 1))
            yield layer, gate
