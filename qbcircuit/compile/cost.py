"""What a written circuit costs, counted template by template."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from qbcircuit.compilation import CircuitCost
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Template
from qbcircuit.target import DeviceTarget

Floats = npt.NDArray[np.float64]


def plan_cost(plan: CircuitPlan, index: int) -> CircuitCost:
    """Counts of one experiment's circuit, the same as qiskit's on ``plan.circuit(index)``.

    Depths are true for the whole circuit: each template is a matrix D of longest paths from
    wire to wire, and pieces follow each other as d -> max_j (D_ij + d_j). The duration is
    that of the gates started as soon as possible, without the measurement.

    Args:
        plan: what was compiled.
        index: into ``plan.experiments``.

    Raises:
        InvalidRequest: an index outside the experiments.
    """
    if not 0 <= index < len(plan.experiments):
        raise InvalidRequest(
            f"The plan has experiments 0..{len(plan.experiments) - 1}, got {index}."
        )
    pieces = [piece.template for piece in plan.experiments[index].pieces]
    shapes = {i: _shape(plan.templates[i]) for i in set(pieces)}
    times = {i: _seconds(plan.templates[i], plan.target, plan.qubits) for i in set(pieces)}
    layers = [
        [block for block in layer if len(block.sites) > 1]
        for i in pieces
        for layer in plan.local_layers[i]
    ]
    known = [matrix for i in pieces if (matrix := times[i]) is not None]
    return CircuitCost(
        k_local_gates=sum(map(len, layers)),
        k_local_depth=sum(map(bool, layers)),
        two_qubit_gates=sum(shapes[i].two_qubit_gates for i in pieces),
        two_qubit_depth=round(_longest([shapes[i].two_qubit_paths for i in pieces])),
        depth=round(_longest([shapes[i].paths for i in pieces])),
        size=sum(shapes[i].size for i in pieces),
        seconds=_longest(known) if len(known) == len(pieces) and known else None,
    )


@dataclass(frozen=True, eq=False)
class Shape:
    """A template's counts.

    Args:
        size: number of instructions.
        two_qubit_gates: number of two-qubit gates.
        paths: longest paths, every instruction 1; shape (n, n), from column to row.
        two_qubit_paths: longest paths, two-qubit gates 1.
    """

    size: int
    two_qubit_gates: int
    paths: Floats
    two_qubit_paths: Floats


Instructions = Sequence[tuple[str, tuple[int, ...]]]

T = TypeVar("T")

_MOST = 256
"""Templates whose counts are remembered."""


def _by_identity(make: Callable[..., T]) -> Callable[..., T]:
    """Remembers what is made of a template: the same object, since to compare two writes QPY."""
    known: dict[tuple[Any, ...], tuple[Template, T]] = {}

    @functools.wraps(make)
    def remembered(template: Template, *others: Any) -> T:
        key = id(template), *others
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = template, make(template, *others)
        return known[key][1]

    return remembered


@_by_identity
def _instructions(template: Template) -> tuple[int, Instructions]:
    circuit = template.circuit
    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    return circuit.num_qubits, tuple(
        (one.operation.name, tuple(wire[qubit] for qubit in one.qubits))
        for one in circuit.data
        if one.operation.name != "barrier"
    )


@_by_identity
def _shape(template: Template) -> Shape:
    n, instructions = _instructions(template)
    wide = [float(len(wires) == 2) for _, wires in instructions]
    return Shape(
        size=len(instructions),
        two_qubit_gates=round(sum(wide)),
        paths=_longest_paths(n, instructions, [1.0] * len(wide)),
        two_qubit_paths=_longest_paths(n, instructions, wide),
    )


@_by_identity
def _seconds(template: Template, device: DeviceTarget, qubits: tuple[int, ...]) -> Floats | None:
    """Longest paths in seconds; ``None`` where the device does not tell a gate's duration."""
    known = _durations(device)
    n, instructions = _instructions(template)
    weights = []
    for name, wires in instructions:
        where = tuple(qubits[wire] for wire in wires)
        seconds = known.get((name, where), known.get((name, None)))
        if seconds is None:
            return None
        weights.append(seconds)
    return _longest_paths(n, instructions, weights)


@functools.lru_cache(maxsize=16)
def _durations(device: DeviceTarget) -> Mapping[tuple[str, tuple[int, ...] | None], float | None]:
    return {(one.name, one.qubits): one.seconds for one in device.operations}


def _longest_paths(n_wires: int, instructions: Instructions, weights: Sequence[float]) -> Floats:
    """paths[i, j]: longest path from the start of wire j to the end of wire i."""
    rows = list(np.where(np.eye(n_wires, dtype=bool), 0.0, -np.inf))
    for (_, wires), weight in zip(instructions, weights, strict=True):
        if len(wires) == 1:
            rows[wires[0]] = rows[wires[0]] + weight
        else:
            latest = np.maximum.reduce([rows[wire] for wire in wires]) + weight
            for wire in wires:
                rows[wire] = latest
    return np.array(rows).reshape(n_wires, n_wires)


def _longest(matrices: Sequence[Floats]) -> float:
    """The longest path through templates one after another."""
    if not matrices:
        return 0.0
    reached = np.zeros(len(matrices[0]))
    for paths in matrices:
        reached = np.max(paths + reached, axis=1)
    return float(reached.max())
