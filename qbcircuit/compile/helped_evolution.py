"""Evolution with clean ancillas at hand, for the blocks that they make shorter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.blocks import append_block
from qbcircuit.compile.exact.helped import ancillas_of, helped_block
from qbcircuit.compile.exact.layer_circuits import disjoint_first
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.templates import LocalLayers, Logical, TemplateBook


@dataclass(frozen=True, eq=False, kw_only=True)
class HelpedEvolution(Evolution):
    """One step of the schedule, layer by layer, with or without ancillas, whichever costs less.

    Args:
        ancillas: wires in level 0 before and after every template.
    """

    ancillas: tuple[int, ...]

    @classmethod
    def of(cls, asked: Evolution, ancillas: Sequence[int]) -> HelpedEvolution:
        """The same evolution with ancillas."""
        given = {one.name: getattr(asked, one.name) for one in fields(asked)}
        return cls(**given, ancillas=tuple(ancillas))

    def circuits(
        self,
        parts: Iterable[tuple[int, ParameterExpression]],
        book: TemplateBook,
        *,
        stays: bool = True,
        searched: bool = True,
        many: bool = False,
    ) -> tuple[tuple[Logical, ...], LocalLayers]:
        """Equal circuits of layers one after another, one of which takes the ancillas."""
        parts = tuple(parts)
        found, local = super().circuits(parts, book, stays=stays, searched=searched, many=many)
        circuit = QuantumCircuit(len(book.qubits))
        for layer, duration in parts:
            self._append(circuit, self.layers[layer], duration, book)
        return (*found, circuit), local

    def _append(
        self,
        circuit: QuantumCircuit,
        layer: Layer,
        duration: ParameterExpression,
        book: TemplateBook,
    ) -> None:
        """Every block takes the ancillas that have waited longest."""
        free = list(self.ancillas)
        for one in disjoint_first(layer):
            needed = ancillas_of(one)
            if not 0 < needed <= len(free):
                append_block(circuit, one, duration, book.wiring)
                continue
            taken, free = free[:needed], free[needed:] + free[:needed]
            block = helped_block(one).assign_parameters({TAU: duration})
            circuit.compose(block, [*one.sites, *taken], inplace=True, copy=False)
