"""The plan: a protocol, a target, and the experiments that a backend is to run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qbcircuit import battery, charging, codec, starts, terms
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions, LocalBlock
from qbcircuit.encoding import DEFAULT, Register, registers
from qbcircuit.plan.experiments import Experiment, ExperimentRole, SampledStart, Setting
from qbcircuit.plan.templates import Piece, Template, append
from qbcircuit.target import DeviceTarget, Operation

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

SCHEMA = "qbcircuit.plan/1"
"""Version of the compiler's output; part of every content hash."""


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
            the start, where sites have two levels; else qubit j of all registers in order.
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
            (one.time, one.role, one.setting, one.stretch, one.start) for one in self.experiments
        )
        return codec.content_hash((SCHEMA, self.protocol, self.target, self.options, asked))

    @property
    def times(self) -> tuple[float, ...]:
        """Different times of the charge experiments, in order."""
        charges = (e.time for e in self.experiments if e.role is ExperimentRole.CHARGE)
        return tuple(dict.fromkeys(charges))

    @property
    def registers(self) -> tuple[Register, ...]:
        """The register of every site: which of ``layout``'s entries hold it, and its codes."""
        dimensions = self.protocol.battery.dimensions
        return registers(dimensions, self.options.encoding or DEFAULT)

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
            measure: append the measurement of the cells, ``readout[i]`` into classical bit i.
        """
        from qiskit import ClassicalRegister, QuantumCircuit

        experiment = self.experiments[index]
        circuit = QuantumCircuit(self.target.n_qubits)
        bound: dict[Piece, QuantumCircuit] = {}
        for piece in experiment.pieces:
            if piece not in bound:
                bound[piece] = self.templates[piece.template].bound(piece.angles)
            append(circuit, bound[piece], self.qubits)
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
    SampledStart, CompileOptions, Compilation, LocalBlock, ChargingProtocol, charging.Evolve,
    charging.Reset, terms.Term, battery.Battery, battery.Site, battery.Role, starts.BasisStart,
    starts.ThermalStart, starts.MixedStart, starts.ProductStart, starts.PureStart,
    starts.GroundStart,
)  # fmt: skip
"""Every type a stored plan may hold."""
