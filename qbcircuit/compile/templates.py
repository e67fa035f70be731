"""The templates of one plan: logical circuits made native once, kept as QPY."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qbcircuit import hypergraph
from qbcircuit.compilation import LocalBlock
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.gates.entanglers import couplers_of
from qbcircuit.compile.gates.folding import Pattern, folded, pattern, turns
from qbcircuit.compile.gates.gatelist import GateList, Op, two_qubit_cost
from qbcircuit.compile.gates.native import lowered
from qbcircuit.compile.gates.rotations import Angle
from qbcircuit.compile.gates.writing import Instructions, Written
from qbcircuit.compile.seams import LEAVE, Draft, Pieces, Slot, framed, slots_of
from qbcircuit.hypergraph import Interaction
from qbcircuit.plan import Piece, Template
from qbcircuit.target import DeviceTarget

LocalLayers = tuple[tuple[LocalBlock, ...], ...]
"""k-local gates of one template: layers of disjoint blocks, in time order."""

Logical: TypeAlias = QuantumCircuit | GateList
"""A circuit on the wires, before it is made native."""

_Name: TypeAlias = tuple[str, tuple[int, ...] | None]
"""Of a template, and where the wires begin; ``None``: in their places."""


@dataclass(frozen=True, eq=False)
class _Lowered:
    """A named template before its angles are folded.

    Args:
        ops: gates that respect the couplings.
        ends: where every site ends.
        local: its k-local gates.
        logical: what it was made from.
        name: unique within the plan.
    """

    ops: list[Op]
    ends: tuple[int, ...]
    local: LocalLayers
    logical: GateList
    name: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """In the order in which angles are given."""
        return self.logical.parameters

    @functools.cached_property
    def turns(self) -> tuple[Angle, ...]:
        """Different angles of rzz."""
        return turns(self.ops)


@dataclass(frozen=True, eq=False)
class Finished:
    """What a plan keeps of a book.

    Args:
        templates: native circuits.
        local_layers: k-local gates of each.
        pieces: segments and closing of every experiment.
        ends: where every wire is at the end of every experiment.
    """

    templates: tuple[Template, ...]
    local_layers: tuple[LocalLayers, ...]
    pieces: tuple[Pieces, ...]
    ends: tuple[tuple[int, ...], ...]


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
    _named: dict[_Name, _Lowered] = field(default_factory=dict)
    _drafts: list[Draft] = field(default_factory=list)
    _sources: list[_Lowered] = field(default_factory=list)
    _index: dict[tuple[_Name, Pattern], int] = field(default_factory=dict)
    _pieces: dict[tuple[_Name, tuple[float, ...]], Piece] = field(default_factory=dict)

    @functools.cached_property
    def wiring(self) -> Wiring:
        """Couplings among the wires."""
        return _wiring(self.device, self.qubits)

    def empty(self) -> TemplateBook:
        """A book for the same device and qubits, with nothing in it."""
        return TemplateBook(self.device, self.qubits, self.optimise)

    def piece(
        self,
        name: str,
        make: Callable[[], tuple[Sequence[Logical], LocalLayers]],
        angles: Sequence[float] = (),
        *,
        restore: bool = True,
        moved: Sequence[int] | None = None,
        after: Piece | None = None,
    ) -> Piece:
        """A piece of the named template, which is made where it is new.

        Args:
            name: unique within the plan, but for where the wires begin.
            make: equal logical circuits, of which the cheapest is kept once native, and the
                k-local gates in them.
            angles: what to bind, in the order of the logical circuit's Parameters.
            restore: bring every wire back to its place.
            moved: on which wire of the logical circuit each site ends; ``None``: on its own.
            after: the piece before, which leaves the wires where this one finds them; ``None``:
                all are in their places.

        Returns:
            A draft, to be given to :meth:`finished`.
        """
        begins = None if after is None else self.ends(after)
        one = name, None if begins == tuple(range(len(self.qubits))) else begins
        key = one, tuple(float(angle) for angle in angles)
        if key not in self._pieces:
            if one not in self._named:
                circuits, local = make()
                ops, ends, logical = self._cheapest(circuits, restore, begins)
                ends = ends if moved is None else tuple(ends[wire] for wire in moved)
                self._named[one] = _Lowered(ops, ends, local, logical, name)
            self._pieces[key] = self._folded(*key)
        return self._pieces[key]

    def source(self, piece: Piece) -> tuple[tuple[GateList], LocalLayers]:
        """The circuit that was kept for a piece of :meth:`piece`, and its k-local gates."""
        source = self._sources[piece.template]
        return (source.logical,), source.local

    def ends(self, piece: Piece) -> tuple[int, ...]:
        """Where every wire is after a piece of :meth:`piece`."""
        return self._sources[piece.template].ends

    def _cheapest(
        self, candidates: Sequence[Logical], restore: bool, begins: Sequence[int] | None
    ) -> tuple[list[Op], tuple[int, ...], GateList]:
        """Native gates of the cheapest, where every wire ends, and what they were made from."""
        couplers = couplers_of(self.device, self.qubits)
        listed = [one if isinstance(one, GateList) else GateList.of(one) for one in candidates]
        found = [(lowered(one, couplers, restore=restore, begins=begins), one) for one in listed]
        (ops, ends), logical = min(found, key=lambda one: weight(one[0][0], self.optimise))
        return ops, ends, logical

    def _folded(self, name: _Name, angles: tuple[float, ...]) -> Piece:
        template = self._named[name]
        values = dict(zip(template.parameters, angles, strict=True))
        folds, added = pattern(template.turns, values)
        if (name, folds) not in self._index:
            ops, parameters = folded(template.ops, folds)
            self._index[name, folds] = len(self._drafts)
            self._drafts.append(Draft(ops, (*template.parameters, *parameters)))
            self._sources.append(template)
        return Piece(template=self._index[name, folds], angles=(*angles, *added))

    def finished(self, experiments: Sequence[Pieces]) -> Finished:
        """The pieces of all experiments strung together, and the templates that they use.

        Args:
            experiments: segments and closing of each, of pieces from :meth:`piece`.
        """
        slots = [slots_of(pieces) for pieces in experiments]
        native = framed(
            [(*shared, *private) for shared, private in slots],
            self._drafts,
            couplers_of(self.device, self.qubits),
        )
        press = _Press(self._drafts, self._sources, native)
        pieces = tuple(
            (press.pieces(shared, one[0]), press.pieces(private, one[1]))
            for (shared, private), one in zip(slots, experiments, strict=True)
        )
        return Finished(
            tuple(press.templates),
            tuple(press.local_layers),
            pieces,
            tuple(self._ends((*shared, *private)) for shared, private in experiments),
        )

    def _ends(self, pieces: Sequence[Piece]) -> tuple[int, ...]:
        """Where every wire is at the end: where the last template leaves it."""
        last = self._sources[pieces[-1].template] if pieces else None
        return tuple(range(len(self.qubits))) if last is None else last.ends


class _Press:
    """Makes a template of everything written, once."""

    def __init__(
        self, drafts: Sequence[Draft], sources: Sequence[_Lowered], native: Mapping[Slot, Written]
    ) -> None:
        self._drafts = drafts
        self._sources = sources
        self._native = native
        self._made: dict[int, tuple[int, list[int]] | None] = {}
        self._instructions: Instructions = {}
        self.templates: list[Template] = []
        self.local_layers: list[LocalLayers] = []

    def pieces(self, slots: Sequence[Slot], drafts: Sequence[Piece]) -> tuple[Piece, ...]:
        """Final pieces; a slot without a draft of its own has no angles."""
        out = []
        for slot, draft in itertools.zip_longest(slots, drafts):
            made = self._template(slot)
            if made is not None:
                index, kept = made
                angles = tuple(draft.angles[i] for i in kept)
                out.append(Piece(template=index, angles=angles))
        return tuple(out)

    def _template(self, slot: Slot) -> tuple[int, list[int]] | None:
        """Index of the slot's template, and which angles it takes; ``None``: nothing to do."""
        native = self._native[slot]
        if id(native) not in self._made:
            self._made[id(native)] = self._make(slot, native)
        return self._made[id(native)]

    def _make(self, slot: Slot, native: Written) -> tuple[int, list[int]] | None:
        if slot.draft == LEAVE and not native.gates:
            return None
        circuit = native.circuit(self._instructions)
        parameters = () if slot.draft == LEAVE else self._drafts[slot.draft].parameters
        place = {free: i for i, free in enumerate(parameters)}
        own = slot.draft != LEAVE
        name = self._sources[slot.draft].name if own else "frame"
        self.templates.append(Template.of(name, circuit))
        self.local_layers.append(self._sources[slot.draft].local if own else ())
        return len(self.templates) - 1, [place[free] for free in circuit.parameters]


@functools.lru_cache(maxsize=64)
def _wiring(device: DeviceTarget, qubits: tuple[int, ...]) -> Wiring:
    return Wiring.of(device, qubits)


def weight(ops: Iterable[Op], optimise: str) -> tuple[int, int]:
    """Two-qubit gates, then their depth; the other way round where depth is asked for."""
    gates, depth = two_qubit_cost(op.wires for op in ops)
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
