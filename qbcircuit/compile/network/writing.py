"""Networks written as circuits, with every sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.network.search import Event, Masks, Turn
from qbcircuit.compile.network.strings import Gate

Angle: TypeAlias = ParameterExpression | float

_TO_Z = {"X": ("h",), "Y": ("sdg", "h"), "Z": ()}
_TO_X = {"X": (), "Y": ("sdg",), "Z": ("h",)}
_BACK = {"h": "h", "s": "sdg", "sdg": "s"}


class SignedStrings:
    """Pauli strings (-1)^sign i^{|x & z|} X^x Z^z under gates, bit by bit: string i is bit i.

    Reference: Aaronson and Gottesman, PRA 70, 052328 (2004).

    Args:
        masks: (x, z) of every string.
        n_wires: number of wires.
    """

    def __init__(self, masks: Sequence[Masks], n_wires: int) -> None:
        self.x = [_column(masks, 0, wire) for wire in range(n_wires)]
        self.z = [_column(masks, 1, wire) for wire in range(n_wires)]
        self.sign = 0

    def apply(self, name: str, *wires: int) -> None:
        """One of the gates h, s, sdg, x, z and cx."""
        x, z, q = self.x, self.z, wires[0]
        if name == "h":
            self.sign ^= x[q] & z[q]
            x[q], z[q] = z[q], x[q]
        elif name in ("s", "sdg"):
            self.sign ^= x[q] & (z[q] if name == "s" else ~z[q])
            z[q] ^= x[q]
        elif name in ("x", "z"):
            self.sign ^= z[q] if name == "x" else x[q]
        else:
            target = wires[1]
            self.sign ^= x[q] & z[target] & ~(x[target] ^ z[q])
            x[target] ^= x[q]
            z[q] ^= z[target]

    def at(self, string: int) -> tuple[int, int, int]:
        """(x, z, sign) of one string."""
        x = sum((column >> string & 1) << wire for wire, column in enumerate(self.x))
        z = sum((column >> string & 1) << wire for wire, column in enumerate(self.z))
        return x, z, self.sign >> string & 1


def _column(masks: Sequence[Masks], which: int, wire: int) -> int:
    return sum((one[which] >> wire & 1) << i for i, one in enumerate(masks))


class Writer:
    """Writes events and follows what they do to the rotations and to the frame.

    Args:
        rotations: (x, z) of every string.
        n_wires: number of wires.
    """

    def __init__(self, rotations: Sequence[Masks], n_wires: int) -> None:
        frame = [(1 << j, 0) for j in range(n_wires)] + [(0, 1 << j) for j in range(n_wires)]
        self.circuit = QuantumCircuit(n_wires)
        self._m, self._n = len(rotations), n_wires
        self._strings = SignedStrings([*rotations, *frame], n_wires)

    @classmethod
    def ends_of(cls, events: Sequence[Event], n_wires: int) -> list[int]:
        """Where every wire has got to after a network's gates."""
        writer = cls((), n_wires)
        writer.write(events, {})
        return writer.settle()

    def write(self, events: Sequence[Event], angles: Mapping[int, Angle]) -> None:
        """Append gates, and turns exp(-i angle P / 2) where an angle is given."""
        for event in events:
            if isinstance(event, Gate):
                self._pair(event)
            elif event.rotation in angles:
                self._turn(event, angles[event.rotation])

    def at(self, rotation: int) -> tuple[int, int, int]:
        """(x, z, sign) of a rotation's string by now."""
        return self._strings.at(rotation)

    def settle(self) -> list[int]:
        """Append one-qubit gates that turn the frame back; where every wire has got to."""
        ends = []
        for wire in range(self._n):
            first, second = self._m + wire, self._m + self._n + wire
            x, z, _ = self._strings.at(first)
            end = (x | z).bit_length() - 1
            ends.append(end)
            letter = ".XZY"[(x >> end) + 2 * (z >> end)]
            for name in _TO_X[letter]:
                self._apply(name, end)
            x, z, _ = self._strings.at(second)
            if x >> end & 1:  # Y and X: turned about X
                for name in ("h", "s", "h"):
                    self._apply(name, end)
            (x, z, minus_x), (_, _, minus_z) = map(self._strings.at, (first, second))
            if minus_x:
                self._apply("z", end)
            if minus_z:
                self._apply("x", end)
            if self._strings.at(first) != (1 << end, 0, 0):
                raise AssertionError("a network has to bring its frame back")
            if self._strings.at(second) != (0, 1 << end, 0):
                raise AssertionError("a network has to bring its frame back")
        return ends

    def _pair(self, gate: Gate) -> None:
        control, target = gate.wires
        before = [(name, control) for name in _TO_Z[gate.letters[0]]]
        before += [(name, target) for name in _TO_X[gate.letters[1]]]
        for name, wire in before:
            self._apply(name, wire)
        self._apply("cx", control, target)
        for name, wire in reversed(before):
            self._apply(_BACK[name], wire)

    def _turn(self, turn: Turn, angle: Angle) -> None:
        x, z, minus = self._strings.at(turn.rotation)
        if (x, z) != (
            (turn.letter != "Z") << turn.wire,
            (turn.letter != "X") << turn.wire,
        ):
            raise AssertionError("a network has to bring a rotation to its wire")
        write = getattr(self.circuit, "r" + turn.letter.lower())
        write(-angle if minus else angle, turn.wire)

    def _apply(self, name: str, *wires: int) -> None:
        self._strings.apply(name, *wires)
        getattr(self.circuit, name)(*wires)
