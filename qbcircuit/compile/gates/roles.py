"""Which wire of a two-qubit rotation is the control, where the native gate does not care.

cx(a, b) x(a) z(b) cx(a, b) is the same with a and b exchanged: exp(-i (alpha XX + beta ZZ)/2).
Made of cz, a target is a wire turned by a Hadamard, so a wire that keeps its role from gate to
gate needs no pulses in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import rustworkx as rx

from qbcircuit.compile.gates.entanglers import Couplers
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import HADAMARD
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
    asked: list[list[int]] = [[]]
    if colours:
        asked.append([i for i, one in enumerate(found) if colours[one.wires[0]]])
    gaps = list(_gaps(ops, inside={(one.opening, one.closing) for one in found}))
    turned = [_turned_wire(op, couplers) for op in ops]
    tries = [_Roles(found, gaps, turned, exchanged) for exchanged in asked]
    if all(one.total for one in tries):
        for one in tries:
            one.improve()
    return min(tries, key=lambda one: one.total).of(ops)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Gap:
    """What stands on a wire between two gates, the last and the first one included.

    Args:
        wire: where.
        left: place of the gate before.
        right: place of the gate after.
        between: one-qubit gates.
        pulses: that they take, by whether the gates on both sides turn the wire by a Hadamard;
            shared by equal rows.
    """

    wire: int
    left: int
    right: int
    between: Sequence[Op]
    pulses: dict[tuple[bool, bool], int]


class _Roles:
    """Which rotations are exchanged, and the pulses between neighbouring gates."""

    def __init__(
        self,
        rotations: Sequence[_Rotation],
        gaps: Sequence[_Gap],
        turned: Sequence[int],
        exchanged: Iterable[int],
    ) -> None:
        self._rotations = rotations
        self._gaps = gaps
        self._turned = list(turned)
        self._exchanged = [False] * len(rotations)
        for i in exchanged:
            self._exchange(i)

    def of(self, ops: Sequence[Op]) -> list[Op]:
        """The gates, some rotations exchanged."""
        ops = list(ops)
        for one, exchanged in zip(self._rotations, self._exchanged, strict=True):
            if exchanged:
                a, b = one.wires
                other = {a: b, b: a}
                for place in (one.opening, *one.turns, one.closing):
                    op = ops[place]
                    wires = tuple([other[wire] for wire in op.wires])
                    ops[place] = Op(op.kind, wires, op.angle, op.matrix)
        return ops

    @property
    def total(self) -> int:
        """Pulses in all gaps."""
        return self._pulses(self._gaps)

    def improve(self) -> None:
        """Exchange one rotation after another, as long as that saves pulses."""
        near: dict[int, list[_Gap]] = defaultdict(list)
        for gap in self._gaps:
            near[gap.left].append(gap)
            if gap.right != gap.left:
                near[gap.right].append(gap)
        for _ in range(_ROUNDS):
            changed = False
            for i, one in enumerate(self._rotations):
                gaps = near[one.opening] + near[one.closing]
                before = self._pulses(gaps)
                self._exchange(i)
                if self._pulses(gaps) < before:
                    changed = True
                else:
                    self._exchange(i)
            if not changed:
                return

    def _exchange(self, number: int) -> None:
        one = self._rotations[number]
        self._exchanged[number] = not self._exchanged[number]
        for place in (one.opening, one.closing):
            self._turned[place] = sum(one.wires) - self._turned[place]

    def _pulses(self, gaps: Iterable[_Gap]) -> int:
        """Pulses in some gaps, the Hadamards of their gates included."""
        turned, total = self._turned, 0
        for gap in gaps:
            sides = turned[gap.left] == gap.wire, turned[gap.right] == gap.wire
            pulses = gap.pulses.get(sides)
            if pulses is None:
                pulses = gap.pulses[sides] = _pulses(sides[0], gap.between, sides[1])
            total += pulses
        return total


def _turned_wire(op: Op, couplers: Couplers) -> int:
    """The wire that a gate turns by Hadamards; -1: none."""
    is_cz = op.kind == "cx" and couplers.recipe("cx", *op.wires).name == "cz"
    return op.wires[1] if is_cz else -1


def _gaps(ops: Sequence[Op], inside: Set[tuple[int, int]]) -> Iterator[_Gap]:
    """The gaps of all wires; the last gate of a wire is followed by its first: sweeps repeat.

    Args:
        ops: gates in time order.
        inside: places of gates whose gaps are left out.
    """
    heads: dict[int, tuple[int, list[Op]]] = {}
    last: dict[int, int] = {}
    waiting: dict[int, list[Op]] = defaultdict(list)
    known: dict[tuple[tuple[str, int, int], ...], dict[tuple[bool, bool], int]] = {}

    def gap(wire: int, right: int, between: list[Op]) -> _Gap:
        row = tuple([(op.kind, id(op.angle), id(op.matrix)) for op in between])
        return _Gap(wire, last[wire], right, between, known.setdefault(row, {}))

    for place, op in enumerate(ops):
        if len(op.wires) == 1:
            waiting[op.wires[0]].append(op)
            continue
        for wire in op.wires:
            between = waiting.pop(wire, [])
            if wire not in last:
                heads[wire] = place, between
            elif (last[wire], place) not in inside:
                yield gap(wire, place, between)
            last[wire] = place
    for wire, (first, before) in heads.items():
        if (last[wire], first) not in inside:
            yield gap(wire, first, [*waiting.get(wire, ()), *before])


def _pulses(left: bool, between: Iterable[Op], right: bool) -> int:
    run = Run()
    if left:
        run.apply(HADAMARD)
    for op in between:
        if op.kind == "const":
            run.apply(op.matrix)
        elif op.kind == "z":
            run.turn(op.angle)
        elif op.kind == "x":
            run.turn_about_x(op.angle)
    if right:
        run.apply(HADAMARD)
    return sum(name != "z" for name, _ in run.release())
