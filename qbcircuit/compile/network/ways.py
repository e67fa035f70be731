"""Kinds of networks, and several searches for the best of each."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit

from qbcircuit.compile.gates.gatelist import two_qubit_cost
from qbcircuit.compile.gates.routing import homeward
from qbcircuit.compile.network.rotations import Rotations
from qbcircuit.compile.network.search import Event, Taste, Turn, network
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.strings import Gate
from qbcircuit.compile.network.writing import Writer

_FIRST, _AGAIN, _IDLE = 8, 200, 50
"""Searches for every kind of network, how often the best is searched from a random place on, and
after how many times without a gain no more."""

_FEW, _EASY, _LEAST = 60, 10_000, 4
"""Strings, and strings times wires squared, above which there are fewer searches, and how many
there are at least."""

_DEPTH_WEIGHTS = {"gates": (0.0, 0.2, 0.02, 0.05), "depth": (0.4, 0.8, 1.6, 0.8)}
"""Of one search after another, by what they save as a rule."""

_LATER, _FRAME, _NOISE = (0.6, 0.9), (0.8, 0.5, 1.2), (0.1, 0.2, 0.4)
"""Tastes that searches have."""

_QUICK = (0, 2)
"""Seeds of the searches that a few are, both for gates."""

_TOKEN_TRIALS = 16


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Way:
    """A kind of network.

    Args:
        rotations: what is made.
        returns: whether the search brings the frame back; if not, all gates are undone.
        drifts: whether wires may end in other places, to be swapped back.
    """

    rotations: Rotations
    returns: bool = True
    drifts: bool = False

    def searched(self, reach: Reach, seeds: Iterable[int], *, stays: bool) -> list[Found]:
        """A network from each of several searches, for gates and for depth in turn."""
        tastes = [
            Taste(
                later=_LATER[seed // 2 % 2],
                frame=_FRAME[seed % 3],
                drifts=self.drifts,
                depth=_DEPTH_WEIGHTS[("gates", "depth")[seed % 2]][seed // 2 % 4],
            )
            for seed in seeds
        ]
        return [*filter(None, (self.found(reach, taste, stays=stays) for taste in tastes))]

    def found(
        self,
        reach: Reach,
        taste: Taste,
        *,
        stays: bool,
        begun: Sequence[Event] = (),
        most: tuple[float, float] = (math.inf, math.inf),
    ) -> Found | None:
        """A network with some beginning, counted; ``None`` if it exceeds gates or depth."""
        half = 1 if self.returns else 2
        events = network(
            self.rotations.masks,
            reach,
            taste,
            returns=self.returns,
            begun=begun,
            most=(most[0] / half, most[1] / half),
        )
        if events is None:
            return None
        pairs = [event.wires for event in events if isinstance(event, Gate)]
        if not self.returns:
            pairs += pairs[::-1]
        elif self.drifts and stays:
            swaps = homeward(
                Writer.ends_of(events, reach.n_wires), reach.pairs, trials=_TOKEN_TRIALS
            )
            pairs += [pair for pair in swaps for _ in range(3)]
        return Found(self, events, *two_qubit_cost(pairs))


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A network.

    Args:
        way: the kind of network.
        events: what was found.
        gates: two-qubit gates, with those that bring wires home.
        depth: of these.
    """

    way: Way
    events: tuple[Event, ...]
    gates: int
    depth: int

    def searched_again(
        self, reach: Reach, optimise: str, seed: int, *, stays: bool
    ) -> Found | None:
        """A network with the same beginning, up to some turn or gate; ``None`` if it is worse."""
        chance = random.Random(seed)
        turns = [i for i, event in enumerate(self.events) if isinstance(event, Turn)]
        taste = Taste(
            later=chance.choice(_LATER),
            frame=chance.choice(_FRAME),
            drifts=self.way.drifts,
            depth=chance.choice(_DEPTH_WEIGHTS[optimise]),
            noise=chance.choice(_NOISE),
            seed=seed,
        )
        begun = self.events[: chance.randint(0, turns[-1] + 1)]
        most = {"gates": (self.gates, math.inf), "depth": (math.inf, self.depth)}[optimise]
        return self.way.found(reach, taste, stays=stays, begun=begun, most=most)

    def written(self, reach: Reach) -> QuantumCircuit:
        """The circuit; swaps that bring wires home come last."""
        rotations = self.way.rotations
        writer = Writer(rotations.masks, rotations.n_wires)
        writer.write(self.events, dict(enumerate(rotations.angles)))
        if not self.way.returns:
            writer.write(self.events[::-1], {i: rotations.angles[i] for i in rotations.again})
        ends = writer.settle()
        for a, b in homeward(ends, reach.pairs, trials=_TOKEN_TRIALS):
            writer.circuit.swap(a, b)
        return writer.circuit


ORDERS: dict[str, Callable[[Found], tuple[int, int]]] = {
    "gates": lambda one: (one.gates, one.depth),
    "depth": lambda one: (one.depth, one.gates),
}
"""What comes first where gates or depth is to be saved."""


def searched(ways: Sequence[Way], reach: Reach, *, stays: bool) -> tuple[Found, ...]:
    """Networks of all kinds, the best of them bettered for gates and for depth.

    Args:
        ways: kinds of networks for the same strings.
        reach: wires and pairs in use.
        stays: whether every wire has to end where it starts.
    """
    m = len(ways[-1].rotations.masks)
    scale = min(1.0, _FEW / m, _EASY / (m * reach.n_wires**2))
    first = range(max(_LEAST, round(scale * _FIRST)))
    found = [one for way in ways for one in way.searched(reach, first, stays=stays)]
    for optimise, key in ORDERS.items():
        best, improved = min(found, key=key), 0
        for seed in range(round(scale * _AGAIN)):
            one = best.searched_again(reach, optimise, seed, stays=stays)
            if one and key(one) <= key(best):
                improved = improved if key(one) == key(best) else seed
                best = one
                found.append(best)
            if seed - improved == _IDLE:
                break
    return tuple(found)


def fewest_gates(ways: Sequence[Way], reach: Reach) -> int:
    """Two-qubit gates from a few searches, every wire back in its place.

    Args:
        ways: kinds of networks for the same strings.
        reach: wires and pairs in use.
    """
    return min(one.gates for way in ways for one in way.searched(reach, _QUICK, stays=True))
