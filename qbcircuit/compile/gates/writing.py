"""Gates written in a device's own, one-qubit gates merged on their wires."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.entanglers import COMMUTE_WITH_Z, Couplers, Recipe
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import HADAMARD, IDENTITY, ZERO, Angle, Matrix, dagger
from qbcircuit.compile.gates.runs import (
    Run,
    State,
    applied,
    empty,
    steps_of,
    turned,
    with_z_last,
    without_last_z,
)
from qbcircuit.compile.gates.spelling import Gate, spelled
from qbcircuit.device import standard_instructions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Instruction

Frame = Sequence[Matrix]
"""A constant one-qubit gate for every wire."""

Placed = tuple[str, tuple[object, ...], tuple[int, ...]]
"""A native gate, its angles and its wires."""


@dataclass(frozen=True, eq=False)
class Written:
    """Native gates in time order, and the one-qubit gates at both ends.

    Args:
        gates: the native gates.
        first: on every wire, the one-qubit gates before any other.
        last: on every wire, the one-qubit gates after all others.
    """

    gates: list[Placed]
    first: list[Run]
    last: list[Run]

    def circuit(self) -> QuantumCircuit:
        """The gates as a circuit."""
        from qiskit import QuantumCircuit
        from qiskit.circuit import CircuitInstruction

        circuit = QuantumCircuit(len(self.first))
        qubits = circuit.qubits
        made: dict[tuple[str, tuple[object, ...]], Instruction] = {}
        for name, angles, wires in self.gates:
            gate = made.get((name, angles))
            if gate is None:
                gate = made[name, angles] = standard_instructions()[name].base_class(*angles)
            # without the checks of append: wires and gates are known to fit
            circuit._append(CircuitInstruction(gate, [qubits[wire] for wire in wires]))
        return circuit


def written(
    ops: Iterable[Op],
    couplers: Couplers,
    *,
    before: Frame | None = None,
    after: Frame | None = None,
) -> Written:
    """The native form of gates that respect the couplings, between two frames.

    Formula: after . gates . before^dag, up to phase.

    Args:
        ops: gates in time order.
        couplers: the device.
        before: the frame that the wires come in.
        after: the frame that they leave in.
    """
    writer = _Writer(couplers)
    if before is not None:
        writer.turn_frame([dagger(matrix) for matrix in before])
    for op in ops:
        writer.write(op)
    if after is not None:
        writer.turn_frame(after)
    return writer.closed()


class _Writer:
    """Writes gates in time order; one-qubit gates wait until something cannot pass them."""

    def __init__(self, couplers: Couplers) -> None:
        n_wires = len(couplers.singles)
        self._couplers = couplers
        self._gates: list[Placed] = []
        self._runs = [Run(gates) for gates in couplers.singles]
        self._first: list[Run | None] = [None] * n_wires

    def turn_frame(self, frame: Frame) -> None:
        """A constant on every wire."""
        for run, matrix in zip(self._runs, frame, strict=True):
            if matrix is not IDENTITY:
                run.apply(matrix)

    def write(self, op: Op) -> None:
        """The next gate."""
        if op.kind in ("cx", "cz"):
            recipe = self._couplers.recipe(op.kind, *op.wires)
            first, second = recipe.order
            self._cross(recipe, (op.wires[first], op.wires[second]))
        elif op.kind == "rzz":
            a, b = op.wires
            straight = "rzz" in self._couplers.gates(a, b)
            self._cross(_rotation(op.angle), (a, b) if straight else (b, a))
        elif op.kind == "reset":
            self._open(op.wires[0])
            self._runs[op.wires[0]] = Run(self._couplers.singles[op.wires[0]])
            self._gates.append(("reset", (), op.wires))
        else:
            self._single(op)

    def closed(self) -> Written:
        """Everything, once nothing more is to come."""
        last = [Run.of(run.state) for run in self._runs]
        for wire, run in enumerate(self._runs):
            self._open(wire)
            self._flush(wire, _native(run.state))
        return Written(self._gates, [run or Run() for run in self._first], last)

    def _single(self, op: Op) -> None:
        run = self._runs[op.wires[0]]
        if op.kind == "z":
            run.turn(op.angle)
        elif op.kind == "x":
            run.apply(HADAMARD)
            run.turn(op.angle)
            run.apply(HADAMARD)
        else:
            run.apply(op.matrix)

    def _cross(self, gate: Recipe, wires: tuple[int, int]) -> None:
        """A two-qubit gate on its native wires, and what waits before it."""
        pair = self._runs[wires[0]], self._runs[wires[1]]
        crossing = _crossed(gate, pair[0].state, pair[1].state)
        for wire, run, before, opened, later in zip(wires, pair, *crossing, strict=True):
            if self._first[wire] is None:
                self._first[wire] = Run.of(opened)
            self._flush(wire, before)
            run.state = later
        self._gates.append((gate.name, gate.angles, wires))

    def _open(self, wire: int) -> None:
        """Note what a wire begins with, before it is taken apart."""
        if self._first[wire] is None:
            self._first[wire] = Run.of(self._runs[wire].state)

    def _flush(self, wire: int, native: Iterable[Gate]) -> None:
        for name, angles in native:
            self._gates.append((name, angles, (wire,)))


@functools.lru_cache(maxsize=1 << 12)
def _rotation(angle: Angle) -> Recipe:
    return Recipe("rzz", angles=(angle.value,))


Crossing = tuple[tuple[tuple[Gate, ...], ...], tuple[State, ...], tuple[State, ...]]
"""On both native wires: gates before, the run taken apart in them, and the run afterwards."""


@functools.lru_cache(maxsize=1 << 14)
def _crossed(gate: Recipe, first: State, second: State) -> Crossing:
    """A native gate after two runs; z rotations that commute with it go on waiting."""
    native, opened, later = [], [], []
    passing = COMMUTE_WITH_Z.get(gate.name, (False, False))
    for state, side, passes in zip((first, second), gate.order, passing, strict=True):
        whole = applied(state, gate.before[side])
        rest, kept = whole, ZERO
        if passes:
            kept, rest = without_last_z(with_z_last(whole))
        opened.append(whole)
        native.append(_native(rest))
        after = turned(empty(state.gates), kept)
        later.append(applied(after, gate.after[side]))
    return tuple(native), tuple(opened), tuple(later)


@functools.lru_cache(maxsize=1 << 14)
def _native(state: State) -> tuple[Gate, ...]:
    return spelled(steps_of(state), state.gates)
