"""What one job may hold, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qbcircuit.backend import Batch, BatchItem, ExecutionSettings
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan
from qbcircuit_ibm.samplers import executed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

MOST_EXECUTIONS = 10_000_000
"""Circuits times shots of a Sampler job (IBM's job limits)."""

MOST_INSTRUCTIONS = 26_800_000
"""Control-system instructions on one qubit, over all circuits of a job (IBM's job limits)."""

MOST_BYTES = 40_000_000
"""Our own limit for what one job carries, estimated."""

MOST_SECONDS = 3 * 3600
"""IBM's longest job."""

JOB_SECONDS = 2.0
"""Of machine time to load and start a job, as a rule of thumb."""

REPETITION_SECONDS = 250e-6
"""Between two shots, where the device does not say."""

_WEIGHTS = {"rz": 1, "delay": 1, "sx": 2, "x": 2, "measure": 10, "reset": 17}
_WEIGHT = 5
"""IBM's count of control-system instructions of a gate, and of any other."""

_START = 50 + 10
"""Of preparing and reading a qubit."""

_GATE_BYTES = 100
"""Of a gate in a stored circuit, generously."""


def jobs_of(batch: Batch, shots: int, settings: ExecutionSettings) -> tuple[Batch, ...]:
    """The batch in jobs within the limits, order kept; depends on nothing but its arguments.

    Raises:
        InvalidRequest: one circuit alone exceeds them.
    """
    twirls, each = executed(shots, settings)
    sizes = _Sizes()
    jobs: list[list[BatchItem]] = []
    filled = np.zeros(3)
    limits = np.array([MOST_EXECUTIONS, MOST_INSTRUCTIONS, MOST_BYTES])
    for item in batch:
        heaviest, size = sizes.of(item)
        load = np.array([twirls * each, heaviest, size])
        if np.any(load > limits):
            raise InvalidRequest(
                f"One circuit with {shots} shots is more than IBM takes in a job ({int(load[0])} "
                f"executions of {MOST_EXECUTIONS}, {int(load[1])} instructions on a qubit of "
                f"{MOST_INSTRUCTIONS}, about {load[2] / 1e6:.0f} MB of {MOST_BYTES / 1e6:.0f}). "
                "Use fewer --shots or --steps."
            )
        if not jobs or np.any(filled + load > limits):
            jobs.append([])
            filled = np.zeros(3)
        jobs[-1].append(item)
        filled += load
    return tuple(tuple(job) for job in jobs)


@dataclass(slots=True)
class _Sizes:
    """Sizes of circuits without writing them: templates are counted once."""

    _templates: dict[tuple[int, int], tuple[NDArray[np.int64], int]] = field(default_factory=dict)

    def of(self, item: BatchItem) -> tuple[int, int]:
        """Instructions on the busiest qubit, and bytes."""
        per_qubit = np.full(len(item.plan.qubits), _START, dtype=np.int64)
        gates = len(item.experiment.readout)
        for piece in item.experiment.pieces:
            weights, n = self._template(item.plan, piece.template)
            per_qubit += weights
            gates += n
        return int(per_qubit.max(initial=0)), gates * _GATE_BYTES

    def _template(self, plan: CircuitPlan, index: int) -> tuple[NDArray[np.int64], int]:
        key = (id(plan), index)
        if key not in self._templates:
            circuit = plan.templates[index].circuit
            place = {qubit: i for i, qubit in enumerate(circuit.qubits)}
            weights = np.zeros(len(plan.qubits), dtype=np.int64)
            for one in circuit.data:
                for qubit in one.qubits:
                    weights[place[qubit]] += _WEIGHTS.get(one.operation.name, _WEIGHT)
            self._templates[key] = (weights, len(circuit.data))
        return self._templates[key]


def machine_seconds(
    circuits: Iterable[QuantumCircuit],
    target: Target,
    *,
    shots: int,
    settings: ExecutionSettings,
    repetition: float,
) -> float:
    """Machine time of one job: its start, and every shot as long as its circuit and the pause.

    Args:
        circuits: of the job.
        target: of the device, with the durations of its gates.
        shots: of each circuit.
        settings: how to execute.
        repetition: seconds between two shots.
    """
    twirls, each = executed(shots, settings)
    shot = sum(duration(circuit, target) + repetition for circuit in circuits)
    return JOB_SECONDS + twirls * each * shot


def duration(circuit: QuantumCircuit, target: Target) -> float:
    """Seconds that a circuit takes with every gate as early as possible.

    Args:
        circuit: native to the target.
        target: with durations; gates without one take no time.
    """
    clock: dict[object, float] = {}
    index = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    for one in circuit.data:
        place = tuple(index[qubit] for qubit in one.qubits)
        end = max((clock.get(qubit, 0.0) for qubit in place), default=0.0)
        end += _seconds(target, one.operation.name, place)
        clock.update(dict.fromkeys(place, end))
    return max(clock.values(), default=0.0)


def _seconds(target: Target, name: str, place: tuple[int, ...]) -> float:
    if name not in target.operation_names:
        return 0.0
    return float(getattr(target[name].get(place), "duration", None) or 0.0)


def cap(seconds: float) -> int:
    """The machine time after which IBM is to stop a job: far beyond the estimate, never less."""
    return min(max(300, math.ceil(10 * seconds)), MOST_SECONDS)
