"""Native circuits with free angles: kept as QPY, opened and written when asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


class _Opened:
    """Room for the circuit of a template beside its QPY: each is made of the other when needed."""

    __slots__ = ("_circuit",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Template(_Opened):
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
        made = object.__new__(cls)
        object.__setattr__(made, "name", name)
        object.__setattr__(made, "n_angles", circuit.num_parameters)
        object.__setattr__(made, "_circuit", circuit)
        return made

    @property
    def circuit(self) -> QuantumCircuit:
        """A fresh copy of the circuit."""
        return self._circuit.copy()

    def bound(self, angles: Sequence[float]) -> QuantumCircuit:
        """A fresh circuit with the angles in place of its Parameters."""
        return self._circuit.assign_parameters(angles)

    def __getattr__(self, name: str) -> Any:
        """The one of QPY and circuit that has not been asked for before."""
        if name not in ("qpy", "_circuit"):
            raise AttributeError(f"a template has no {name!r}")
        made = _written(self._circuit) if name == "qpy" else _read(self.qpy)
        object.__setattr__(self, name, made)
        return made

    def __hash__(self) -> int:
        """Of what needs no QPY."""
        return hash((self.name, self.n_angles, len(self._circuit.data)))


def append(circuit: QuantumCircuit, part: QuantumCircuit, qubits: Sequence[int]) -> None:
    """Append a circuit without measurements; its instructions are shared, not copied.

    Args:
        circuit: what becomes longer.
        part: what comes next.
        qubits: where its wires go.
    """
    extend = getattr(circuit._data, "native_extend", None)
    if extend is None:  # before qiskit 2.4
        circuit.compose(part, qubits, inplace=True, copy=False)
    else:
        extend(part._data, qubits=list(qubits), clbits=None)
        circuit.global_phase += part.global_phase


def _written(circuit: QuantumCircuit) -> bytes:
    from qiskit import qpy

    data = io.BytesIO()
    qpy.dump(circuit, data)
    return data.getvalue()


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
