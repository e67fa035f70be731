"""A circuit as a list of gates of a few kinds.

Kinds: ``const`` (a 2x2 matrix), ``z`` and ``x`` (rotations exp(-i a Z/2), exp(-i a X/2)),
``cx``, ``cz``, ``rzz``, ``rxx``, ``swap`` and ``reset``. Global phases are dropped.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.rotations import (
    IDENTITY,
    SQRT_X,
    SQRT_X_DAGGER,
    ZERO,
    Angle,
    Matrix,
    is_diagonal,
)
from qbcircuit.device import standard_instructions
from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction, Instruction, Parameter
    from qiskit.transpiler import PassManager

_CLOSE = 1e-10
_Z_LIKE = frozenset({"rz", "p", "u1"})
_PLAIN = frozenset({"cx", "cz", "swap", "reset"})
_READ = _Z_LIKE | _PLAIN | {"rx", "ry", "rzz", "barrier"}
_ROTATIONS = {"z": "rz", "x": "rx", "rzz": "rzz", "rxx": "rxx"}
_CONSTANTS = ("h", "s", "sdg", "sx", "sxdg", "x", "y", "z")
_BASIS = [
    *("h", "x", "y", "z", "s", "sdg", "t", "tdg", "sx", "sxdg", "rz", "rx", "ry", "p"),
    *("cx", "cz", "rzz", "swap", "reset"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Op:
    """One gate.

    Args:
        kind: as in the module's docstring.
        wires: where; the control of a ``cx`` first.
        angle: of a rotation.
        matrix: of a constant.
    """

    kind: str
    wires: tuple[int, ...]
    angle: Angle = ZERO
    matrix: Matrix = IDENTITY

    def commutes_with_z(self, wire: int) -> bool:
        """Whether a z rotation of the wire can pass."""
        if self.kind == "const":
            return is_diagonal(self.matrix)
        return self.kind in ("z", "cz", "rzz") or (self.kind == "cx" and wire == self.wires[0])

    def commutes_with_x(self, wire: int) -> bool:
        """Whether an x rotation of the wire can pass."""
        if self.kind == "const":
            a, b, c, d = self.matrix
            return abs(a - d) < _CLOSE and abs(b - c) < _CLOSE
        return self.kind in ("x", "rxx") or (self.kind == "cx" and wire == self.wires[1])


@dataclass(frozen=True, eq=False)
class GateList:
    """A circuit as a list of gates.

    Args:
        ops: in time order.
        n_wires: number of wires.
        parameters: free ones, in qiskit's order.
        source: the circuit that they were read from.
    """

    ops: Sequence[Op]
    n_wires: int
    parameters: tuple[Parameter, ...]
    source: QuantumCircuit | None = None

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> GateList:
        """The gates of a circuit."""
        return cls(read(circuit), circuit.num_qubits, tuple(circuit.parameters), circuit)

    @functools.cached_property
    def circuit(self) -> QuantumCircuit:
        """The source, phase included, or else a circuit of these gates; not to be changed."""
        if self.source is not None:
            return self.source
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(self.n_wires)
        for op in self.ops:
            if op.kind in _ROTATIONS:
                getattr(circuit, _ROTATIONS[op.kind])(op.angle.value, *op.wires)
            else:
                getattr(circuit, _name(op.matrix) if op.kind == "const" else op.kind)(*op.wires)
        return circuit

    @functools.cached_property
    def cost(self) -> tuple[int, int]:
        """Two-qubit gates, and their depth."""
        return two_qubit_cost(op.wires for op in self.ops)


def two_qubit_cost(places: Iterable[tuple[int, ...]]) -> tuple[int, int]:
    """Two-qubit gates, and their depth.

    Args:
        places: wires of every gate, in time order.
    """
    gates = 0
    depths: dict[int, int] = {}
    for wires in places:
        if len(wires) == 2:
            a, b = wires
            gates += 1
            depths[a] = depths[b] = 1 + max(depths.get(a, 0), depths.get(b, 0))
    return gates, max(depths.values(), default=0)


def named(name: str, wire: int) -> Op:
    """A constant gate by qiskit's name: h, s, sdg, sx, sxdg, x, y or z."""
    return Op("const", (wire,), matrix=_named_matrix(name))


def read(circuit: QuantumCircuit) -> list[Op]:
    """The gates of a circuit, lowered by qiskit where they are of no kind of ours.

    Raises:
        InvalidRequest: a measurement or control flow: no unitary circuit or reset.
    """
    if not all(map(_readable, circuit.data)):
        circuit = _lowering().run(circuit)
    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    ops: list[Op] = []
    for one in circuit.data:
        ops += _ops(one, tuple([wire[qubit] for qubit in one.qubits]))
    return ops


def _readable(gate: CircuitInstruction) -> bool:
    return gate.name in _READ or (len(gate.qubits) == 1 and not _parameters(gate))


def _parameters(gate: CircuitInstruction) -> bool:
    return any(getattr(angle, "parameters", None) for angle in gate.params)


@functools.cache
def _lowering() -> PassManager:
    from qiskit.transpiler import generate_preset_pass_manager

    return generate_preset_pass_manager(optimization_level=0, basis_gates=_BASIS)


def _ops(gate: CircuitInstruction, wires: tuple[int, ...]) -> Iterator[Op]:
    name = gate.name
    if name in _PLAIN:
        yield Op(name, wires)
    elif name == "rzz":
        yield Op("rzz", wires, Angle.of(gate.params[0]))
    elif name in _Z_LIKE:
        yield Op("z", wires, Angle.of(gate.params[0]))
    elif name == "rx":
        yield Op("x", wires, Angle.of(gate.params[0]))
    elif name == "ry":  # RX(-pi/2) Z RX(pi/2) = Y
        yield Op("const", wires, matrix=SQRT_X)
        yield Op("z", wires, Angle.of(gate.params[0]))
        yield Op("const", wires, matrix=SQRT_X_DAGGER)
    elif name not in ("barrier", "id"):
        yield Op("const", wires, matrix=_matrix(gate.operation))


def _matrix(gate: Instruction) -> Matrix:
    if gate.params or gate.name not in standard_instructions():
        return _entries(gate)
    return _named_matrix(gate.name)


@functools.lru_cache(maxsize=64)
def _name(matrix: Matrix) -> str:
    """The name of a constant gate, one of :func:`named`."""
    return next(name for name in _CONSTANTS if _named_matrix(name) == matrix)


@functools.cache
def _named_matrix(name: str) -> Matrix:
    return _entries(standard_instructions()[name])


def _entries(gate: Instruction) -> Matrix:
    if not hasattr(gate, "to_matrix"):
        raise InvalidRequest(
            f"A template holds gates and resets only, got {gate.name!r}. Leave it to the plan."
        )
    (a, b), (c, d) = gate.to_matrix().tolist()
    return (a, b, c, d)
