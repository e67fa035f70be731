"""Greedy search for a network: Clifford gates that bring one rotation after another to one wire.

The state is the list of rotations still to come and the frame (the images of every X_j and
Z_j), all conjugated by the gates so far. A gate is chosen from those that bring a foremost
rotation nearer to one wire, by what it does to the rotations that follow and to the frame.

References: de Brugiere and Martiel, arXiv:2404.03280; Huang et al., arXiv:2404.16934.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qbcircuit.compile.formula.paulis import bits
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.strings import ODD, Gate, Ints, Letters, Moves, Strings

Masks = tuple[int, int]
Bits = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_LEVELS = 4
"""Rotations that wait for this many others, one after another, are not looked at."""

_PATIENCE = 40
"""Gates without a turn after which the nearest rotation comes next whatever the depth."""

_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation about one letter.

    Args:
        rotation: which.
        wire: where.
        letter: X, Y or Z.
    """

    rotation: int
    wire: int
    letter: str


Event = Gate | Turn


@dataclass(frozen=True, kw_only=True, slots=True)
class Taste:
    """What a search cares for.

    Args:
        later: weight of rotations that wait for one other, squared for two others, ...
        frame: weight of keeping the frame together.
        drifts: whether wires may end in other places.
        depth: weight of a gate's place in time; above 0 any foremost rotation may come next,
            else the one that is nearest to one wire.
        noise: width of the random preferences.
        seed: of the random preferences.
    """

    later: float = 0.6
    frame: float = 0.8
    drifts: bool = False
    depth: float = 0.0
    noise: float = 0.0
    seed: int = 0


def network(
    rotations: Sequence[Masks],
    reach: Reach,
    taste: Taste,
    *,
    returns: bool = True,
    begun: Sequence[Event] = (),
    most: tuple[float, float] = (math.inf, math.inf),
) -> tuple[Event, ...] | None:
    """Gates and turns, in time order, that make the rotations.

    Args:
        rotations: (x, z) of every string in time order; those that commute may change places.
        reach: wires and pairs in use.
        taste: what is preferred.
        returns: bring the frame back, up to one-qubit gates (and places, where it drifts).
        begun: the beginning of another network of the same, from which this one goes on.
        most: gates and depth beyond which the search is given up, and there is none.
    """
    search = _Search(rotations, reach, taste, most)
    search.repeat(begun)
    try:
        search.turn_all()
        if returns:
            search.go_home()
    except _BeyondError:
        return None
    return tuple(search.events)


class _BeyondError(Exception):
    """More gates or depth than asked for."""


class _Search:
    def __init__(
        self,
        rotations: Sequence[Masks],
        reach: Reach,
        taste: Taste,
        most: tuple[float, float],
    ) -> None:
        n = reach.n_wires
        frame = [(1 << j, 0) for j in range(n)] + [(0, 1 << j) for j in range(n)]
        self.events: list[Event] = []
        self._n, self._reach, self._taste = n, reach, taste
        self._strings = Strings([*rotations, *frame], n)
        self._random = np.random.default_rng(taste.seed)
        self._before = _earlier_that_anticommute(self._strings, len(rotations))
        self._left: Ints = np.arange(len(rotations))
        self._homes: Ints = 1 << np.arange(n)
        self._depths: Ints = np.zeros(n, dtype=np.int64)
        self._since_turn = 0
        self._gates = 0
        self._most_gates, self._most_depth = most

    def repeat(self, events: Sequence[Event]) -> None:
        """Do what another search has done."""
        for event in events:
            if isinstance(event, Turn):
                self._forget(self._left != event.rotation)
            else:
                wires = list(event.wires)
                self._strings.apply(event)
                self._depths[wires] = self._depths[wires].max() + 1
                self._gates += 1
        self.events += events

    def turn_all(self) -> None:
        """Bring every rotation to one wire, the foremost first."""
        self._turn()
        while self._m:
            levels = self._levels()
            weights = np.where(levels < _LEVELS, self._taste.later**levels, 0.0)
            costs = self._reach.costs(self._strings.support[: self._m])
            foremost = np.flatnonzero(levels == 0)
            least = costs[foremost].min()
            patient = self._reach.edges is None and self._taste.depth > 0
            patient = patient and self._since_turn < _PATIENCE
            aims = foremost if patient else foremost[costs[foremost] == least]
            moves = self._strings.moves(self._pairs(aims))
            after = self._reach.costs(moves.support[:, : self._m])
            score: Floats = (costs - after).astype(float) @ weights
            if self._taste.frame:
                score = score - self._taste.frame * self._astray(moves)
            nearer: Bits = np.any(after[:, aims] < costs[aims], axis=1)
            self._make(moves, score, nearer)
            self._turn()

    @property
    def _m(self) -> int:
        """Rotations still to come."""
        return len(self._left)

    def go_home(self) -> None:
        """Bring the frame back, wire by wire: first the image of X or Z, then the other one."""
        reach = self._reach
        pairs = list(bits(reach.active))
        while reach.active:
            pair, home = self._nearest(pairs, reach)
            while (costs := self._distances(self._strings.support, home, reach)[pair]).any():
                order = np.argsort(costs, kind="stable")
                moves = self._strings.moves(reach.pairs)
                one, two = self._distances(moves.support, home, reach)[:, pair, order].T
                first, second = costs[order]
                nearer = (one < first) if first else (one == 0) & (two < second)
                self._make(moves, -self._left_to_go(moves.support, pairs, reach), nearer)
            reach = reach.without(home)
            pairs.remove(pair)

    def _nearest(self, pairs: Sequence[int], reach: Reach) -> tuple[int, int]:
        """Which pair of images to bring to which wire next."""
        found = []
        for home in reach.removable:
            costs = self._distances(self._strings.support, home, reach).sum(axis=1)
            own = pairs if self._taste.drifts else [home]
            found += [(int(costs[pair]), pair, home) for pair in own]
        return min(found)[1:]

    def _left_to_go(self, supports: Ints, pairs: Sequence[int], reach: Reach) -> Floats:
        """What the images still cost after every move."""
        x, z = self._images(supports)
        if self._taste.drifts:
            together: Floats = reach.costs((x | z)[:, pairs]).sum(axis=1).astype(float)
            return together
        homes = self._homes[pairs]
        costs = [reach.costs(s[:, pairs] | homes) + (s[:, pairs] & homes == 0) for s in (x, z)]
        total: Floats = (costs[0] + costs[1]).sum(axis=1).astype(float)
        return total

    def _distances(self, supports: Ints, home: int, reach: Reach) -> Ints:
        """Gates from the images of every X_j and Z_j to a wire, shape (..., wires, 2)."""
        found = np.stack(self._images(supports), axis=-1)
        costs: Ints = reach.costs(found | 1 << home) + (found >> home & 1 == 0)
        return costs

    def _images(self, supports: Ints) -> tuple[Ints, Ints]:
        split = self._m + self._n
        return supports[..., self._m : split], supports[..., split:]

    def _make(self, moves: Moves, score: Floats, allowed: Bits) -> None:
        late = np.maximum(self._depths[moves.a], self._depths[moves.b])
        score = score - self._taste.depth * late
        if self._taste.noise:
            score = score + self._random.gumbel(0.0, self._taste.noise, score.shape)
        best = int(np.argmax(np.where(allowed, score, _NEVER)))
        self._strings.make(moves, best)
        self._depths[[moves.a[best], moves.b[best]]] = late[best] + 1
        self._since_turn += 1
        self._gates += 1
        if self._gates > self._most_gates or late[best] >= self._most_depth:
            raise _BeyondError
        self.events.append(moves.gate(best))

    def _turn(self) -> None:
        """Make every rotation that is foremost and on one wire, and forget it."""
        while True:
            support = self._strings.support[: self._m]
            ready = (np.bitwise_count(support) == 1) & ~self._before.any(axis=1)
            if not ready.any():
                return
            for i in np.flatnonzero(ready):
                wire = int(support[i]).bit_length() - 1
                letter = ".XZY"[self._strings.letters[wire, i]]
                self.events.append(Turn(int(self._left[i]), wire, letter))
            self._since_turn = 0
            self._forget(~ready)

    def _forget(self, left: Bits) -> None:
        """Keep only some of the rotations."""
        kept = np.flatnonzero(left)
        frame = np.arange(self._m, self._strings.support.size)
        self._strings.keep(np.concatenate([kept, frame]))
        self._left, self._before = self._left[kept], self._before[np.ix_(kept, kept)]

    def _levels(self) -> Ints:
        """How many others every rotation waits for, one after another."""
        levels = np.full(self._m, _LEVELS)
        left = np.ones(self._m, dtype=bool)
        for level in range(_LEVELS):
            now = left & ~(self._before & left).any(axis=1)
            levels[now] = level
            left &= ~now
        return levels

    def _pairs(self, aims: Ints) -> tuple[tuple[int, int], ...]:
        """Pairs on which a gate can bring one of some rotations nearer."""
        supports = {int(support) for support in self._strings.support[aims]}
        if self._reach.edges is not None:
            touched = functools.reduce(operator.or_, supports)
            return tuple(pair for pair in self._reach.pairs if _meets(touched, pair))
        wires = [[q for q in range(self._n) if s >> q & 1] for s in supports]
        return tuple(sorted({pair for one in wires for pair in itertools.combinations(one, 2)}))

    def _astray(self, moves: Moves) -> Floats:
        """How far the frame is from home after every move: gates, roughly."""
        n, homes = self._n, self._homes
        odd = self._odd(self._strings.letters).astype(np.int64)
        odd_masks = (odd << np.arange(n)[:, None]).sum(axis=0)
        kept = odd_masks & ~(1 << moves.a | 1 << moves.b)[:, None]
        kept |= self._odd(moves.at_a).astype(np.int64) << moves.a[:, None]
        kept |= self._odd(moves.at_b).astype(np.int64) << moves.b[:, None]
        x, z = self._images(moves.support)
        if not self._taste.drifts:
            x, kept = x | homes, kept & ~homes
        found: Floats = (self._reach.costs(x | z) + 0.5 * np.bitwise_count(kept)).sum(axis=1)
        return found

    def _odd(self, letters: Letters) -> Letters:
        """Whether the images of X_j and Z_j anticommute on a wire."""
        split = self._m + self._n
        odd: Letters = ODD[letters[:, self._m : split], letters[:, split:]]
        return odd


def _meets(mask: int, pair: tuple[int, int]) -> bool:
    return bool((mask >> pair[0] | mask >> pair[1]) & 1)


def _earlier_that_anticommute(strings: Strings, m: int) -> Bits:
    """before[i, j]: whether rotation j comes before i and must stay there."""
    x, z = strings.letters[:, :m] & np.int64(1), strings.letters[:, :m] >> 1 & np.int64(1)
    crossed = x.T @ z
    before: Bits = np.tril((crossed + crossed.T) & 1, -1).astype(bool)
    return before
