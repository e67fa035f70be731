"""Commuting Pauli strings by a network of CX between which each is, for a moment, a single letter.

A network is a list of controlled Paulis C(P, Q) = (1 + P)/2 + (1 - P)/2 Q, with P on one wire
and Q on another, whose product is local. A string that the gates so far take to one letter of
one wire is there a rotation of that wire; both wires of a gate may offer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.formula.paulis import quarter_turns

Gate = tuple[int, int, str, str]
"""Two wires and the Pauli on each."""


@dataclass(frozen=True, slots=True)
class SignedString:
    """sign * i^{|x & z|} X^x Z^z: a Hermitian Pauli string."""

    x: int
    z: int
    sign: int = 1

    def times(self, other: SignedString) -> SignedString:
        """The product of two strings that commute."""
        turned = quarter_turns((self.x, self.z), (other.x, other.z))
        sign = self.sign * other.sign * (-1 if turned else 1)
        return SignedString(self.x ^ other.x, self.z ^ other.z, sign)

    def negated(self) -> SignedString:
        """Minus the string."""
        return SignedString(self.x, self.z, -self.sign)


class Frame:
    """What each letter of each wire was before the gates so far: C^dag P C."""

    def __init__(self, n_wires: int) -> None:
        self.letters = [
            {
                "X": SignedString(1 << wire, 0),
                "Y": SignedString(1 << wire, 1 << wire),
                "Z": SignedString(0, 1 << wire),
            }
            for wire in range(n_wires)
        ]

    def entangle(self, gate: Gate) -> None:
        """Add C(P, Q): letters that anticommute with P gain Q, and those with Q gain P."""
        a, b, p, q = gate
        first, second = self.letters[a][p], self.letters[b][q]
        for wire, kept, gained in ((a, p, second), (b, q, first)):
            for letter in "XYZ":
                if letter != kept:
                    self.letters[wire][letter] = self.letters[wire][letter].times(gained)


def parsed(text: str) -> tuple[Gate, ...]:
    """Gates from words such as ``01ZX``: wires 0 and 1, Z on the first and X on the second."""
    return tuple((int(word[0]), int(word[1]), word[2], word[3]) for word in text.split())


def network(
    n_wires: int,
    gates: Sequence[Gate],
    strings: Mapping[tuple[int, int], float],
    tau: ParameterExpression | float,
) -> QuantumCircuit:
    """exp(-i tau sum_s c_s P_s) along a network.

    Args:
        n_wires: number of wires.
        gates: controlled Paulis whose product is local.
        strings: {(x, z): c} of commuting strings, energies.
        tau: duration.

    Raises:
        ValueError: a string that never is a single letter, or gates that end entangled.
    """
    circuit = QuantumCircuit(n_wires)
    frame = Frame(n_wires)
    left = dict(strings)
    _rotate(circuit, frame, range(n_wires), left, tau)
    for gate in gates:
        _append(circuit, gate)
        frame.entangle(gate)
        _rotate(circuit, frame, gate[:2], left, tau)
    if left:
        raise ValueError(f"the network never shows the strings {sorted(left)}")
    for wire in range(n_wires):
        _settle(circuit, frame, wire)
    return circuit


def _rotate(
    circuit: QuantumCircuit,
    frame: Frame,
    wires: Iterable[int],
    left: dict[tuple[int, int], float],
    tau: ParameterExpression | float,
) -> None:
    for wire in wires:
        for letter, was in frame.letters[wire].items():
            value = left.pop((was.x, was.z), None)
            if value is not None:
                getattr(circuit, f"r{letter.lower()}")(2 * was.sign * value * tau, wire)


_TO_Z = {"X": (("h",), ("h",)), "Y": (("sx",), ("sxdg",)), "Z": ((), ())}
_TO_X = {"X": ((), ()), "Y": (("sdg",), ("s",)), "Z": (("h",), ("h",))}
"""Gates before and after a cx that make it act by another letter."""


def _append(circuit: QuantumCircuit, gate: Gate) -> None:
    a, b, p, q = gate
    sides = ((a, _TO_Z[p]), (b, _TO_X[q]))
    for wire, (before, _) in sides:
        for name in before:
            getattr(circuit, name)(wire)
    circuit.cx(a, b)
    for wire, (_, after) in sides:
        for name in after:
            getattr(circuit, name)(wire)


def _settle(circuit: QuantumCircuit, frame: Frame, wire: int) -> None:
    """The one-qubit gates that give a wire its own letters back."""
    x, y, z = (frame.letters[wire][letter] for letter in "XYZ")
    if any(one.x | one.z != 1 << wire for one in (x, y, z)):
        raise ValueError(f"the network leaves wire {wire} entangled")
    if not x.x:
        circuit.h(wire)
        x, y, z = z, y.negated(), x
    elif not y.x:
        circuit.sx(wire)
        y, z = z.negated(), y
    if x.z:
        circuit.s(wire)
        x = y.negated()
    undo = {(-1, -1): circuit.y, (-1, 1): circuit.z, (1, -1): circuit.x}.get((x.sign, z.sign))
    if undo is not None:
        undo(wire)
