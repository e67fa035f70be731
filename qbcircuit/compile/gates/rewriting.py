"""Rewritings of gate lists that hold for every value of the angles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import is_diagonal, product

_CLOSE = 1e-10


def simplified(ops: Iterable[Op]) -> list[Op]:
    """Gates that undo each other removed and rotations of a kind merged.

    Gates meet across others that commute with them whatever the angles are. What is left has
    nothing more of the kind: to simplify it again changes nothing.
    """
    stack = _Stack()
    for op in ops:
        stack.push(op)
    return stack.ops


def without_rzz(ops: Iterable[Op]) -> Iterator[Op]:
    """Every rzz(a, b) as cx(a, b) z(b) cx(a, b)."""
    for op in ops:
        if op.kind == "rzz":
            yield from (Op("cx", op.wires), Op("z", op.wires[1:], op.angle), Op("cx", op.wires))
        else:
            yield op


def without_swaps(ops: Iterable[Op]) -> list[Op]:
    """Every swap as three cx, in the order that lets one cancel against a cx of the same pair.

    One-qubit gates before a swap pass to the other wire so that the two can meet.
    """
    stack = _Stack()
    for op in _swaps_turned(list(ops)):
        if op.kind != "swap":
            stack.push(op)
            continue
        a, b = op.wires
        waiting = stack.pop_single(a, b) + stack.pop_single(b, a)
        first = stack.last(a)
        if first is not None and first is stack.last(b) and first.wires == (b, a):
            a, b = b, a
        for pair in ((a, b), (b, a), (a, b)):
            stack.push(Op("cx", pair))
        for later in waiting:
            stack.push(later)
    return stack.ops


def _swaps_turned(ops: list[Op]) -> list[Op]:
    """Each swap named in the order of the next cx of its pair, where that comes next."""
    following: dict[int, Op] = {}
    turned: list[Op] = []
    for op in reversed(ops):
        named = _named_like(following, op) if op.kind == "swap" else op
        if len(named.wires) == 2:
            following.update(dict.fromkeys(named.wires, named))
        turned.append(named)
    return turned[::-1]


def _named_like(following: dict[int, Op], swap: Op) -> Op:
    """The swap, its wires in the order of the cx that comes next on both of them."""
    after = following.get(swap.wires[0])
    if after is None or after is not following.get(swap.wires[1]) or after.kind != "cx":
        return swap
    return Op("swap", after.wires)


class _Stack:
    """Gates in order, with the ones on each wire at hand; removing leaves a hole."""

    def __init__(self) -> None:
        self._all: list[Op | None] = []
        self._on: dict[int, list[int]] = defaultdict(list)

    @property
    def ops(self) -> list[Op]:
        return [op for op in self._all if op is not None]

    def last(self, wire: int) -> Op | None:
        places = self._on.get(wire)
        return self._all[places[-1]] if places else None

    def push(self, op: Op) -> None:
        partner = self._partner(op)
        if partner is None:
            for wire in op.wires:
                self._on[wire].append(len(self._all))
            self._all.append(op)
            return
        self._merge(op, partner)

    def _merge(self, op: Op, partner: int) -> None:
        """Put a gate and the earlier one that it meets together, in the place of that one."""
        earlier = self._all[partner]
        assert earlier is not None
        merged = _together(earlier, op)
        self._all[partner] = merged
        if merged is None:
            for wire in op.wires:
                self._on[wire].remove(partner)
        elif merged.kind == "const":  # a product may pass what its factors cannot
            places = self._on[op.wires[0]]
            further = self._reach(merged, op.wires[0], places[: places.index(partner)])
            if further is not None:
                self._all[partner] = None
                places.remove(partner)
                self._merge(merged, further)

    def pop_single(self, wire: int, new_wire: int) -> list[Op]:
        """Take the one-qubit gates at the end of a wire, renamed to another wire, in order."""
        taken: list[Op] = []
        places = self._on.get(wire, [])
        while (op := self.last(wire)) is not None and len(op.wires) == 1 and op.kind != "reset":
            self._all[places.pop()] = None
            taken.append(Op(op.kind, (new_wire,), op.angle, op.matrix))
        return taken[::-1]

    def _partner(self, op: Op) -> int | None:
        """The place of an earlier gate that this one can meet and merge with."""
        first, *others = op.wires
        found = self._reach(op, first, self._on[first])
        if found is None or any(self._reach(op, wire, self._on[wire]) != found for wire in others):
            return None
        return found

    def _reach(self, op: Op, wire: int, places: Sequence[int]) -> int | None:
        """The nearest of some places on a wire with a gate like this one, if it can get there."""
        passes_z = passes_x = None
        for place in reversed(places):
            earlier = self._all[place]
            assert earlier is not None
            if _alike(earlier, op):
                return place
            if passes_z is None:
                passes_z, passes_x = op.commutes_with_z(wire), op.commutes_with_x(wire)
            if not (
                (passes_z and earlier.commutes_with_z(wire))
                or (passes_x and earlier.commutes_with_x(wire))
            ):
                return None
        return None


def _alike(earlier: Op, later: Op) -> bool:
    if earlier.kind != later.kind or earlier.kind in ("swap", "reset"):
        return False
    symmetric = earlier.kind in ("cz", "rzz") and set(earlier.wires) == set(later.wires)
    return symmetric or earlier.wires == later.wires


def _together(earlier: Op, later: Op) -> Op | None:
    """Two alike gates as one; ``None`` where nothing is left."""
    if earlier.kind in ("cx", "cz"):
        return None
    if earlier.kind == "const":
        matrix = product(later.matrix, earlier.matrix)
        scalar = is_diagonal(matrix) and abs(matrix[0] - matrix[3]) < _CLOSE
        return None if scalar else Op("const", earlier.wires, matrix=matrix)
    angle = earlier.angle + later.angle
    return None if angle.vanishes else Op(earlier.kind, earlier.wires, angle)
