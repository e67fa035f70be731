"""Circuits of one constant Hamiltonian: exact, or a product formula between exact layers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression

from qbcircuit import hypergraph
from qbcircuit.compile import schedule
from qbcircuit.compile.blocks import append_block
from qbcircuit.compile.layers import Layer
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.plan import Piece

LEAD, STEP = Parameter("lead"), Parameter("tau")
"""The free durations of a sweep; qiskit orders them by name."""

Pieces = tuple[tuple[Piece, ...], tuple[Piece, ...]]
"""Segments that later times share, and a closing."""

_SLACK = 1e-9
"""Fraction of a step by which a time may miss the grid and still be on it."""


@dataclass(frozen=True, eq=False)
class Evolution:
    """One step of the schedule, ready to be strung together.

    Args:
        name: makes template names unique within a plan.
        layers: one layer is exact; more are split by the formula.
        formula: order of the product formula.
        step: duration of one product-formula step.
        last: whether nothing follows, so that routed wires may stay where they end.
    """

    name: str
    layers: tuple[Layer, ...]
    formula: int = 2
    step: float = math.inf
    last: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether no formula is needed."""
        return len(self.layers) <= 1

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing.

        Full steps while they fit are segments; a shorter private step closes.
        """
        if not self.layers or (elapsed == 0 and not self.is_exact):
            return (), ()
        if self.is_exact:
            return (), (self._exact(book, elapsed),)
        full = math.floor(elapsed / self.step + _SLACK)
        rest = elapsed - full * self.step
        durations = [self.step] * full
        if rest > _SLACK * self.step:
            durations.append(rest)
        sweeps, end = schedule.sweeps(self.formula, durations)
        shared = full * len(sweeps) // max(1, len(durations))
        pieces = [self._sweep(book, one) for one in sweeps]
        closing = pieces[shared:]
        if end:
            closing.append(self._end(book, end))
        return tuple(pieces[:shared]), tuple(closing)

    def _exact(self, book: TemplateBook, elapsed: float) -> Piece:
        return book.piece(
            f"{self.name}exact",
            lambda: self._circuit([(0, STEP)], book),
            (elapsed,),
            restore=not self.last,
        )

    def _sweep(self, book: TemplateBook, sweep: schedule.Sweep) -> Piece:
        shares = schedule.shares(self.formula, len(self.layers))
        parts = [(one.layer, one.of_lead * LEAD + one.of_tau * STEP) for one in shares]
        return book.piece(
            f"{self.name}sweep",
            lambda: self._circuit(parts, book),
            (sweep.lead, sweep.tau),
        )

    def _end(self, book: TemplateBook, end: float) -> Piece:
        return book.piece(f"{self.name}end", lambda: self._circuit([(0, LEAD)], book), (end,))

    def _circuit(
        self, parts: Iterable[tuple[int, ParameterExpression]], book: TemplateBook
    ) -> tuple[QuantumCircuit, LocalLayers]:
        circuit = QuantumCircuit(len(book.qubits))
        local: LocalLayers = ()
        for layer, duration in parts:
            for interaction in self.ordered[layer]:
                append_block(circuit, interaction, duration, book.wiring)
            local += local_layers(self.ordered[layer])
        return circuit, local

    @cached_property
    def ordered(self) -> tuple[Layer, ...]:
        """Every layer's interactions in sub-layers of disjoint sites, so that they run at once."""
        return tuple(_disjoint_first(layer) for layer in self.layers)


def _disjoint_first(layer: Layer) -> Layer:
    groups = hypergraph.layers([one.sites for one in layer])
    return tuple(layer[i] for group in groups for i in group)
