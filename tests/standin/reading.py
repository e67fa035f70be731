"""Bound circuits as plain gates: what they are, which wires touch, whether the device has them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, ParameterExpression
from qiskit.transpiler import Target

RZZ_SLACK = 1e-9


class Refused(Exception):
    """A job that the service starts and then fails, with IBM's reason and number."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One instruction on device qubits, its angles numbers."""

    name: str
    angles: tuple[float, ...]
    qubits: tuple[int, ...]
    clbits: tuple[int, ...]
    operation: Any = field(compare=False)


def gates_of(circuit: QuantumCircuit) -> tuple[Gate, ...]:
    """The instructions of a bound circuit in order, barriers left out."""
    index = {bit: i for i, bit in enumerate(circuit.qubits)}
    cindex = {bit: i for i, bit in enumerate(circuit.clbits)}
    found = []
    for one in circuit.data:
        if one.operation.name == "barrier":
            continue
        found.append(
            Gate(
                name=one.operation.name,
                angles=_angles(one.operation),
                qubits=tuple(index[bit] for bit in one.qubits),
                clbits=tuple(cindex[bit] for bit in one.clbits),
                operation=one.operation,
            )
        )
    return tuple(found)


def _angles(operation: Any) -> tuple[float, ...]:
    if isinstance(operation, ControlFlowOp):
        return ()
    # A matrix or a label is no gate of a device: the check refuses it by name.
    known = (int, float, ParameterExpression)
    return tuple(float(a) for a in operation.params if isinstance(a, known))


def check(gates: tuple[Gate, ...], target: Target) -> None:
    """Refuse what the device lacks, as the service does once the job runs.

    Raises:
        Refused: an instruction that the device lacks, or rzz outside 0..pi/2.
    """
    for gate in gates:
        if gate.qubits and max(gate.qubits) >= target.num_qubits:
            raise Refused(
                f"The circuit has {max(gate.qubits) + 1} qubits but the target system requires "
                f"{target.num_qubits} qubits.",
                8001,
            )
        if not target.instruction_supported(gate.name, gate.qubits):
            raise Refused(
                f"Instruction not in basis gates: instruction: {gate.name}, qubits: "
                f"{list(gate.qubits)}, params: {list(gate.angles)}",
                7000,
            )
        if gate.name == "rzz" and not -RZZ_SLACK <= gate.angles[0] <= math.pi / 2 + RZZ_SLACK:
            raise Refused(
                f"The instruction rzz on qubits {gate.qubits} is supported only for angles in the "
                f"range [0, pi/2], but an angle ({gate.angles[0]}) outside of this range has been "
                "requested",
                7005,
            )


def is_static(gates: tuple[Gate, ...]) -> bool:
    """Whether qubits are measured once and last, so that one distribution says it all."""
    measured: set[int] = set()
    written: set[int] = set()
    for gate in gates:
        if isinstance(gate.operation, ControlFlowOp) or measured.intersection(gate.qubits):
            return False
        if gate.name == "measure":
            if written.intersection(gate.clbits):
                return False
            measured.update(gate.qubits)
            written.update(gate.clbits)
        elif gate.clbits:
            return False
    return True


def content(gates: tuple[Gate, ...]) -> bytes:
    """A hash of what a circuit does, the same for equal circuits of any process."""
    digest = hashlib.sha256()
    for gate in gates:
        angles = [f"{angle:.10g}" for angle in gate.angles]
        digest.update(f"{gate.name}{angles}{gate.qubits}{gate.clbits}".encode())
        for block in getattr(gate.operation, "blocks", ()):
            digest.update(content(gates_of(block)))
    return digest.digest()


def components(gates: tuple[Gate, ...]) -> Iterator[tuple[tuple[int, ...], tuple[Gate, ...]]]:
    """Sets of qubits that no gate joins, with their gates; they can be simulated apart."""
    parent: dict[int, int] = {}

    def root(qubit: int) -> int:
        while parent.setdefault(qubit, qubit) != qubit:
            qubit = parent[qubit]
        return qubit

    for gate in gates:
        for qubit in gate.qubits:
            parent[root(qubit)] = root(gate.qubits[0])
    inside: dict[int, list[Gate]] = {}
    for gate in gates:
        inside.setdefault(root(gate.qubits[0]), []).append(gate)
    for some in sorted(inside.values(), key=lambda some: min(min(g.qubits) for g in some)):
        yield tuple(sorted({q for gate in some for q in gate.qubits})), tuple(some)
