"""What a machine can do, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One native instruction of a device.

    Args:
        name: qiskit's name of the gate.
        qubits: where it is available; ``None`` means on every qubit or ordered pair.
        seconds: its duration, where known.
        error: its reported error, where known.
    """

    name: str
    qubits: tuple[int, ...] | None = None
    seconds: float | None = None
    error: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceTarget:
    """What a machine can do, as plain data.

    Args:
        name: e.g. ``"all-to-all"``, ``"line"``, ``"fake_torino"``.
        n_qubits: width of a written circuit.
        operations: native instructions.
    """

    name: str
    n_qubits: int
    operations: tuple[Operation, ...]

    def __hash__(self) -> int:
        """Of what tells devices apart at a glance: there are thousands of operations."""
        return hash((self.name, self.n_qubits, len(self.operations)))

    @property
    def gates(self) -> tuple[str, ...]:
        """Names of the native instructions, sorted."""
        return tuple(sorted({operation.name for operation in self.operations}))

    @property
    def coupling(self) -> frozenset[tuple[int, int]] | None:
        """Ordered pairs that have a two-qubit gate; ``None`` where all have."""
        pairs = [one.qubits for one in self.operations if one.qubits and len(one.qubits) == 2]
        return frozenset((a, b) for a, b in pairs) if pairs else None
