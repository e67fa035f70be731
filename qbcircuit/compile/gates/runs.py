"""One-qubit gates in a row: constants multiplied out, z rotations with free angles merged.

A run is U = C_n Z(e_n) C_(n-1) ... Z(e_1) C_0 with constant C and angles e that may hold
Parameters, Z(e) = exp(-i e Z/2). Nothing is decided by the value of a Parameter, so a run has
the same gates whatever is bound later.
"""

from __future__ import annotations

import functools
import math
from typing import TypeAlias

from qbcircuit.compile.gates.rotations import (
    IDENTITY,
    ZERO,
    Angle,
    Matrix,
    Step,
    X,
    dagger,
    euler,
    is_diagonal,
    is_flip,
    phase_between,
    product,
    z_matrix,
)

_CLOSE = 1e-10
_Z = z_matrix(math.pi)

State: TypeAlias = tuple[tuple[Matrix, ...], tuple[Angle, ...]]
"""The constants and turns of a run."""


class Run:
    """The one-qubit gates that wait on a wire.

    Args:
        has_rx: whether x rotations are native there.
    """

    __slots__ = ("_constants", "_has_rx", "_turns")

    def __init__(self, has_rx: bool = False) -> None:
        self._has_rx = has_rx
        self._constants: list[Matrix] = [IDENTITY]
        self._turns: list[Angle] = []

    def apply(self, matrix: Matrix) -> None:
        """A constant gate."""
        self._constants[-1] = product(matrix, self._constants[-1])

    def turn(self, angle: Angle) -> None:
        """A z rotation, merged with an earlier one that it can reach."""
        if angle.is_number:
            self.apply(z_matrix(angle.number))
            return
        if self._turns and is_diagonal(self._constants[-1]):
            self._turns[-1] += angle
        elif self._turns and is_flip(self._constants[-1]):
            self._turns[-1] += -angle
        else:
            self._turns.append(angle)
            self._constants.append(IDENTITY)
        if self._turns[-1].is_number:  # the Parameters cancelled: a constant is left
            last = self._constants.pop()
            self.apply(product(last, z_matrix(self._turns.pop().number)))

    @property
    def opening(self) -> Matrix:
        """The first constant."""
        return self._constants[0]

    @property
    def constant(self) -> Matrix:
        """The last constant: the whole run where nothing was turned."""
        return self._constants[-1]

    def copy(self) -> Run:
        """The same gates, to be changed on their own."""
        other = Run(self._has_rx)
        other._constants, other._turns = list(self._constants), list(self._turns)
        return other

    def after(self, matrix: Matrix) -> Run:
        """The same gates after a constant one."""
        other = self.copy()
        other._constants[0] = product(other._constants[0], matrix)
        return other

    def before(self, matrix: Matrix) -> Run:
        """The same gates before a constant one."""
        other = self.copy()
        other.apply(matrix)
        return other

    @property
    def size(self) -> tuple[int, int]:
        """Pulses, and z rotations."""
        names = [name for name, _ in self._steps()]
        return len(names) - names.count("z"), names.count("z")

    def take_z(self) -> Angle:
        """Remove the z rotation at the end of the run and return it."""
        taken, (constants, turns) = _taken(self._state, self._has_rx)
        self._constants, self._turns = list(constants), list(turns)
        return taken

    def pass_z(self) -> None:
        """A Z that comes first goes to the end, where it may meet another."""
        constants, turns = _passed(self._state, self._has_rx)
        self._constants, self._turns = list(constants), list(turns)

    def release(self) -> list[Step]:
        """The run as z and x rotations, sx and x pulses, in time order; nothing waits after."""
        steps = self._steps()
        self._constants, self._turns = [IDENTITY], []
        return steps

    @property
    def _state(self) -> State:
        return tuple(self._constants), tuple(self._turns)

    def _steps(self) -> list[Step]:
        return list(_steps(self._state, self._has_rx))


@functools.lru_cache(maxsize=4096)
def _steps(state: State, has_rx: bool) -> tuple[Step, ...]:
    """The rotations and pulses of a run; wires of a chain share most of theirs."""
    constants, turns = state
    steps = euler(constants[0])
    for turn, constant in zip(turns, constants[1:], strict=True):
        steps += [("z", turn), *euler(constant)]
    steps = merged(steps)
    return tuple(with_x_rotations(steps) if has_rx else steps)


@functools.lru_cache(maxsize=4096)
def _taken(state: State, has_rx: bool) -> tuple[Angle, State]:
    """The z rotation at the end of a run, and the run without it."""
    constants, turns = list(state[0]), list(state[1])
    taken = ZERO
    while True:
        last = constants[-1]
        if not is_diagonal(last) and not is_flip(last):
            name, end = _steps((tuple(constants), tuple(turns)), has_rx)[-1]
            if name == "z":
                constants[-1] = product(z_matrix(-end.number), last)
                taken += end
            break
        flipped = is_flip(last)
        phase = phase_between(last[2], last[1]) if flipped else phase_between(last[3], last[0])
        taken += Angle(phase)
        constants[-1] = X if flipped else IDENTITY
        if not turns:
            break
        earlier = turns.pop()
        taken += -earlier if flipped else earlier
        constants.pop()
        if flipped:
            constants[-1] = product(X, constants[-1])
    return taken, (tuple(constants), tuple(turns))


@functools.lru_cache(maxsize=4096)
def _passed(state: State, has_rx: bool) -> State:
    """A run with a Z that comes first moved to its end, where its form allows that.

    C Z(a) K Z = M C Z(-a) K, where K turns Z into an axis P at right angles to it, and M =
    C P C^dag is a z rotation again.
    """
    constants, turns = state
    if len(turns) != 1:
        return state
    name, angle = _steps(state, has_rx)[0]
    if name != "z" or not angle.is_number or not _is_pi(angle.number):
        return state
    first, last = constants
    kept = product(first, _Z)
    turned = product(product(kept, _Z), dagger(kept))
    moved = product(product(last, turned), dagger(last))
    if not is_flip(turned) or not is_diagonal(moved):
        return state
    return (kept, product(moved, last)), (-turns[0],)


def _is_pi(number: float) -> bool:
    return abs(math.remainder(number - math.pi, math.tau)) < _CLOSE


def merged(steps: list[Step]) -> list[Step]:
    """Neighbouring z rotations added up; those that are the identity left out."""
    out: list[Step] = []
    for name, angle in steps:
        joins = name == "z" and bool(out) and out[-1][0] == "z"
        total = out.pop()[1] + angle if joins else angle
        if name != "z" or not total.vanishes:
            out.append((name, total))
    return out


def with_x_rotations(steps: list[Step]) -> list[Step]:
    """SX Z(a) SX = Z(-pi/2) RX(a - pi) Z(-pi/2): one pulse where rx is native."""
    out: list[Step] = []
    quarter = Angle(-math.pi / 2)
    i = 0
    while i < len(steps):
        if [name for name, _ in steps[i : i + 3]] == ["sx", "z", "sx"]:
            turned = steps[i + 1][1] + Angle(-math.pi)
            out += [("z", quarter), ("rx", turned), ("z", quarter)]
            i += 3
        else:
            out.append(steps[i])
            i += 1
    return merged(out)
