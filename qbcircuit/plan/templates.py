"""Native circuits with free angles, kept as QPY and opened when asked for."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A native circuit on the plan's qubits whose Parameters are angles still to be bound.

    Args:
        name: what it does, e.g. ``"step"``.
        qpy: the circuit, on ``len(plan.qubits)`` qubits, without measurements.
        n_angles: number of Parameters; the circuit orders them as qiskit's
            ``QuantumCircuit.parameters`` does.
    """

    name: str
    qpy: bytes
    n_angles: int

    @classmethod
    def of(cls, name: str, circuit: QuantumCircuit) -> Template:
        """The template of a circuit, which must not be changed any more."""
        return cls(name=name, qpy=_Written.of(circuit), n_angles=circuit.num_parameters)

    @property
    def circuit(self) -> QuantumCircuit:
        """A fresh copy of the circuit."""
        return opened(self.qpy).copy()


class _Written(bytes):
    """QPY that still knows the circuit it was written from."""

    circuit: QuantumCircuit

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> _Written:
        from qiskit import qpy

        data = io.BytesIO()
        qpy.dump(circuit, data)
        written = cls(data.getvalue())
        written.circuit = circuit
        return written

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(self),)


def opened(data: bytes) -> QuantumCircuit:
    """The circuit of a template's QPY, shared: not to be changed."""
    return data.circuit if isinstance(data, _Written) else _read(data)


@functools.lru_cache(maxsize=256)
def _read(data: bytes) -> QuantumCircuit:
    from qiskit import qpy

    return qpy.load(io.BytesIO(data))[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A template with its angles bound.

    Args:
        template: index into ``plan.templates``.
        angles: one value per Parameter; all zero in a zero-angle experiment.
    """

    template: int
    angles: tuple[float, ...] = ()
