"""Circuits as Clifford frames and Pauli rotations: an exact comparison at any number of qubits.

A circuit of Clifford gates and rotations is C R_m ... R_1 with R_j = exp(-i a_j P_j / 2): every
rotation is pulled back through the Clifford gates before it. Rotations about equal strings merge
where all between them commute, multiples of pi/2 join C, and what is left of U F^-1 must be
nothing but a permutation of wires. No matrix is formed. What this shows equal is equal; circuits
that differ by other identities (Euler angles) are left to a dense comparison.

Reference: Litinski, Quantum 3, 128 (2019), arXiv:1808.02892, for pulling rotations through.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qiskit import QuantumCircuit

Pauli = tuple[int, int, int]
"""i^phase X^x Z^z as (x, z, phase): masks over qubits, phase modulo 4."""

Rotation = tuple[int, int, float]
"""exp(-i angle P / 2) with P = i^|x & z| X^x Z^z, as (x, z, angle)."""

ZERO = 1e-9
"""Radians below which an angle is nothing: rounding of thousands of gates, no physical angle."""

_QUARTER = math.pi / 2


def product(left: Pauli, right: Pauli) -> Pauli:
    """The product of two strings."""
    crossed = (left[1] & right[0]).bit_count()
    return left[0] ^ right[0], left[1] ^ right[1], (left[2] + right[2] + 2 * crossed) % 4


def commute(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Whether two strings commute, given as anything that begins with x and z."""
    return not ((left[0] & right[1]).bit_count() + (left[1] & right[0]).bit_count()) & 1


class Frame:
    """C R_m ... R_1, grown gate by gate: C as the images C^dag X C and C^dag Z C of its wires.

    Args:
        starts: the wire that holds each qubit at the start.
    """

    def __init__(self, starts: Sequence[int]) -> None:
        qubit_on = {wire: q for q, wire in enumerate(starts)}
        self.x: list[Pauli] = [(1 << qubit_on[wire], 0, 0) for wire in range(len(starts))]
        self.z: list[Pauli] = [(0, 1 << qubit_on[wire], 0) for wire in range(len(starts))]
        self._strings: list[tuple[int, int]] = []
        self._angles: list[float] = []

    @property
    def rotations(self) -> tuple[Rotation, ...]:
        """R_1 first; angles within [-pi/4, pi/4], none of them zero."""
        pairs = zip(self._strings, self._angles, strict=True)
        return tuple((x, z, angle) for (x, z), angle in pairs)

    def gate(self, name: str, wires: Sequence[int], angle: float = 0.0) -> None:
        """One native gate.

        Raises:
            ValueError: a gate that is neither Clifford nor a rotation.
        """
        x, z = self.x, self.z
        a, b = wires[0], wires[-1]
        if name == "cx":
            z[b], x[a] = product(z[a], z[b]), product(x[a], x[b])
        elif name == "cz":
            x[a], x[b] = product(x[a], z[b]), product(z[a], x[b])
        elif name == "swap":
            x[a], x[b], z[a], z[b] = x[b], x[a], z[b], z[a]
        elif name in _QUARTERS:
            axis, turns = _QUARTERS[name]
            self._turn_wire(a, axis, turns)
        elif name == "h":
            for axis, turns in (("z", 1), ("x", 1), ("z", 1)):
                self._turn_wire(a, axis, turns)
        elif name in {"rz", "p", "u1", "rx"}:
            axis = "x" if name == "rx" else "z"
            turns, rest = _split(angle)
            self._turn_wire(a, axis, turns)
            self.rotate(getattr(self, axis)[a], rest)
        elif name == "rzz":
            self.rotate(product(z[a], z[b]), angle)
        elif name not in {"barrier", "id", "measure"}:
            raise ValueError(f"no frame for the gate {name}")

    def turn(self, x: int, z: int, angle: float) -> None:
        """A rotation about any string of the wires."""
        pulled = (0, 0, (x & z).bit_count() % 4)
        for q in _bits(x):
            pulled = product(pulled, self.x[q])
        for q in _bits(z):
            pulled = product(pulled, self.z[q])
        self.rotate(pulled, angle)

    def takes_off(self, x: int, z: int, angle: float) -> bool:
        """Undo a rotation about a string of the wires, if that leaves one rotation less."""
        before = len(self._angles)
        kept = list(self.x), list(self.z), list(self._strings), list(self._angles)
        self.turn(x, z, -angle)
        if len(self._angles) < before or _split(angle)[1] == 0:
            return True
        self.x, self.z, self._strings, self._angles = kept
        return False

    def rotate(self, pulled: Pauli, angle: float) -> None:
        """A rotation about a string already pulled back; it merges with an equal one."""
        x, z, phase = pulled
        if (phase - (x & z).bit_count()) % 4 == 2:
            angle = -angle
        place = self._place(x, z)
        if place is not None:
            angle += self._angles.pop(place)
            del self._strings[place]
        turns, rest = _split(angle)
        if turns:
            self._turn_frame((x, z, (x & z).bit_count() % 4), turns)
        if abs(rest) > ZERO:
            where = len(self._strings) if place is None else place
            self._angles.insert(where, rest)
            self._strings.insert(where, (x, z))

    def _place(self, x: int, z: int) -> int | None:
        for i in range(len(self._strings) - 1, -1, -1):
            a, b = self._strings[i]
            if a == x and b == z:
                return i
            if ((a & z).bit_count() + (b & x).bit_count()) & 1:
                return None
        return None

    def _turn_wire(self, wire: int, axis: str, turns: int) -> None:
        own, other = (self.z, self.x) if axis == "z" else (self.x, self.z)
        other[wire] = _turned(other[wire], own[wire], turns)

    def _turn_frame(self, string: Pauli, turns: int) -> None:
        """C becomes C exp(-i turns pi/4 P): it commutes with every later rotation."""
        self.x = [_turned(one, string, turns) for one in self.x]
        self.z = [_turned(one, string, turns) for one in self.z]

    def is_permutation(self, ends: Sequence[int]) -> bool:
        """Whether nothing is left but wires that moved: qubit q is on wire ``ends[q]``."""
        return not self._strings and all(
            self.x[wire] == (1 << q, 0, 0) and self.z[wire] == (0, 1 << q, 0)
            for q, wire in enumerate(ends)
        )


def remainder(circuit: QuantumCircuit, formula: Sequence[Rotation], starts: Sequence[int]) -> Frame:
    """U F^-1, its wires the circuit's and its qubits the formula's.

    Args:
        circuit: native gates, bound.
        formula: rotations in time order, masks over the formula's qubits.
        starts: wire that holds each qubit at the start; other wires are further qubits.
    """
    others = sorted(set(range(circuit.num_qubits)) - set(starts))
    frame = Frame([*starts, *others])
    for x, z, angle in reversed(formula):
        frame.turn(moved(x, starts), moved(z, starts), -angle)
    place = {bit: wire for wire, bit in enumerate(circuit.qubits)}
    for one in circuit.data:
        angle = float(one.operation.params[0]) if one.operation.params else 0.0
        frame.gate(one.operation.name, [place[bit] for bit in one.qubits], angle)
    return frame


def moved(mask: int, wires: Sequence[int]) -> int:
    """A mask over qubits as one over the wires that hold them."""
    return sum(1 << wires[q] for q in _bits(mask))


_QUARTERS = {
    "sx": ("x", 1), "sxdg": ("x", -1), "x": ("x", 2),
    "s": ("z", 1), "sdg": ("z", -1), "z": ("z", 2),
}  # fmt: skip


def _split(angle: float) -> tuple[int, float]:
    """An angle as quarter turns (0 to 3) and a rest within [-pi/4, pi/4]."""
    turns = math.floor(angle / _QUARTER + 0.5 - 1e-7)
    return turns % 4, angle - turns * _QUARTER


def _turned(string: Pauli, axis: Pauli, turns: int) -> Pauli:
    """Q^dag S Q for Q = exp(-i turns pi/4 P): S (-i P)^turns where the two anticommute."""
    if commute(string, axis):
        return string
    for _ in range(turns % 4):
        string = product(string, (axis[0], axis[1], (axis[2] + 3) % 4))
    return string


def _bits(mask: int) -> list[int]:
    return [q for q in range(mask.bit_length()) if mask >> q & 1]
