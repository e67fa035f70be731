"""Gates written in a device's own, one-qubit gates merged on their wires."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.entanglers import COMMUTE_WITH_Z, ENTANGLERS, Couplers
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import HADAMARD, IDENTITY, ZERO, Matrix, dagger
from qbcircuit.compile.gates.runs import Run
from qbcircuit.compile.gates.spelling import spelled
from qbcircuit.device import standard_instructions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

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

        circuit = QuantumCircuit(len(self.first))
        for name, angles, wires in self.gates:
            if (write := getattr(circuit, name, None)) is not None:  # several times faster
                write(*angles, *wires)
            else:
                gate = standard_instructions()[name].base_class(*angles)
                circuit.append(gate, wires, copy=False)
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
        self._runs = [Run("rx" in gates) for gates in couplers.singles]
        self._first: list[Run | None] = [None] * n_wires

    def turn_frame(self, frame: Frame) -> None:
        """A constant on every wire."""
        for run, matrix in zip(self._runs, frame, strict=True):
            if matrix is not IDENTITY:
                run.apply(matrix)

    def write(self, op: Op) -> None:
        """The next gate."""
        if op.kind in ("cx", "cz"):
            self._entangle(op)
        elif op.kind == "rzz":
            a, b = op.wires
            straight = "rzz" in self._couplers.gates(a, b)
            self._pair("rzz", (a, b) if straight else (b, a), (op.angle.value,))
        elif op.kind == "reset":
            self._open(op.wires[0])
            self._runs[op.wires[0]] = Run("rx" in self._couplers.singles[op.wires[0]])
            self._gates.append(("reset", (), op.wires))
        else:
            self._single(op)

    def closed(self) -> Written:
        """Everything, once nothing more is to come."""
        last = [run.copy() for run in self._runs]
        for wire in range(len(self._runs)):
            self._flush(wire)
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

    def _entangle(self, op: Op) -> None:
        recipe = self._couplers.recipe(op.kind, *op.wires)
        control, target = (self._runs[wire] for wire in op.wires)
        for run, matrix in zip((control, target), recipe.before, strict=True):
            run.apply(matrix)
        first, second = (op.wires[i] for i in recipe.order)
        self._pair(recipe.name, (first, second), ENTANGLERS[recipe.name])
        for run, matrix in zip((control, target), recipe.after, strict=True):
            run.apply(matrix)

    def _pair(self, name: str, wires: tuple[int, int], angles: tuple[object, ...]) -> None:
        """A native gate; z rotations that commute with it go on waiting."""
        passing = COMMUTE_WITH_Z.get(name, (False, False))
        for wire in wires:
            self._open(wire)
        for wire, passes in zip(wires, passing, strict=True):
            if passes:
                self._runs[wire].pass_z()
        kept = [self._runs[w].take_z() if p else ZERO for w, p in zip(wires, passing, strict=True)]
        for wire in wires:
            self._flush(wire)
        self._gates.append((name, angles, wires))
        for wire, angle in zip(wires, kept, strict=True):
            self._runs[wire].turn(angle)

    def _open(self, wire: int) -> None:
        """Note what a wire begins with, before it is taken apart."""
        if self._first[wire] is None:
            self._first[wire] = self._runs[wire].copy()

    def _flush(self, wire: int) -> None:
        self._open(wire)
        native = spelled(self._runs[wire].release(), self._couplers.singles[wire])
        self._gates += [(name, angles, (wire,)) for name, angles in native]
