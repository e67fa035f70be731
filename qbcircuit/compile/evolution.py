"""Circuits of one constant Hamiltonian: exact, or a product formula between exact layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from qiskit.circuit import Parameter, ParameterExpression

from qbcircuit.compile.exact.layer_circuits import chosen, ways
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import Layer, last_site
from qbcircuit.compile.gates.gatelist import GateList
from qbcircuit.compile.gates.rotations import Angle
from qbcircuit.compile.network.candidates import built_in_networks, networks
from qbcircuit.compile.templates import LocalLayers, Logical, TemplateBook, local_layers
from qbcircuit.plan import Piece

LEAD, STEP = Parameter("lead"), Parameter("tau")
"""The free durations of a sweep; qiskit orders them by name."""

Parts = tuple[tuple[int, ParameterExpression], ...]
"""Layers and how long each lasts, in time order."""

Pieces = tuple[tuple[Piece, ...], tuple[Piece, ...]]
"""Segments that later times share, and a closing."""

_SLACK = 1e-9
"""Fraction of a step by which a time may miss the grid and still be on it."""


class Evolving(Protocol):
    """One way to realise a step of the schedule."""

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        ...


@dataclass(frozen=True, eq=False)
class Evolution:
    """One step of the schedule, layer by layer.

    Args:
        name: makes template names unique within a plan.
        layers: one layer is exact; more are split by the formula.
        formula: order of the product formula.
        step: duration of one product-formula step.
        optimise: ``"gates"`` or ``"depth"``.
        last: whether nothing follows, so that routed wires may stay where they end.
        steps: full steps up to the last time; 0 where no formula is needed.
        once: whether no earlier time is asked for.
        shown: what the layers are in the frame of the battery; empty: what they are here.
    """

    name: str
    layers: tuple[Layer, ...]
    formula: int = 2
    step: float = math.inf
    optimise: str = "gates"
    last: bool = False
    steps: int = 0
    once: bool = False
    shown: tuple[Layer, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether no formula is needed."""
        return len(self.layers) <= 1

    @property
    def n_sites(self) -> int:
        """Sites up to the last one that is acted on."""
        return 1 + max(map(last_site, self.layers))

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing.

        Full steps while they fit are segments; a shorter private step closes.
        """
        if not self.layers or (elapsed == 0 and not self.is_exact):
            return (), ()
        if self.is_exact:
            return (), (self._exact(book, elapsed),)
        sweeps, end, shared = self.sweeps(elapsed)
        if self.last and self.formula == 1 and len(sweeps) == 1:
            return (), (self._sweep(book, *sweeps, restore=False),)
        pieces = [self._sweep(book, one) for one in sweeps]
        closing = pieces[shared:]
        if end:
            closing.append(self._end(book, end))
        return tuple(pieces[:shared]), tuple(closing)

    @property
    def parts(self) -> Parts:
        """What a sweep is made of."""
        shares = schedule.shares(self.formula, len(self.layers))
        return tuple((one.layer, one.of_lead * LEAD + one.of_tau * STEP) for one in shares)

    def sweeps(self, elapsed: float) -> tuple[tuple[schedule.Sweep, ...], float, int]:
        """The sweeps, the duration of the end, and how many of the sweeps make full steps."""
        full = math.floor(elapsed / self.step + _SLACK)
        rest = elapsed - full * self.step
        durations = [self.step] * full
        if rest > _SLACK * self.step:
            durations.append(rest)
        sweeps, end = schedule.sweeps(self.formula, durations)
        return sweeps, end, full * len(sweeps) // max(1, len(durations))

    def _exact(self, book: TemplateBook, elapsed: float) -> Piece:
        return book.piece(
            f"{self.name}exact",
            lambda: self.circuits(((0, STEP),), book, stays=not self.last),
            (elapsed,),
            restore=not self.last,
        )

    def _sweep(self, book: TemplateBook, sweep: schedule.Sweep, *, restore: bool = True) -> Piece:
        return book.piece(
            f"{self.name}sweep" if restore else f"{self.name}only sweep",
            lambda: self.circuits(self.parts, book, stays=restore),
            (sweep.lead, sweep.tau),
            restore=restore,
        )

    def _end(self, book: TemplateBook, end: float) -> Piece:
        return book.piece(
            f"{self.name}end",
            lambda: self.circuits(((0, LEAD),), book, stays=not self.last),
            (end,),
            restore=not self.last,
        )

    def circuits(
        self,
        parts: Parts,
        book: TemplateBook,
        *,
        stays: bool = True,
        searched: bool = True,
        many: bool = False,
    ) -> tuple[tuple[Logical, ...], LocalLayers]:
        """Equal circuits of layers one after another, not routed, and their k-local gates.

        Args:
            parts: layers and how long each lasts, in time order.
            book: where they go.
            stays: whether every wire has to end where it starts.
            searched: whether networks along the couplings are searched for.
            many: whether more of these than the cheapest are asked for.
        """
        stages = [(self.layers[layer], duration) for layer, duration in parts]
        lasting = [(layer, Angle.of(duration)) for layer, duration in stages]
        free = {one for _, angle in lasting for one, _ in angle.linear}
        parameters = tuple(sorted(free, key=lambda one: one.name))
        n_wires, wiring = len(book.qubits), book.wiring
        found: list[Logical] = []
        for way in range(max(len(ways(layer, wiring, self.optimise)) for layer, _ in stages)):
            ops = [
                op
                for layer, angle in lasting
                for op in chosen(layer, wiring, self.optimise, way).ops(angle)
            ]
            found.append(GateList(ops, n_wires, parameters))
        if searched:
            found += networks(stages, n_wires, wiring, self.optimise, stays=stays, many=many)
        found += built_in_networks(stages, n_wires, wiring)
        shown = self.shown or self.layers
        local = [block for layer, _ in parts for block in local_layers(shown[layer])]
        return tuple(found), tuple(local)
