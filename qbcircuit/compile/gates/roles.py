"""Which wire of a two-qubit rotation is the control, where the native gate does not care.

cx(a, b) x(a) z(b) cx(a, b) is the same with a and b exchanged: exp(-i (alpha XX + beta ZZ)/2).
Made of cz, a target is a wire turned by a Hadamard, so a wire that keeps its role from gate to
gate needs no pulses in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import rustworkx as rx

from qbcircuit.compile.gates.entanglers import Couplers
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import HADAMARD, Angle, Matrix
from qbcircuit.compile.gates.runs import Run

_ROUNDS = 8
"""Rounds of improvement; a chain needs two."""


@dataclass(frozen=True, slots=True)
class _Rotation:
    """Places of the two cx of a rotation and of the turns between them."""

    opening: int
    turns: tuple[int, ...]
    closing: int
    wires: tuple[int, int]


def with_steady_roles(ops: Sequence[Op], couplers: Couplers) -> list[Op]:
    """The gates with rotations exchanged where that leaves fewer pulses.

    Args:
        ops: gates in time order.
        couplers: the device.
    """
    found = [one for one in _rotations(ops) if couplers.recipe("cz", *one.wires).name == "cz"]
    if not found:
        return list(ops)
    colours = _two_colours(couplers)
    asked = [frozenset[int]()]
    if colours:
        asked.append(frozenset(i for i, one in enumerate(found) if colours[one.wires[0]]))
    tries = [_Roles(ops, found, couplers, turned) for turned in asked]
    for one in tries:
        one.improve()
    return min(tries, key=lambda one: one.total).ops


def _rotations(ops: Sequence[Op]) -> list[_Rotation]:
    """Pairs of equal cx with nothing but x on the control and z on the target between them."""
    found: list[_Rotation] = []
    since: dict[int, list[int]] = {}
    for place, op in enumerate(ops):
        if len(op.wires) == 1:
            since.setdefault(op.wires[0], []).append(place)
            continue
        a, b = op.wires
        before = since.get(a, []), since.get(b, [])
        opening = before[0][0] if before[0] and before[1] and before[0][0] == before[1][0] else -1
        turns = tuple(sorted(before[0][1:] + before[1][1:]))
        closes = opening >= 0 and op.kind == "cx" and ops[opening] == op
        if closes and all(_is_inner(ops[i], a, b) for i in turns):
            found.append(_Rotation(opening, turns, place, (a, b)))
            since[a] = []
            since[b] = []
        else:
            since[a] = [place]
            since[b] = [place]
    return found


def _is_inner(op: Op, control: int, target: int) -> bool:
    return (op.kind, op.wires) in (("x", (control,)), ("z", (target,)))


def _two_colours(couplers: Couplers) -> Mapping[int, int] | None:
    """0 or 1 for every wire, neighbours different, where the couplings allow it."""
    if couplers.edges is None:
        return None
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(couplers.singles)))
    graph.add_edges_from_no_data(sorted(couplers.edges))
    colours: Mapping[int, int] | None = rx.two_color(graph)
    return colours


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands on a wire between two gates, the last and the first one included."""

    wire: int
    left: int
    between: tuple[tuple[str, Angle, Matrix], ...]
    right: int


class _Roles:
    """Gates with some rotations exchanged, and the pulses between neighbouring gates."""

    def __init__(
        self,
        ops: Sequence[Op],
        rotations: Sequence[_Rotation],
        couplers: Couplers,
        exchanged: frozenset[int],
    ) -> None:
        self.ops = list(ops)
        self._rotations = rotations
        self._couplers = couplers
        self._known: dict[tuple[object, ...], int] = {}
        inside = {(one.opening, one.closing) for one in rotations}
        self._gaps = [gap for gap in _gaps(ops) if (gap.left, gap.right) not in inside]
        for i in sorted(exchanged):
            self._exchange(rotations[i])

    @property
    def total(self) -> int:
        """Pulses in all gaps."""
        return sum(map(self._pulses, self._gaps))

    def improve(self) -> None:
        """Exchange one rotation after another, as long as that saves pulses."""
        near: dict[int, list[_Gap]] = defaultdict(list)
        for gap in self._gaps:
            for place in {gap.left, gap.right}:
                near[place].append(gap)
        for _ in range(_ROUNDS):
            changed = False
            for one in self._rotations:
                gaps = near[one.opening] + near[one.closing]
                before = sum(map(self._pulses, gaps))
                self._exchange(one)
                if sum(map(self._pulses, gaps)) < before:
                    changed = True
                else:
                    self._exchange(one)
            if not changed:
                return

    def _exchange(self, rotation: _Rotation) -> None:
        a, b = rotation.wires
        other = {a: b, b: a}
        for place in (rotation.opening, *rotation.turns, rotation.closing):
            op = self.ops[place]
            self.ops[place] = Op(op.kind, tuple(other[w] for w in op.wires), op.angle, op.matrix)

    def _pulses(self, gap: _Gap) -> int:
        """Pulses in a gap, the Hadamards of its gates included."""
        left, right = (self._is_turned(place, gap.wire) for place in (gap.left, gap.right))
        key = left, gap.between, right
        if key not in self._known:
            self._known[key] = _pulses(*key)
        return self._known[key]

    def _is_turned(self, place: int, wire: int) -> bool:
        op = self.ops[place]
        is_target = op.kind == "cx" and op.wires[1] == wire
        return is_target and self._couplers.recipe("cx", *op.wires).name == "cz"


def _gaps(ops: Sequence[Op]) -> list[_Gap]:
    """The gaps of all wires; the last gate of a wire is followed by its first: sweeps repeat."""
    on: dict[int, list[int]] = defaultdict(list)
    for place, op in enumerate(ops):
        for wire in op.wires:
            on[wire].append(place)
    found: list[_Gap] = []
    for wire, places in on.items():
        gates = [i for i, place in enumerate(places) if len(ops[place].wires) == 2]
        for i, j in zip(gates, gates[1:] + [n + len(places) for n in gates[:1]], strict=True):
            inner = [ops[places[n % len(places)]] for n in range(i + 1, j)]
            between = tuple((op.kind, op.angle, op.matrix) for op in inner)
            found.append(_Gap(wire, places[i], between, places[j % len(places)]))
    return found


def _pulses(left: bool, between: tuple[tuple[str, Angle, Matrix], ...], right: bool) -> int:
    run = Run()
    if left:
        run.apply(HADAMARD)
    for kind, angle, matrix in between:
        if kind == "const":
            run.apply(matrix)
        elif kind == "z":
            run.turn(angle)
        elif kind == "x":
            run.apply(HADAMARD)
            run.turn(angle)
            run.apply(HADAMARD)
    if right:
        run.apply(HADAMARD)
    return sum(name != "z" for name, _ in run.release())
