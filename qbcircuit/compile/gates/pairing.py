"""Two-qubit rotations found in a circuit of cx, for devices that have them."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import HADAMARD

Pair = tuple[int, int]


def with_rzz(ops: Sequence[Op], has_rzz: Callable[[int, int], bool]) -> list[Op]:
    """A turn between two equal cx as one rzz, where the pair of wires has it.

    CX (1 x Z) CX = Z x Z, and CX (X x 1) CX = X x X. The two cx need not be neighbours of the
    turn: others that commute with them may stand between.

    Args:
        ops: gates in time order.
        has_rzz: whether a pair of wires has a native rzz.
    """
    finder = _Finder(ops, has_rzz)
    for place, op in enumerate(ops):
        if op.kind in ("x", "z"):
            finder.pair(place, op)
    return list(finder.rest())


class _Finder:
    """Gates by wire, some of them already taken."""

    def __init__(self, ops: Sequence[Op], has_rzz: Callable[[int, int], bool]) -> None:
        self._ops: list[Op | None] = list(ops)
        self._has_rzz = has_rzz
        self._on: dict[int, list[int]] = defaultdict(list)
        for place, op in enumerate(ops):
            for wire in op.wires:
                self._on[wire].append(place)

    def rest(self) -> Iterator[Op]:
        """The gates, each rotation of X x X as an rzz between Hadamards."""
        for op in self._ops:
            if op is None:
                continue
            if op.kind != "rxx":
                yield op
                continue
            turned = [Op("const", (wire,), matrix=HADAMARD) for wire in op.wires]
            yield from (*turned, Op("rzz", op.wires, op.angle), *turned)

    def pair(self, place: int, turn: Op) -> None:
        """Join a turn with the two cx around it, where there are such."""
        wire = turn.wires[0]
        closings: dict[Pair, int] = {}
        for wires, closing in self._around(place, turn.kind, wire, 1):
            closings.setdefault(wires, closing)
        for wires, opening in self._around(place, turn.kind, wire, -1) if closings else ():
            if wires not in closings or not self._has_rzz(*wires):
                continue
            other = wires[0] if wire == wires[1] else wires[1]
            if self._is_free(other, opening, closings[wires], turn.kind):
                self._ops[opening] = self._ops[closings[wires]] = None
                kind = "rzz" if turn.kind == "z" else "rxx"
                self._ops[place] = Op(kind, wires, turn.angle)
                bisect.insort(self._on[other], place)
                return

    def _around(self, place: int, kind: str, wire: int, way: int) -> Iterator[tuple[Pair, int]]:
        """The cx on one side of a turn that could reach it, the nearest first."""
        places = self._on[wire]
        i = bisect.bisect_left(places, place) + way
        role = 1 if kind == "z" else 0
        while 0 <= i < len(places):
            op = self._ops[places[i]]
            if op is not None:
                if op.kind == "cx" and op.wires[role] == wire:
                    yield (op.wires[0], op.wires[1]), places[i]
                if not (op.commutes_with_x(wire) if kind == "z" else op.commutes_with_z(wire)):
                    return
            i += way

    def _is_free(self, wire: int, opening: int, closing: int, kind: str) -> bool:
        """Whether the gates between two cx on their other wire let both of them pass."""
        places = self._on[wire]
        inner = places[bisect.bisect_right(places, opening) : bisect.bisect_left(places, closing)]
        found = (self._ops[place] for place in inner)
        return all(
            op is None or (op.commutes_with_z(wire) if kind == "z" else op.commutes_with_x(wire))
            for op in found
        )
