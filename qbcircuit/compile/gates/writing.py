"""Gates written in a device's own, one-qubit gates merged on their wires."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qbcircuit.compile.gates.entanglers import COMMUTE_WITH_Z, Couplers, Recipe
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import IDENTITY, ZERO, Angle, Matrix, dagger
from qbcircuit.compile.gates.runs import (
    State,
    applied,
    empty,
    steps_of,
    turned,
    turned_about_x,
    with_z_last,
    without_last_z,
)
from qbcircuit.compile.gates.spelling import Gate, spelled
from qbcircuit.device import standard_instructions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit, QuantumRegister
    from qiskit.circuit import CircuitInstruction, Instruction

Frame = Sequence[Matrix]
"""A constant one-qubit gate for every wire."""

Placed = tuple[Gate, tuple[int, ...]]
"""A native gate and its wires; equal gates are one object."""

Instructions: TypeAlias = "dict[tuple[int, tuple[int, ...]], CircuitInstruction]"
"""What a native gate (by identity) on some wires is to qiskit."""


@dataclass(frozen=True, eq=False)
class Written:
    """Native gates in time order, and the one-qubit gates at both ends.

    Args:
        gates: the native gates.
        first: on every wire, the one-qubit gates before any other.
        last: on every wire, the one-qubit gates after all others.
    """

    gates: list[Placed]
    first: list[State]
    last: list[State]

    def circuit(self, known: Instructions | None = None) -> QuantumCircuit:
        """The gates as a circuit.

        Args:
            known: instructions shared with the circuits of other such lists, while these last.
        """
        from qiskit import QuantumCircuit
        from qiskit.circuit import CircuitInstruction

        known = {} if known is None else known
        made: dict[int, Instruction] = {}
        register = _register(len(self.first))
        circuit, qubits = QuantumCircuit(register), list(register)
        instructions: list[CircuitInstruction] = []
        for gate, wires in self.gates:
            placed = known.get((id(gate), wires))
            if placed is None:
                one = made.get(id(gate))
                if one is None:
                    name, angles = gate
                    one = made[id(gate)] = standard_instructions()[name].base_class(*angles)
                placed = CircuitInstruction(one, [qubits[wire] for wire in wires])
                known[id(gate), wires] = placed
            instructions.append(placed)
        circuit._data.extend(instructions)  # without append's checks: all are known to fit
        return circuit


@functools.lru_cache(maxsize=64)
def _register(n_wires: int) -> QuantumRegister:
    from qiskit import QuantumRegister

    return QuantumRegister(n_wires, "q")


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
    ops = list(ops)  # kept, so that none takes the place of another in memory
    for op in ops:
        writer.write(op)
    if after is not None:
        writer.turn_frame(after)
    return writer.closed()


class _Writer:
    """Writes gates in time order; one-qubit gates wait until something cannot pass them."""

    def __init__(self, couplers: Couplers) -> None:
        self._couplers = couplers
        self._gates: list[Placed] = []
        self._states = [empty(gates) for gates in couplers.singles]
        self._first: list[State | None] = [None] * len(self._states)
        self._known: dict[tuple[State, str, int, int], State] = {}

    def turn_frame(self, frame: Frame) -> None:
        """A constant on every wire."""
        self._states = [
            state if matrix is IDENTITY else applied(state, matrix)
            for state, matrix in zip(self._states, frame, strict=True)
        ]

    def write(self, op: Op) -> None:
        """The next gate."""
        kind, wires = op.kind, op.wires
        if kind == "rzz":
            straight = "rzz" in self._couplers.gates(*wires)
            self._cross(_rotation(op.angle), *(wires if straight else wires[::-1]))
        elif len(wires) == 2:
            recipe = self._couplers.recipe(kind, *wires)
            first, second = recipe.order
            self._cross(recipe, wires[first], wires[second])
        elif kind == "reset":
            (wire,) = wires
            self._open(wire, self._states[wire])
            self._states[wire] = empty(self._couplers.singles[wire])
            self._gates.append((_RESET, wires))
        else:
            self._single(op)

    def _single(self, op: Op) -> None:
        """A one-qubit gate; equal ones come again and again, mostly as the same objects."""
        (wire,) = op.wires
        state = self._states[wire]
        key = state, op.kind, id(op.angle), id(op.matrix)
        after = self._known.get(key)
        if after is None:
            if op.kind == "const":
                after = applied(state, op.matrix)
            else:
                after = (turned if op.kind == "z" else turned_about_x)(state, op.angle)
            self._known[key] = after
        self._states[wire] = after

    def closed(self) -> Written:
        """Everything, once nothing more is to come."""
        for wire, state in enumerate(self._states):
            self._open(wire, state)
            self._flush(wire, _native(state))
        first = [state for state in self._first if state is not None]
        return Written(self._gates, first, self._states)

    def _cross(self, recipe: Recipe, a: int, b: int) -> None:
        """A two-qubit gate on its native wires, and what waits before it."""
        states = self._states
        crossing = _crossed(recipe, states[a], states[b])
        self._open(a, crossing.opened[0])
        self._open(b, crossing.opened[1])
        self._flush(a, crossing.before[0])
        self._flush(b, crossing.before[1])
        states[a], states[b] = crossing.later
        self._gates.append((crossing.gate, (a, b)))

    def _open(self, wire: int, state: State) -> None:
        """Note what a wire begins with."""
        if self._first[wire] is None:
            self._first[wire] = state

    def _flush(self, wire: int, native: Iterable[Gate]) -> None:
        self._gates += [(gate, (wire,)) for gate in native]


_RESET: Gate = ("reset", ())


@functools.lru_cache(maxsize=1 << 12)
def _rotation(angle: Angle) -> Recipe:
    return Recipe("rzz", angles=(angle.value,))


@dataclass(frozen=True, slots=True, eq=False)
class _Crossing:
    """What a two-qubit gate makes of two runs, each pair in the order of its native wires.

    Args:
        gate: the native gate.
        before: one-qubit gates in front of it.
        opened: the runs that were taken apart in them.
        later: the runs that go on waiting.
    """

    gate: Gate
    before: tuple[tuple[Gate, ...], ...]
    opened: tuple[State, ...]
    later: tuple[State, ...]


@functools.lru_cache(maxsize=1 << 14)
def _crossed(recipe: Recipe, first: State, second: State) -> _Crossing:
    """A native gate after two runs; z rotations that commute with it go on waiting."""
    before, opened, later = [], [], []
    passing = COMMUTE_WITH_Z.get(recipe.name, (False, False))
    for state, side, passes in zip((first, second), recipe.order, passing, strict=True):
        whole = applied(state, recipe.before[side])
        rest, kept = whole, ZERO
        if passes:
            kept, rest = without_last_z(with_z_last(whole))
        opened.append(whole)
        before.append(_native(rest))
        after = turned(empty(state.gates), kept)
        later.append(applied(after, recipe.after[side]))
    return _Crossing((recipe.name, recipe.angles), tuple(before), tuple(opened), tuple(later))


@functools.lru_cache(maxsize=1 << 14)
def _native(state: State) -> tuple[Gate, ...]:
    return spelled(steps_of(state), state.gates)
