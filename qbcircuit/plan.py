"""The waist: a protocol, a target, and the experiments that a backend is to run.

A plan holds circuits as *templates* (QPY, opened when asked for) whose Parameters are the
rotation angles, and *experiments* that string templates together with angles bound. Physics
above the plan never sees qiskit, statistics below it never see a vendor.
"""

from __future__ import annotations

import enum
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qbcircuit import battery, charging, codec, terms
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions, LocalBlock
from qbcircuit.target import DeviceTarget, Operation
from qbcircuit.template import Template

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

SCHEMA = "qbcircuit.plan/1"
"""Version of the compiler's output; part of every content hash."""


class ExperimentRole(enum.Enum):
    """What an experiment is run for."""

    CHARGE = "charge"
    ZERO_ANGLE = "zero-angle"
    CALIBRATION = "calibration"
    REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A measurement setting: the basis letter (X, Y, Z) each cell is read in, cell 0 first.

    The rotations into that basis are part of the experiment's closing pieces.
    """

    bases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A template with its angles bound.

    Args:
        template: index into ``plan.templates``.
        angles: one value per Parameter; all zero in a zero-angle experiment.
    """

    template: int
    angles: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """One circuit to run: shared segments, then a private closing.

    Two experiments *nest* where one's segments are a prefix of the other's: a simulator then
    evolves once and takes a snapshot where each ends.

    Args:
        time: protocol time reached.
        role: what it is run for.
        setting: bases the cells are read in.
        segments: pieces that other experiments may share.
        closing: pieces of this experiment alone.
        readout: ``readout[c]`` is the plan qubit (index into ``plan.qubits``) that holds the
            c-th cell at the end.
        stretch: how many times as long as compiled, by pieces undone and done again.
    """

    time: float
    role: ExperimentRole
    setting: Setting
    segments: tuple[Piece, ...]
    closing: tuple[Piece, ...] = ()
    readout: tuple[int, ...]
    stretch: int = 1

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Segments and closing, in order."""
        return self.segments + self.closing

    def with_zero_angles(self) -> Experiment:
        """The noise-work twin: the same gates with every angle bound to zero."""
        return replace(
            self,
            role=ExperimentRole.ZERO_ANGLE,
            segments=tuple(_unturned(piece) for piece in self.segments),
            closing=tuple(_unturned(piece) for piece in self.closing),
        )


_TOGETHER = 32
"""Most equal pieces in a row that are appended at once."""


def _unturned(piece: Piece) -> Piece:
    return replace(piece, angles=(0.0,) * len(piece.angles))


def _runs(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, int]]:
    """Every piece, and how many times it comes in a row."""
    return ((piece, len(list(equal))) for piece, equal in itertools.groupby(pieces))


def _doubled(part: QuantumCircuit, times: int) -> Iterator[tuple[QuantumCircuit, int]]:
    """Circuits that hold a part 1, 2, 4, ... times, and how many of each make ``times``.

    Each is to be used before the next is asked for.
    """
    together = 1
    while times:
        if together == _TOGETHER:
            yield part, times
            return
        if times % 2:
            yield part, 1
        times //= 2
        if times:
            part = part.copy() if together == 1 else part
            part.compose(part, inplace=True, copy=False)
            together *= 2


@dataclass(frozen=True, kw_only=True, slots=True)
class CircuitPlan:
    """Everything a backend needs, and everything an estimator needs to read its counts.

    Args:
        protocol: what is realised.
        target: what it is compiled for.
        options: what was asked of the compiler.
        compilation: what the compiler did.
        qubits: the target qubits in use; templates act on these, in this order.
        layout: ``layout[j]`` is the plan qubit (index into ``qubits``) that holds site j at
            the start.
        templates: native circuits with free angles.
        local_layers: k-local gates of each template, in layers (same order as templates).
        experiments: what is run, in submission order.
    """

    protocol: ChargingProtocol
    target: DeviceTarget
    options: CompileOptions
    compilation: Compilation
    qubits: tuple[int, ...]
    layout: tuple[int, ...]
    templates: tuple[Template, ...]
    local_layers: tuple[tuple[tuple[LocalBlock, ...], ...], ...]
    experiments: tuple[Experiment, ...]

    @property
    def content_hash(self) -> str:
        """Identity of the plan across processes and machines; never covers QPY bytes."""
        asked = tuple(
            (one.time, one.role, one.setting, *([one.stretch] if one.stretch != 1 else []))
            for one in self.experiments
        )
        return codec.content_hash((SCHEMA, self.protocol, self.target, self.options, asked))

    @property
    def times(self) -> tuple[float, ...]:
        """Times of the charge experiments, in order."""
        return tuple(e.time for e in self.experiments if e.role is ExperimentRole.CHARGE)

    @property
    def circuits(self) -> list[QuantumCircuit]:
        """Fresh native circuits of the charge experiments, in order, without measurements."""
        return [
            self.circuit(i)
            for i, one in enumerate(self.experiments)
            if one.role is ExperimentRole.CHARGE
        ]

    def circuit(self, index: int, *, measure: bool = False) -> QuantumCircuit:
        """The native circuit of one experiment, as wide as the target.

        Args:
            index: into ``experiments``.
            measure: append the measurement of cell c into classical bit c.
        """
        from qiskit import ClassicalRegister, QuantumCircuit

        experiment = self.experiments[index]
        circuit = QuantumCircuit(self.target.n_qubits)
        bound: dict[Piece, QuantumCircuit] = {}
        for piece, times in _runs(experiment.pieces):
            if piece not in bound:
                bound[piece] = self.templates[piece.template].bound(piece.angles)
            for part, again in _doubled(bound[piece], times):
                for _ in range(again):
                    circuit.compose(part, self.qubits, inplace=True, copy=False)
        if measure:
            register = ClassicalRegister(len(experiment.readout), "cells")
            circuit.add_register(register)
            circuit.measure([self.qubits[q] for q in experiment.readout], list(register))
        return circuit

    def with_experiments(self, experiments: Sequence[Experiment]) -> CircuitPlan:
        """The same circuits asked for in another way."""
        return replace(self, experiments=tuple(experiments))

    def with_noise_work(self) -> CircuitPlan:
        """The plan with every charge experiment followed by its zero-angle twin."""
        return self.with_experiments(
            [
                twin
                for one in self.experiments
                for twin in (
                    (one, one.with_zero_angles()) if one.role is ExperimentRole.CHARGE else (one,)
                )
            ]
        )

    def to_json(self) -> str:
        """The whole plan as JSON (templates as base64 QPY)."""
        return json.dumps({"schema": SCHEMA, "plan": codec.encode(self)})

    @classmethod
    def from_json(cls, text: str) -> CircuitPlan:
        """The plan that :meth:`to_json` wrote."""
        plan: CircuitPlan = codec.decode(json.loads(text)["plan"], KNOWN_TYPES)
        return plan


KNOWN_TYPES: tuple[type, ...] = (
    CircuitPlan, DeviceTarget, Operation, Template, Piece, Experiment, ExperimentRole, Setting,
    CompileOptions, Compilation, LocalBlock, ChargingProtocol, charging.Evolve, charging.Reset,
    terms.Term, battery.Battery, battery.Site, battery.Role, battery.BasisStart,
    battery.ThermalStart,
)  # fmt: skip
"""Every type a stored plan may hold."""
