"""Templates written in a device's gates, on its couplings, with their angles still free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.entanglers import COMMUTE_WITH_Z, ENTANGLERS, Couplers, couplers_of
from qbcircuit.compile.gates.gatelist import Op, read
from qbcircuit.compile.gates.rewriting import simplified, with_rzz, without_rzz, without_swaps
from qbcircuit.compile.gates.rotations import HADAMARD, ZERO, Run
from qbcircuit.compile.gates.routing import routed
from qbcircuit.compile.gates.spelling import spelled
from qbcircuit.device import standard_instructions
from qbcircuit.errors import InvalidRequest
from qbcircuit.target import DeviceTarget

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def nativise(
    logical: QuantumCircuit, device: DeviceTarget, qubits: Sequence[int], *, restore: bool
) -> tuple[QuantumCircuit, tuple[int, ...]]:
    """A template in the device's gates.

    Equal to the logical circuit for every value of its Parameters, up to a global phase and the
    permutation returned. No gate depends on the value of a Parameter, so binding zero keeps all
    of them. No swap is added where the couplings are obeyed already. Angles of rzz may be any
    number; hardware that takes [0, pi/2] only folds them when they are bound.

    Args:
        logical: gates, resets and free Parameters; wire i starts on ``qubits[i]``.
        device: what to write for.
        qubits: the device's qubits that may be used, one a wire.
        restore: bring every wire back to its place, as repeated segments need.

    Returns:
        The circuit on ``len(qubits)`` wires, wire i standing for ``qubits[i]``, and where each
        logical wire ends.

    Raises:
        InvalidRequest: no universal gates, no chain of couplings, or no unitary circuit.
    """
    if logical.num_qubits != len(qubits):
        raise InvalidRequest(
            f"A template of {logical.num_qubits} wires needs as many qubits, got {len(qubits)}."
        )
    couplers = couplers_of(device, tuple(qubits))
    ops, ends = routed(simplified(read(logical)), len(qubits), couplers.edges, restore=restore)
    ops = without_swaps(without_rzz(ops))
    return _Writer(couplers).write(with_rzz(ops, couplers.has_rzz)), ends


class _Writer:
    """Writes gates in time order; one-qubit gates wait until something cannot pass them."""

    def __init__(self, couplers: Couplers) -> None:
        from qiskit import QuantumCircuit

        self._couplers = couplers
        self._circuit = QuantumCircuit(len(couplers.singles))
        self._runs = [Run() for _ in couplers.singles]

    def write(self, ops: Sequence[Op]) -> QuantumCircuit:
        """The native circuit of gates that respect the couplings."""
        for op in ops:
            if op.kind in ("cx", "cz"):
                self._entangle(op)
            elif op.kind == "rzz":
                a, b = op.wires
                straight = "rzz" in self._couplers.gates(a, b)
                self._pair("rzz", (a, b) if straight else (b, a), (op.angle.value,))
            elif op.kind == "reset":
                self._runs[op.wires[0]] = Run()
                self._circuit.reset(op.wires[0])
            else:
                self._single(op)
        for wire in range(len(self._runs)):
            self._flush(wire)
        return self._circuit

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
        kept = [self._runs[w].take_z() if p else ZERO for w, p in zip(wires, passing, strict=True)]
        for wire in wires:
            self._flush(wire)
        self._add(name, angles, wires)
        for wire, angle in zip(wires, kept, strict=True):
            self._runs[wire].turn(angle)

    def _flush(self, wire: int) -> None:
        for name, angles in spelled(self._runs[wire].release(), self._couplers.singles[wire]):
            self._add(name, angles, (wire,))

    def _add(self, name: str, angles: tuple[object, ...], wires: tuple[int, ...]) -> None:
        if (write := getattr(self._circuit, name, None)) is not None:  # several times faster
            write(*angles, *wires)
        else:
            gate = standard_instructions()[name].base_class(*angles)
            self._circuit.append(gate, wires, copy=False)
