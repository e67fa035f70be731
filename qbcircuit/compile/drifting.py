"""Evolution layer by layer where swaps are needed: no wire is brought home between sweeps.

Every sweep begins where the one before has left the wires, so it is routed anew; after
:data:`SWEEPS` of them the wires come home, and the same circuits follow again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qiskit.circuit import ParameterExpression

from qbcircuit.compile.devices.device_graph import graph_of
from qbcircuit.compile.devices.swapping import SEED, settled
from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Pieces
from qbcircuit.compile.exact.layer_circuits import ways
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.gates.gatelist import GateList
from qbcircuit.compile.gates.rewriting import simplified
from qbcircuit.compile.network.candidates import is_regular
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.plan import Piece

SWEEPS = 8
"""Sweeps that are routed one by one before the wires come home."""

Parts = tuple[tuple[int, ParameterExpression], ...]
"""Layers and how long each lasts, in time order."""


LAYOUTS = 2
"""Other placements that are tried."""

_CIRCUITS, _SEEDS, _ROUNDS = 2, 3, 2
"""Circuits that placements are looked for with, seeds for each, and sweeps in a row."""


def layouts(asked: Evolution, book: TemplateBook) -> tuple[tuple[int, ...], ...]:
    """Placements in which a sweep takes fewest gates once routed, the best first.

    Args:
        asked: what is realised.
        book: where it is placed already.
    """
    found: dict[tuple[int, ...], float] = {}
    graph = graph_of(book.device)
    circuits = [
        [op.wires for op in simplified(one.ops) if len(op.wires) == 2]
        for one in DriftingEvolution(asked).circuits(book)
    ]
    rounds = 1 if asked.is_exact else _ROUNDS
    for pairs in sorted(circuits, key=len)[:_CIRCUITS]:
        for seed in range(_SEEDS):
            one = settled(pairs * rounds, len(book.qubits), graph, graph.nodes, SEED + seed)
            gates = rounds * len(pairs) + 3 * one.swaps
            found[one.qubits] = min(gates, found.get(one.qubits, math.inf))
    known = [qubits for qubits, gates in found.items() if gates < math.inf]
    return tuple(sorted(known, key=lambda qubits: found[qubits])[:LAYOUTS])


def drifting(asked: Evolution, wiring: Wiring) -> DriftingEvolution | None:
    """The same product formula, wires left where swaps bring them.

    ``None`` where something follows that needs them home, or no swaps are needed.
    """
    layers = asked.layers
    if wiring.neighbours is None or not asked.last or not layers or is_regular(layers):
        return None
    pairs = {
        (wires[one.wires[0]], wires[one.wires[1]])
        for layer in layers
        for part, wires in ways(layer, wiring, asked.optimise)[0].parts
        for one in part.ops
        if len(one.wires) == 2
    }
    joined = all(b in wiring.neighbours[a] for a, b in pairs)
    return None if joined else DriftingEvolution(asked)


@dataclass(frozen=True, slots=True, eq=False)
class DriftingEvolution:
    """One step of the schedule, layer by layer, each piece where the one before ends.

    Args:
        asked: what is realised.
    """

    asked: Evolution

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        if self.asked.is_exact:
            return (), (self._piece(book, "exact", ((0, STEP),), (elapsed,)),)
        if not elapsed:
            return (), ()
        sweeps, end, shared = self.asked.sweeps(elapsed)
        segments: list[Piece] = []
        closing: list[Piece] = []
        last: Piece | None = None
        for i, one in enumerate(sweeps):
            found = segments if i < shared else closing
            if i and i % SWEEPS == 0:
                found.append(self._home(book, last))
                last = None
            last = self._sweep(book, i % SWEEPS, one, last)
            found.append(last)
        if end:
            name = f"end {len(sweeps) % SWEEPS}"
            closing.append(self._piece(book, name, ((0, LEAD),), (end,), after=last))
        return tuple(segments), tuple(closing)

    def circuits(self, book: TemplateBook) -> Sequence[GateList]:
        """A sweep, or the whole evolution where that is exact, before it is routed."""
        parts = ((0, STEP),) if self.asked.is_exact else self._parts
        found, _ = self.asked.circuits(parts, book, searched=False)
        return [one if isinstance(one, GateList) else GateList.of(one) for one in found]

    @property
    def _parts(self) -> Parts:
        shares = schedule.shares(self.asked.formula, len(self.asked.layers))
        return tuple((one.layer, one.of_lead * LEAD + one.of_tau * STEP) for one in shares)

    def _sweep(
        self, book: TemplateBook, number: int, sweep: schedule.Sweep, after: Piece | None
    ) -> Piece:
        """The circuit that is best for the first sweep, from where the wires are."""
        angles = sweep.lead, sweep.tau
        if after is None:
            return self._piece(book, "sweep 0", self._parts, angles)
        name = f"{self.asked.name}drifting sweep {number}"
        return book.piece(name, lambda: book.source(after), angles, restore=False, after=after)

    def _home(self, book: TemplateBook, after: Piece | None) -> Piece:
        nothing = GateList((), len(book.qubits), ())
        return book.piece(f"{self.asked.name}home", lambda: ((nothing,), ()), after=after)

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
            f"{self.asked.name}drifting {part}",
            lambda: self.asked.circuits(parts, book, searched=False),
            angles,
            restore=False,
            after=after,
        )
