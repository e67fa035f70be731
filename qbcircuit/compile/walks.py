"""Pairs of sites brought together by swaps, in whatever order takes fewest of them.

In a product formula the order of terms is free, so it follows the swaps: a greedy walk does every
pair where its sites meet. A pair and a swap behind it are one gate of at most 3 CX.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import rustworkx as rx

from qbcircuit.compile.exact.wiring import Wiring

MOST_PAIRS = 150
"""Pairs up to which walks are looked for."""

_TRIES, _EFFORT = 400, 4_000_000
"""Walks that are tried, fewer where there are many pairs and couplings."""

_SEED = 2017
_FUTURES = (0.0, 0.2, 0.5, 1.0)
"""Weights of what is far, beside what is near."""

_PRICES = (1.0, 3.0, 6.0)
"""Of a swap of sites that have not just met, in steps towards one another."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Round:
    """Pairs of sites that are neighbours, then swaps of wires.

    Args:
        pairs: sites, and the wires that hold them.
        swaps: wires, in time order.
    """

    pairs: tuple[tuple[Pair, Pair], ...]
    swaps: tuple[Pair, ...]

    @property
    def merged(self) -> frozenset[frozenset[int]]:
        """Wires of pairs whose sites are swapped right away."""
        return frozenset(map(frozenset, self._split[0]))

    @property
    def rest(self) -> tuple[Pair, ...]:
        """The other swaps."""
        return self._split[1]

    @property
    def wires(self) -> set[int]:
        """All that are used."""
        return {wire for pair in (*(at for _, at in self.pairs), *self.swaps) for wire in pair}

    @property
    def _split(self) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
        met = {frozenset(at) for _, at in self.pairs}
        merged: list[Pair] = []
        rest: list[Pair] = []
        touched: set[int] = set()
        for pair in self.swaps:
            early = frozenset(pair) in met and touched.isdisjoint(pair)
            (merged if early else rest).append(pair)
            touched.update(pair)
        return tuple(merged), tuple(rest)


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through all pairs.

    Args:
        places: the wire of every site at the beginning.
        rounds: in time order; the last has no swaps.
    """

    places: tuple[int, ...]
    rounds: tuple[Round, ...]

    @property
    def cost(self) -> int:
        """Two-qubit gates of a sweep, about: all twice but the first pairs and the last."""
        once = sum(2 * len(one.pairs) for one in (self.rounds[0], self.rounds[-1]))
        alone = sum(len(one.pairs) - len(one.merged) for one in self.rounds)
        return 2 * (3 * sum(len(one.swaps) for one in self.rounds) + 2 * alone) - once

    def from_home(self) -> Walk:
        """The same, wires named by the sites that they hold at first."""
        name = {wire: site for site, wire in enumerate(self.places)}
        rounds = tuple(
            Round(
                tuple((sites, (name[a], name[b])) for sites, (a, b) in one.pairs),
                tuple((name[a], name[b]) for a, b in one.swaps),
            )
            for one in self.rounds
        )
        return Walk(tuple(range(len(self.places))), rounds)


def walk(pairs: Sequence[Pair], wiring: Wiring, n_wires: int) -> Walk | None:
    """The best of several walks; ``None`` where no swaps are needed, or none help.

    Args:
        pairs: sites that interact.
        wiring: couplings of the wires.
        n_wires: sites, and wires.
    """
    near = wiring.neighbours
    if near is None or len(pairs) > MOST_PAIRS or all(b in near[a] for a, b in pairs):
        return None
    far = _distances(near, n_wires)
    if math.inf in itertools.chain(*far):
        return None
    edges = [(a, b) for a in range(n_wires) for b in sorted(near[a]) if a < b < n_wires]
    tries = max(4, min(_TRIES, _EFFORT // (len(pairs) ** 2 * len(edges))))
    found: list[Walk] = []
    for number in range(tries):
        chance = random.Random(_SEED + number)
        places = list(range(n_wires))
        if number % 2:
            chance.shuffle(places)
        one = _Walking(pairs, places, far, edges, chance).done()
        found.append(_relabelled(_late(_right_away(one))))
    return min(found, key=lambda one: one.cost)


def _distances(near: Sequence[frozenset[int]], n_wires: int) -> list[list[float]]:
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n_wires))
    graph.add_edges_from_no_data([(a, b) for a in range(n_wires) for b in near[a] if b < n_wires])
    rows: list[list[float]] = rx.distance_matrix(graph, null_value=math.inf).tolist()
    return rows


def _right_away(found: Walk) -> Walk:
    """Swaps in the round of the pair that was last on their wires, as one gate with it."""
    swaps: list[list[Pair]] = [[] for _ in found.rounds]
    met: dict[int, tuple[int, Pair] | None] = {}
    for number, one in enumerate(found.rounds):
        for _, (a, b) in one.pairs:
            met[a] = met[b] = number, (min(a, b), max(a, b))
        for a, b in one.swaps:
            last = met.get(a)
            together = last is not None and last == met.get(b)
            swaps[last[0] if last is not None and together else number].append((a, b))
            met[a] = met[b] = None
    rounds = (Round(one.pairs, tuple(own)) for one, own in zip(found.rounds, swaps, strict=True))
    return Walk(found.places, tuple(rounds))


def _late(found: Walk) -> Walk:
    """Pairs that nothing follows on their wires in the last round, which is done once a sweep.

    Swaps that nothing follows are left out.
    """
    first, *others = found.rounds
    if not others:
        return found
    last = list(others[-1].pairs)
    busy = {wire for _, at in last for wire in at}
    kept: list[Round] = []
    swaps: list[Pair] = []
    for one in (*others[-2::-1], Round((), first.swaps)):
        for pair in reversed(one.swaps):
            if not busy.isdisjoint(pair):
                busy |= set(pair)
                swaps.insert(0, pair)
        early = [pair for pair in one.pairs if not busy.isdisjoint(pair[1])]
        last += [pair for pair in one.pairs if busy.isdisjoint(pair[1])]
        busy |= {wire for _, at in one.pairs for wire in at}
        if early:
            kept.append(Round(tuple(early), tuple(swaps)))
            swaps = []
    begin = Round(first.pairs, tuple(swaps))
    return Walk(found.places, (begin, *kept[::-1], Round(tuple(last), ())))


def _relabelled(found: Walk) -> Walk:
    """The first swaps left out where the sites can as well begin where these would bring them.

    That is where they leave the first pairs together.
    """
    first, *others = found.rounds
    places = list(found.places)
    met = {frozenset(at) for _, at in first.pairs}
    busy = {wire for at in met for wire in at}
    kept: list[Pair] = []
    touched: set[int] = set()
    for a, b in first.swaps:
        together = frozenset((a, b)) in met or busy.isdisjoint((a, b))
        if together and touched.isdisjoint((a, b)):
            s, t = places.index(a), places.index(b)
            places[s], places[t] = b, a
        else:
            kept.append((a, b))
            touched |= {a, b}
    pairs = tuple(((s, t), (places[s], places[t])) for (s, t), _ in first.pairs)
    return Walk(tuple(places), (Round(pairs, tuple(kept)), *others))


class _Walking:
    """Sites on the way."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        places: list[int],
        far: list[list[float]],
        edges: Sequence[Pair],
        chance: random.Random,
    ) -> None:
        self._left = dict.fromkeys(pairs)
        self._begins = tuple(places)
        self._places = places
        self._holds = [places.index(wire) for wire in range(len(places))]
        self._far, self._edges, self._chance = far, edges, chance
        self._future, self._apart_price = chance.choice(_FUTURES), chance.choice(_PRICES)

    def done(self) -> Walk:
        """Until no pair is left."""
        rounds = []
        while self._left:
            pairs = self._meeting()
            met = {frozenset(at) for _, at in pairs}
            swaps: list[Pair] = []
            while self._left and not any(self._apart(one) == 1 for one in self._left):
                swaps.append(self._swap(met, swaps))
            rounds.append(Round(tuple(pairs), tuple(swaps)))
        return Walk(self._begins, tuple(rounds))

    def _apart(self, pair: Pair) -> float:
        return self._far[self._places[pair[0]]][self._places[pair[1]]]

    def _meeting(self) -> list[tuple[Pair, Pair]]:
        """Neighbours that are left, no site twice."""
        found, busy = [], set[int]()
        for pair in list(self._left):
            if self._apart(pair) == 1 and busy.isdisjoint(pair):
                busy |= set(pair)
                found.append((pair, (self._places[pair[0]], self._places[pair[1]])))
                del self._left[pair]
        return found

    def _swap(self, met: set[frozenset[int]], before: Sequence[Pair]) -> Pair:
        """The swap that brings what is left nearest, cheaper where its sites have just met."""
        touched = {wire for one in before for wire in one}

        def price(edge: Pair) -> float:
            gain = self._gain(edge)
            merges = frozenset(edge) in met and touched.isdisjoint(edge)
            again = bool(before) and before[-1] == edge
            alone = 0.0 if merges else self._apart_price
            return -gain + alone + 100.0 * again + self._chance.random()

        edge = min(self._edges, key=price)
        a, b = edge
        s, t = self._holds[a], self._holds[b]
        self._holds[a], self._holds[b] = t, s
        self._places[s], self._places[t] = b, a
        return edge

    def _gain(self, edge: Pair) -> float:
        """By how much pairs come nearer, the nearest most."""
        a, b = edge
        here = {self._holds[a]: (a, b), self._holds[b]: (b, a)}
        gain = 0.0
        for s, t in self._left:
            if (s in here) != (t in here):
                mine, other = (s, t) if s in here else (t, s)
                old, new = here[mine]
                place = self._places[other]
                before, after = self._far[old][place], self._far[new][place]
                gain += (before - after) * (self._future + 1.0 / min(before, after) ** 2)
        return gain
