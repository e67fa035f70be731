"""The templates of one plan: logical circuits made native once, kept as QPY."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from qiskit import QuantumCircuit, qpy

from qbcircuit import hypergraph
from qbcircuit.compilation import LocalBlock
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.gates.native import nativise
from qbcircuit.hypergraph import Interaction
from qbcircuit.plan import Piece, Template
from qbcircuit.target import DeviceTarget

LocalLayers = tuple[tuple[LocalBlock, ...], ...]
"""k-local gates of one template: layers of disjoint blocks, in time order."""


@dataclass(frozen=True, eq=False)
class TemplateBook:
    """Collects a plan's templates; one that is asked for twice is compiled once.

    Args:
        device: what is compiled for.
        qubits: the target qubits in use; wire i of every logical circuit is ``qubits[i]``.
        optimise: ``"gates"`` or ``"depth"``: which of several circuits is kept.
    """

    device: DeviceTarget
    qubits: tuple[int, ...]
    optimise: str = "gates"
    templates: list[Template] = field(default_factory=list)
    local_layers: list[LocalLayers] = field(default_factory=list)
    ends: list[tuple[int, ...]] = field(default_factory=list)
    _index: dict[str, int] = field(default_factory=dict)

    @functools.cached_property
    def wiring(self) -> Wiring:
        """Couplings among the wires."""
        return Wiring.of(self.device, self.qubits)

    def empty(self) -> TemplateBook:
        """A book for the same device and qubits, with nothing in it."""
        return TemplateBook(self.device, self.qubits, self.optimise)

    def piece(
        self,
        name: str,
        make: Callable[[], tuple[Sequence[QuantumCircuit], LocalLayers]],
        angles: Sequence[float] = (),
        *,
        restore: bool = True,
    ) -> Piece:
        """A piece of the named template, which is made where it is new.

        Args:
            name: unique within the plan.
            make: equal logical circuits, of which the cheapest is kept once native, and the
                k-local gates in them.
            angles: what to bind.
            restore: bring every wire back to its place.
        """
        if name not in self._index:
            candidates, local = make()
            native, ends = min(
                (nativise(one, self.device, self.qubits, restore=restore) for one in candidates),
                key=lambda found: weight(found[0], self.optimise),
            )
            data = io.BytesIO()
            qpy.dump(native, data)
            self._index[name] = len(self.templates)
            self.templates.append(
                Template(name=name, qpy=data.getvalue(), n_angles=native.num_parameters)
            )
            self.local_layers.append(local)
            self.ends.append(ends)
        return Piece(template=self._index[name], angles=tuple(float(a) for a in angles))

    def ends_after(self, closing: Sequence[Piece]) -> tuple[int, ...]:
        """Where every wire is at the end: only a closing's last template may leave its place."""
        return self.ends[closing[-1].template] if closing else tuple(range(len(self.qubits)))


def weight(circuit: QuantumCircuit, optimise: str) -> tuple[int, int]:
    """Two-qubit gates, then their depth; the other way round where depth is asked for."""
    gates = circuit.num_nonlocal_gates()
    depth = circuit.depth(lambda one: len(one.qubits) > 1)
    return (gates, depth) if optimise == "gates" else (depth, gates)


def local_layers(interactions: Iterable[Interaction]) -> LocalLayers:
    """Interactions in layers of disjoint sites, with their letters as labels."""
    interactions = tuple(interactions)
    return tuple(
        tuple(LocalBlock(sites=interactions[i].sites, label=_label(interactions[i])) for i in group)
        for group in hypergraph.layers([one.sites for one in interactions])
    )


def _label(interaction: Interaction) -> str:
    return "+".join(dict.fromkeys("".join(term.operators) for term in interaction.terms))
