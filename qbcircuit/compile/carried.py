"""Evolution layer by layer, with what one sweep leaves carried over to the next.

Where swaps are needed no wire is brought home between sweeps: every sweep begins where the one
before has left the wires, so it is routed anew; after :data:`SWEEPS` of them the wires come home,
and the same circuits follow again. Where strings are tangled the Clifford frame that a sweep ends
in is not undone either, as far as the next one would only make it again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qbcircuit.compile.devices.device_graph import graph_of
from qbcircuit.compile.devices.swapping import SEED, settled
from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Evolving, Parts, Pieces
from qbcircuit.compile.exact.layer_circuits import ways
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.gates.gatelist import GateList, Op
from qbcircuit.compile.gates.rewriting import simplified
from qbcircuit.compile.gates.turning import Core, turned
from qbcircuit.compile.network.candidates import joined_reach
from qbcircuit.compile.network.tangles import is_regular, is_tangled
from qbcircuit.compile.templates import LocalLayers, TemplateBook
from qbcircuit.plan import Piece

SWEEPS = 8
"""Sweeps that are routed one by one before the wires come home."""

LAYOUTS = 3
"""Other placements that are tried."""

_FIRST_TRIALS, _CIRCUITS, _SEEDS = 4, 2, 3
"""Trials for every circuit, the circuits that are worth more of them, and seeds for each."""

_TRIALS = 20
"""Trials of these."""

_MOST_UNROUTED = 24
"""Wires up to which networks along the couplings need no routed circuits beside them."""

_ROUNDS = 2
"""Sweeps in a row, of several, that placements are looked for with."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A placement.

    Args:
        qubits: of every wire.
        circuit: the number, from the last, of the circuit that takes few gates there.
        gates: that it takes.
    """

    qubits: tuple[int, ...]
    circuit: int
    gates: float


def layouts(asked: Evolution, book: TemplateBook) -> tuple[Layout, ...]:
    """Placements in which a sweep takes fewest gates once routed, the best first.

    Args:
        asked: what is realised.
        book: where it is placed already.
    """
    graph = graph_of(book.device)
    circuits = [
        [op.wires for op in simplified(one.ops) if len(op.wires) == 2]
        for one in CarriedEvolution(asked).circuits(book)
    ]
    rounds = min(_ROUNDS, max(1, asked.steps))

    def tried(number: int, seed: int, trials: int) -> Layout:
        pairs = circuits[number] * rounds
        one = settled(pairs, len(book.qubits), graph, graph.nodes, seed, trials=trials)
        return Layout(one.qubits, number, len(pairs) + 3 * one.swaps)

    first = [tried(number, SEED, _FIRST_TRIALS) for number in range(-len(circuits), 0)]
    worth = sorted(first, key=lambda one: one.gates)[:_CIRCUITS]
    more = [tried(one.circuit, SEED + i, _TRIALS) for one in worth for i in range(1, 1 + _SEEDS)]
    known = {one.qubits: one for one in (*worth, *more) if one.gates < math.inf}
    return tuple(sorted(known.values(), key=lambda one: one.gates)[:LAYOUTS])


def needs_swaps(asked: Evolution, wiring: Wiring) -> bool:
    """Whether some layer asks for pairs that are not coupled, and nothing shorter is known.

    Where networks are searched for along couplings of not too many wires, no circuit of strings on
    more than two sites that is routed has been seen to cost less.
    """
    if wiring.neighbours is None or not asked.layers or is_regular(asked.layers):
        return False
    if any(one.order > 2 for layer in asked.layers for one in layer):
        n_wires = len(wiring.neighbours)
        tangled = n_wires <= _MOST_UNROUTED and is_tangled(asked.layers, n_wires)
        if tangled and joined_reach(asked.layers, n_wires, wiring) is not None:
            return False
    return any(
        wires[one.wires[1]] not in wiring.neighbours[wires[one.wires[0]]]
        for layer in asked.layers
        for part, wires in ways(layer, wiring, asked.optimise)[0].parts
        for one in part.ops
        if len(one.wires) == 2
    )


def carried(asked: Evolution, wiring: Wiring) -> Iterator[Evolving]:
    """The same product formula of several sweeps, wires or frames carried over.

    Wires only where nothing follows that needs them home.
    """
    if asked.is_exact or not (asked.steps > 1 or asked.formula > 1):
        return
    if asked.last and needs_swaps(asked, wiring):
        yield from carrying(asked)
    if asked.steps > 1 and is_tangled(asked.layers, asked.n_sites):
        yield CarriedEvolution(asked, wires=False, frames=True)


def carrying(asked: Evolution, circuit: int | None = None) -> Iterator[CarriedEvolution]:
    """Wires carried over, and frames too.

    Args:
        asked: what is realised.
        circuit: as in :class:`CarriedEvolution`.
    """
    yield CarriedEvolution(asked, circuit=circuit)
    if asked.steps > 1 and not asked.is_exact:
        yield CarriedEvolution(asked, frames=True, circuit=circuit)


@dataclass(frozen=True, slots=True, eq=False)
class CarriedEvolution:
    """One step of the schedule, layer by layer, each piece where the one before ends.

    Args:
        asked: what is realised.
        wires: whether they stay where a sweep ends.
        frames: whether what ends a sweep and begins the next is made once.
        circuit: the number, from the last, of the only circuit of a sweep; ``None``: all are tried.
    """

    asked: Evolution
    wires: bool = True
    frames: bool = False
    circuit: int | None = None

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        if self.asked.is_exact:
            return (), (self._piece(book, "exact", ((0, STEP),), (elapsed,)),)
        sweeps, end, shared = self.asked.sweeps(elapsed)
        if not sweeps:
            return (), ()
        first = self._sweep(book, sweeps[0])
        ((core,), _) = book.source(first)
        segments: list[Piece] = []
        closing: list[Piece] = []
        if isinstance(core, Core) and core.opening:
            opening = self._constant(book, "opening", core.opening)
            (segments if shared else closing).append(opening)
        last: Piece | None = None
        for i, one in enumerate(sweeps):
            found = segments if i < shared else closing
            if self.wires and i and i % SWEEPS == 0:
                found.append(self._constant(book, "home", after=last))
                last = None
            last = self._sweep(book, one, last)
            found.append(last)
        if isinstance(core, Core) and core.opening:
            restore = not self.wires
            last = self._constant(book, "closing", core.closing, after=last, restore=restore)
            closing.append(last)
        if end:
            closing.append(self._piece(book, "end", ((0, LEAD),), (end,), after=last))
        return tuple(segments), tuple(closing)

    def circuits(self, book: TemplateBook) -> Sequence[GateList]:
        """A sweep, or the whole evolution where that is exact, before it is routed."""
        parts = ((0, STEP),) if self.asked.is_exact else self.asked.parts
        return self._made(parts, book)[0]

    def _sweep(
        self, book: TemplateBook, sweep: schedule.Sweep, after: Piece | None = None
    ) -> Piece:
        """The circuit that is best for the first sweep, from where the wires are."""
        angles = sweep.lead, sweep.tau
        if after is None:
            return self._piece(book, "sweep", self.asked.parts, angles)
        name, restore = f"{self.asked.name}carried sweep", not self.wires
        return book.piece(name, lambda: book.source(after), angles, restore=restore, after=after)

    def _constant(
        self,
        book: TemplateBook,
        part: str,
        ops: Sequence[Op] = (),
        *,
        after: Piece | None = None,
        restore: bool = True,
    ) -> Piece:
        """Gates without angles."""
        made = GateList(ops, len(book.qubits), ())
        name = f"{self.asked.name}carried {part}"
        return book.piece(name, lambda: ((made,), ()), restore=restore, after=after)

    def _piece(
        self,
        book: TemplateBook,
        part: str,
        parts: Parts,
        angles: Sequence[float],
        *,
        after: Piece | None = None,
    ) -> Piece:
        return book.piece(
            f"{self.asked.name}carried {part}",
            lambda: self._made(parts, book),
            angles,
            restore=not self.wires,
            after=after,
        )

    def _made(self, parts: Parts, book: TemplateBook) -> tuple[Sequence[GateList], LocalLayers]:
        turns = self.frames and parts == self.asked.parts
        found, local = self.asked.circuits(parts, book, searched=not self.wires, many=turns)
        if self.circuit is not None and -self.circuit <= len(found):
            found = (found[self.circuit],)
        listed = [one if isinstance(one, GateList) else GateList.of(one) for one in found]
        if turns:
            listed = [turned(one, self.asked.steps) for one in listed]
        return listed, local
