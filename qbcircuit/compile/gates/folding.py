"""Angles of rzz brought into [0, pi/2], which is all that fractional gates take.

rzz(-a) = X rzz(a) X on either wire, and rzz(a + pi) = rzz(a) Z Z up to phase. Which of the two a
gate needs depends on the angle that is bound, so a template has a variant for every pattern of
folds; what changes with the angle is a Parameter, so that binding zero still rests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import ZERO, Angle, X, is_diagonal

if TYPE_CHECKING:
    from qiskit.circuit import Parameter

_ROUNDING = 1e-12
"""Distance from a multiple of pi/2 at which rounding could leave the range."""

Values = Mapping["Parameter", float]
"""What is bound to every Parameter."""


@dataclass(frozen=True, slots=True)
class Fold:
    """How one angle comes into the range.

    Formula: a = sign b + multiple pi, with b in [0, pi/2].

    Args:
        sign: of the remainder at zero angles, or of the bound one where that vanishes.
        multiple: of pi in the angle at zero angles.
        turned: whether the bound angle has an odd number of pi more than that.
        flipped: whether the remainder of the bound angle has the other sign.
        own: whether the gate gets a Parameter of its own.
    """

    sign: int = 1
    multiple: int = 0
    turned: bool = False
    flipped: bool = False
    own: bool = False


PLAIN = Fold()
"""An angle that is in the range already."""

Pattern = tuple[Fold, ...]
"""One fold for every angle of :func:`turns`."""


def turns(ops: Iterable[Op]) -> tuple[Angle, ...]:
    """The different angles of rzz gates, in the order in which they are met."""
    return tuple(dict.fromkeys(op.angle for op in ops if op.kind == "rzz"))


def pattern(angles: Sequence[Angle], values: Values) -> tuple[Pattern, tuple[float, ...]]:
    """The folds that some values need, and what to bind to the Parameters that they add.

    Args:
        angles: of rzz gates.
        values: of every Parameter.

    Returns:
        The folds; and pi for the turns where there are any, then the change of every angle
        that has a Parameter of its own.
    """
    found = [_fold(angle, values) for angle in angles]
    folds = tuple(fold for fold, _ in found)
    added = [math.pi] if _has_turns(folds) else []
    return folds, (*added, *(change for fold, change in found if fold.own))


def _has_turns(folds: Pattern) -> bool:
    return any(fold.turned or fold.flipped for fold in folds)


def _fold(angle: Angle, values: Values) -> tuple[Fold, float]:
    rest, goal = angle.at({}), angle.at(values)
    before, after = round(rest / math.pi), round(goal / math.pi)
    b_rest, b_goal = rest - before * math.pi, goal - after * math.pi
    exact = angle.is_multiple and after == 0
    sign = int(math.copysign(1, b_goal)) if exact and b_goal else _sign(b_rest) or _sign(b_goal)
    sign = sign or angle.slope_sign
    flipped = _sign(b_goal) == -sign
    tiny = 0 < abs(goal) < _ROUNDING  # qiskit drops a coefficient, sign and all, below 1e-16
    unsafe = angle.rest is not None or (not angle.is_multiple and _is_at_edge(b_goal)) or tiny
    own = flipped or before != after or unsafe
    fold = Fold(sign, before, (after - before) % 2 == 1, flipped, own)
    return fold, (_magnitude(b_goal) - _magnitude(b_rest) if own else 0.0)


def _sign(remainder: float) -> int:
    return 0 if abs(remainder) < _ROUNDING else int(math.copysign(1, remainder))


def _is_at_edge(remainder: float) -> bool:
    return not _ROUNDING < abs(remainder) < math.pi / 2 - _ROUNDING


def _magnitude(remainder: float) -> float:
    return min(abs(remainder), math.pi / 2)


def folded(ops: Sequence[Op], folds: Pattern) -> tuple[list[Op], tuple[Parameter, ...]]:
    """The gates with their rzz folded, and the Parameters that were added.

    Args:
        ops: gates in time order.
        folds: one for every angle of :func:`turns`.
    """
    from qiskit.circuit import Parameter

    if not folds:
        return list(ops), ()
    angles = turns(ops)
    turn = Parameter("turn") if _has_turns(folds) else None
    own = {
        angle: Parameter(f"fold {i}")
        for i, (angle, fold) in enumerate(zip(angles, folds, strict=True))
        if fold.own
    }
    writer = _Folder(dict(zip(angles, folds, strict=True)), own, turn)
    out = [new for op in ops for new in writer.fold(op)] + list(writer.rest())
    return out, (*([turn] if turn else []), *own.values())


class _Folder:
    """Folds gates in time order; an X that some rzz needs waits on its wire for the next."""

    def __init__(
        self, folds: Mapping[Angle, Fold], own: Mapping[Angle, Parameter], turn: Parameter | None
    ) -> None:
        self._folds = folds
        self._own = own
        self._turn = ZERO if turn is None else Angle(linear=((turn, 1.0),))
        self._flips: set[int] = set()
        self._free: dict[int, bool] = {}

    def fold(self, op: Op) -> Iterator[Op]:
        """The gate, in the frame of the X that wait."""
        if op.kind == "rzz":
            yield from self._rzz(op)
        elif len(op.wires) == 2:
            yield from self._passed(op)
        elif op.kind == "z":
            yield Op("z", op.wires, -op.angle) if op.wires[0] in self._flips else op
        elif op.kind == "x":
            self._free[op.wires[0]] = True
            yield op
        else:
            yield from self._settled(op)

    def rest(self) -> Iterator[Op]:
        """The X that wait at the end."""
        for wire in sorted(self._flips):
            yield Op("const", (wire,), matrix=X)

    def _settled(self, op: Op) -> Iterator[Op]:
        wire = op.wires[0]
        if op.kind == "reset":
            self._flips.discard(wire)
        elif wire in self._flips and not is_diagonal(op.matrix):
            self._flips.discard(wire)
            yield Op("const", op.wires, matrix=X)
        elif wire in self._flips:
            a, b, c, d = op.matrix
            yield Op("const", op.wires, matrix=(d, b, c, a))
            return
        self._free[wire] = True
        yield op

    def _passed(self, op: Op) -> Iterator[Op]:
        """X through a cx or cz: it becomes X on the target too, or Z on the other wire."""
        a, b = op.wires
        self._free[a] = self._free[b] = False
        held = [wire for wire in (a, b) if wire in self._flips]
        yield op
        if op.kind == "cx" and a in held:
            self._flips ^= {b}
        elif op.kind == "cz":
            for wire in held:
                yield Op("z", (b if wire == a else a,), Angle(math.pi))

    def _rzz(self, op: Op) -> Iterator[Op]:
        fold = self._folds[op.angle]
        a, b = op.wires
        if ((a in self._flips) != (b in self._flips)) != (fold.sign < 0):
            wire = a if self._free.get(a) or not self._free.get(b) else b
            self._flips ^= {wire}
            yield Op("const", (wire,), matrix=X)
        angle = op.angle + Angle(-fold.multiple * math.pi)
        angle = -angle if fold.sign < 0 else angle
        if op.angle in self._own:
            rest = abs(angle.at({}))
            angle = Angle(rest, ((self._own[op.angle], 1.0),))
        if fold.flipped:
            yield Op("x", (a,), self._turn)
        yield Op("rzz", op.wires, angle)
        if fold.flipped:
            yield Op("x", (a,), -self._turn)
        self._free[a] = self._free[b] = False
        for wire in (a, b):
            sign = -1.0 if wire in self._flips else 1.0
            if fold.multiple % 2:
                yield Op("z", (wire,), Angle(sign * math.pi))
            if fold.turned:
                yield Op("z", (wire,), self._turn if sign > 0 else -self._turn)
