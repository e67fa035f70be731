"""Network circuits of one template: the cheapest of several searches."""

from __future__ import annotations

import functools
import math
import operator
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit

from qbcircuit.compile.exact.anticommuting import in_rotations
from qbcircuit.compile.exact.blocks import append_block
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer, strings_of
from qbcircuit.compile.gates.gatelist import two_qubit_cost
from qbcircuit.compile.gates.routing import homeward
from qbcircuit.compile.network import built_in
from qbcircuit.compile.network.search import Event, Masks, Taste, Turn, network
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.strings import Gate
from qbcircuit.compile.network.tangles import is_tangled
from qbcircuit.compile.network.writing import Angle, Writer

MOST_WIRES = 30
"""Wires up to which networks are searched for."""

MOST_LETTERS = 4000
"""Strings times wires of one template up to which networks are searched for."""

FIRST, _AGAIN, _IDLE = 8, 200, 50
"""Searches for every kind of network, how often the best is searched from a random place on, and
after how many times without a gain no more."""

_FEW, _EASY, _LEAST = 60, 10_000, 4
"""Strings, and strings times wires squared, above which there are fewer searches, and how many
there are at least."""

_DEPTH_WEIGHTS = {"gates": (0.0, 0.2, 0.02, 0.05), "depth": (0.4, 0.8, 1.6, 0.8)}
"""Of one search after another, by what they save as a rule."""

_LATER, _FRAME, _NOISE = (0.6, 0.9), (0.8, 0.5, 1.2), (0.1, 0.2, 0.4)
"""Tastes that searches have."""

_FIRST = [(mode, seed) for seed in range(FIRST) for mode in [("gates", "depth")[seed % 2]]]

_QUICK = [("gates", 0), ("gates", 2)]

_TOKEN_TRIALS = 16

_MANY = 24
"""Circuits of a sweep whose ends are compared with their beginnings."""

Stage = tuple[Layer, Angle]
"""Interactions that commute, and how long they act."""


@dataclass(frozen=True, slots=True, eq=False)
class Rotations:
    """exp(-i angle P / 2) one after another.

    Args:
        masks: (x, z) of every string, in time order.
        angles: of each.
        again: which of them come again at the end, in reverse order.
        n_wires: number of wires.
    """

    masks: tuple[Masks, ...]
    angles: tuple[Angle, ...]
    again: frozenset[int]
    n_wires: int

    @classmethod
    def of(cls, stages: Sequence[Stage], n_wires: int, again: range = range(0)) -> Rotations:
        """The strings of stages one by one; those of some stages come again at the end."""
        rows = [
            ((x, z), angle, number in again)
            for number, stage in enumerate(stages)
            for x, z, angle in _rotations(stage, n_wires)
        ]
        return cls(
            tuple(masks for masks, _, _ in rows),
            tuple(angle for _, angle, _ in rows),
            frozenset(i for i, (_, _, repeats) in enumerate(rows) if repeats),
            n_wires,
        )

    @classmethod
    def mirrored(cls, stages: Sequence[Stage], n_wires: int) -> Rotations:
        """The same, with the longest end that is its own mirror image cut in half."""
        for start in range(len(stages)):
            half = (len(stages) - start) // 2
            if all(
                early == late
                for early, late in zip(stages[start : start + half], stages[::-1], strict=False)
            ):
                break
        if not all(strings_of(layer, n_wires).all_commute for layer, _ in stages):
            half = 0  # what turns strings into one another would come again the wrong way round
        return cls.of(stages[: len(stages) - half], n_wires, range(start, start + half))


def networks(
    stages: Sequence[Stage],
    n_wires: int,
    wiring: Wiring,
    optimise: str,
    *,
    stays: bool,
    many: bool = False,
) -> Iterator[QuantumCircuit]:
    """Circuits of the stages one after another, their strings made one by one; cheapest first.

    Formula: prod_s prod_k exp(-i t_s c_sk P_sk), strings of one stage in any order. The one with
    fewest gates and the one with least depth; both are the same whichever is to be saved.

    Args:
        stages: in time order.
        n_wires: number of wires.
        wiring: couplings among the wires.
        optimise: ``"gates"`` or ``"depth"``: which comes first.
        stays: whether every wire has to end where it starts; if not, swaps come last, to be
            left out.
        many: whether others with few gates follow.
    """
    if not is_tangled([layer for layer, _ in stages], n_wires):
        return
    found, reach = _searched(tuple(stages), n_wires, wiring, stays)
    if reach is None:
        return
    best = [min(found, key=key) for key in (_ORDERS[optimise], *_ORDERS.values())]
    best += sorted(found, key=_ORDERS["gates"])[: _MANY if many else 0]
    for one in dict.fromkeys(best):
        yield _written(one.way, one.events, reach)


def few_gates(stages: Sequence[Stage], reach: Reach) -> int:
    """Two-qubit gates of the stages one after another, from a few searches.

    Args:
        stages: in time order.
        reach: wires and pairs in use.
    """
    ways = (
        _Way(rotations=Rotations.mirrored(stages, reach.n_wires), returns=False),
        _Way(rotations=Rotations.of(stages, reach.n_wires)),
    )
    tries = (one for way in ways for one in way.searched(reach, _QUICK, stays=True))
    return min(one.gates for one in tries)


@functools.lru_cache(maxsize=4)
def _searched(
    stages: tuple[Stage, ...], n_wires: int, wiring: Wiring, stays: bool
) -> tuple[tuple[_Found, ...], Reach | None]:
    """What searches have found, and along which couplings; ``None`` where there is too much."""
    reach = joined_reach([layer for layer, _ in stages], n_wires, wiring)
    if reach is None:
        return (), None
    whole = Rotations.of(stages, n_wires)
    folded = Rotations.mirrored(stages, n_wires)
    ways = [_Way(rotations=folded, returns=False), _Way(rotations=whole)]
    ways += [_Way(rotations=whole, drifts=True)] if reach.edges is not None or not stays else []
    m = len(whole.masks)
    scale = min(1.0, _FEW / m, _EASY / (m * n_wires**2))
    first = _FIRST[: max(_LEAST, round(scale * FIRST))]
    found = [one for way in ways for one in way.searched(reach, first, stays=stays)]
    for optimise, key in _ORDERS.items():
        best, improved = min(found, key=key), 0
        for seed in range(round(scale * _AGAIN)):
            one = best.searched_again(reach, optimise, seed, stays=stays)
            if one and key(one) <= key(best):
                improved = improved if key(one) == key(best) else seed
                best = one
                found.append(best)
            if seed - improved == _IDLE:
                break
    return tuple(found), reach


def built_in_networks(
    stages: Sequence[Stage], n_wires: int, wiring: Wiring
) -> Iterator[QuantumCircuit]:
    """Qiskit's own circuits of the same, not routed: nothing that is found is to cost more.

    Args:
        stages: in time order.
        n_wires: number of wires.
        wiring: couplings among the wires.
    """
    if is_tangled([layer for layer, _ in stages], n_wires):
        parts = [part for stage in stages for part in _apart(stage, n_wires, wiring)]
        yield from built_in.built_in(parts, n_wires, routed=wiring.neighbours is not None)


def _apart(stage: Stage, n_wires: int, wiring: Wiring) -> list[built_in.Stage]:
    """Strings of a stage that all commute, what is turned into rotations, and the rest."""
    layer, time = stage
    loose = tuple(one for one in layer if strings_of((one,), n_wires).all_commute)
    if not loose or not strings_of(loose, n_wires).all_commute:
        loose = ()
    rest = QuantumCircuit(n_wires)
    found = [built_in.Stage(_rotations((loose, time), n_wires))] if loose else []
    for one in layer:
        if one in loose:
            continue
        if in_rotations(strings_of((one,), n_wires)) is None:
            append_block(rest, one, time, wiring)
        else:
            found += [built_in.Stage([row]) for row in _rotations(((one,), time), n_wires)]
    return [*found, built_in.Stage([], rest)] if rest.size() else found


def joined_reach(layers: Sequence[Layer], n_wires: int, wiring: Wiring) -> Reach | None:
    """What can be searched; ``None`` where there is too much, or wires are not joined.

    Wires that nothing acts on take part only where all are joined.
    """
    strings = [strings_of(layer, n_wires) for layer in layers]
    if sum(map(len, strings)) > MOST_LETTERS // n_wires:
        return None
    if not all(_is_spelled(layer, n_wires) for layer in layers):
        return None
    edges = None
    if wiring.neighbours is not None:
        near = enumerate(wiring.neighbours)
        edges = tuple(sorted((a, b) for a, others in near for b in others if a < b))
    touched = functools.reduce(
        operator.or_, (x | z for one in strings for x, z, _ in one.rows()), 0
    )
    for active in ((1 << n_wires) - 1, touched):
        reach = Reach(n_wires, edges, active)
        if n_wires <= MOST_WIRES and reach.is_joined:
            return reach.tabled
    return None


def _is_spelled(layer: Layer, n_wires: int) -> bool:
    """Whether a layer is rotations about one string after another."""
    return strings_of(layer, n_wires).all_commute or all(
        in_rotations(strings_of((one,), n_wires)) is not None for one in layer
    )


def _rotations(stage: Stage, n_wires: int) -> list[built_in.Rotation]:
    layer, time = stage
    whole = strings_of(layer, n_wires)
    parts = [whole] if whole.all_commute else [strings_of((one,), n_wires) for one in layer]
    return [
        (one.x, one.z, 2 * one.slope * time if one.slope else 2 * one.shift)
        for part in parts
        for one in in_rotations(part) or ()
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A network.

    Args:
        way: the kind of network.
        events: what was found.
        gates: two-qubit gates, with those that bring wires home.
        depth: of these.
    """

    way: _Way
    events: tuple[Event, ...]
    gates: int
    depth: int

    def searched_again(
        self, reach: Reach, optimise: str, seed: int, *, stays: bool
    ) -> _Found | None:
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


_ORDERS: dict[str, Callable[[_Found], tuple[int, int]]] = {
    "gates": lambda one: (one.gates, one.depth),
    "depth": lambda one: (one.depth, one.gates),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Way:
    """A kind of network.

    Args:
        rotations: what is made.
        returns: whether the search brings the frame back; if not, all gates are undone.
        drifts: whether wires may end in other places, to be swapped back.
    """

    rotations: Rotations
    returns: bool = True
    drifts: bool = False

    def searched(
        self, reach: Reach, seeds: Iterable[tuple[str, int]], *, stays: bool
    ) -> Iterator[_Found]:
        """A network from each of several searches: what each is to save, and its seed."""
        for mode, seed in seeds:
            taste = Taste(
                later=_LATER[seed // 2 % 2],
                frame=_FRAME[seed % 3],
                drifts=self.drifts,
                depth=_DEPTH_WEIGHTS[mode][seed // 2 % 4],
            )
            if one := self.found(reach, taste, stays=stays):
                yield one

    def found(
        self,
        reach: Reach,
        taste: Taste,
        *,
        stays: bool,
        begun: Sequence[Event] = (),
        most: tuple[float, float] = (math.inf, math.inf),
    ) -> _Found | None:
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
        return _Found(self, events, *two_qubit_cost(pairs))


def _written(way: _Way, events: Sequence[Event], reach: Reach) -> QuantumCircuit:
    rotations = way.rotations
    writer = Writer(rotations.masks, rotations.n_wires)
    writer.write(events, dict(enumerate(rotations.angles)))
    if not way.returns:
        writer.write(events[::-1], {i: rotations.angles[i] for i in rotations.again})
    ends = writer.settle()
    for a, b in homeward(ends, reach.pairs, trials=_TOKEN_TRIALS):
        writer.circuit.swap(a, b)
    return writer.circuit
