"""One-qubit gates in a row: constants multiplied out, z rotations with free angles merged.

A run is U = C_n Z(e_n) C_(n-1) ... Z(e_1) C_0 with constant C and angles e that may hold
Parameters, Z(e) = exp(-i e Z/2). Nothing is decided by the value of a Parameter, so a run has
the same gates whatever is bound later.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from qbcircuit.compile.gates.rotations import (
    HADAMARD,
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


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What a run holds. Equal states are one object, so that what becomes of them is known at once.

    Args:
        constants: the matrices, in time order.
        turns: the angles between them.
        gates: what is native on the wire.
    """

    constants: tuple[Matrix, ...]
    turns: tuple[Angle, ...]
    gates: frozenset[str]

    @property
    def opening(self) -> Matrix:
        """The first constant."""
        return self.constants[0]

    @property
    def constant(self) -> Matrix:
        """The last constant: the whole run where nothing was turned."""
        return self.constants[-1]

    @property
    def size(self) -> tuple[int, int]:
        """Pulses, and z rotations."""
        names = [name for name, _ in steps_of(self)]
        return len(names) - names.count("z"), names.count("z")


@functools.lru_cache(maxsize=1 << 14)
def _state(constants: tuple[Matrix, ...], turns: tuple[Angle, ...], gates: frozenset[str]) -> State:
    return State(constants, turns, gates)


class Run:
    """The one-qubit gates that wait on a wire.

    Args:
        gates: what is native there; x rotations are used where it holds ``rx``.
    """

    __slots__ = ("state",)

    def __init__(self, gates: frozenset[str] = frozenset()) -> None:
        self.state = empty(gates)

    def apply(self, matrix: Matrix) -> None:
        """A constant gate."""
        self.state = applied(self.state, matrix)

    def turn(self, angle: Angle) -> None:
        """A z rotation, merged with an earlier one that it can reach."""
        self.state = turned(self.state, angle)

    def turn_about_x(self, angle: Angle) -> None:
        """An x rotation."""
        self.state = turned_about_x(self.state, angle)

    def take_z(self) -> Angle:
        """Remove the z rotation at the end of the run and return it."""
        taken, self.state = without_last_z(self.state)
        return taken

    def pass_z(self) -> None:
        """A Z that comes first goes to the end, where it may meet another."""
        self.state = with_z_last(self.state)

    def release(self) -> list[Step]:
        """The run as z and x rotations, sx and x pulses, in time order; nothing waits after."""
        steps = steps_of(self.state)
        self.state = empty(self.state.gates)
        return list(steps)


@functools.cache
def empty(gates: frozenset[str]) -> State:
    """A run of nothing."""
    return _state((IDENTITY,), (), gates)


@functools.lru_cache(maxsize=1 << 14)
def applied(state: State, matrix: Matrix) -> State:
    """A run before a constant gate."""
    constants = (*state.constants[:-1], product(matrix, state.constants[-1]))
    return _state(constants, state.turns, state.gates)


@functools.lru_cache(maxsize=1 << 14)
def led(state: State, matrix: Matrix) -> State:
    """A run after a constant gate."""
    first, *others = state.constants
    return _state((product(first, matrix), *others), state.turns, state.gates)


@functools.lru_cache(maxsize=1 << 14)
def turned_about_x(state: State, angle: Angle) -> State:
    """A run before an x rotation."""
    return applied(turned(applied(state, HADAMARD), angle), HADAMARD)


@functools.lru_cache(maxsize=1 << 14)
def turned(state: State, angle: Angle) -> State:
    """A run before a z rotation."""
    if angle.is_number:
        return applied(state, z_matrix(angle.number))
    constants, turns = list(state.constants), list(state.turns)
    if turns and is_diagonal(constants[-1]):
        turns[-1] += angle
    elif turns and is_flip(constants[-1]):
        turns[-1] += -angle
    else:
        turns.append(angle)
        constants.append(IDENTITY)
    if turns[-1].is_number:  # the Parameters cancelled: a constant is left
        last = constants.pop()
        last = product(last, z_matrix(turns.pop().number))
        constants[-1] = product(last, constants[-1])
    return _state(tuple(constants), tuple(turns), state.gates)


@functools.lru_cache(maxsize=1 << 14)
def steps_of(state: State) -> tuple[Step, ...]:
    """The rotations and pulses of a run."""
    steps = euler(state.constants[0])
    for turn, constant in zip(state.turns, state.constants[1:], strict=True):
        steps += [("z", turn), *euler(constant)]
    steps = merged(steps)
    return tuple(with_x_rotations(steps) if "rx" in state.gates else steps)


@functools.lru_cache(maxsize=1 << 14)
def without_last_z(state: State) -> tuple[Angle, State]:
    """The z rotation at the end of a run, and the run without it."""
    constants, turns = list(state.constants), list(state.turns)
    taken = ZERO
    while True:
        last = constants[-1]
        if not is_diagonal(last) and not is_flip(last):
            name, end = steps_of(_state(tuple(constants), tuple(turns), state.gates))[-1]
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
    return taken, _state(tuple(constants), tuple(turns), state.gates)


@functools.lru_cache(maxsize=1 << 14)
def with_z_last(state: State) -> State:
    """A run with a Z that comes first moved to its end, where its form allows that.

    C Z(a) K Z = M C Z(-a) K, where K turns Z into an axis P at right angles to it, and M =
    C P C^dag is a z rotation again.
    """
    if len(state.turns) != 1:
        return state
    name, angle = steps_of(state)[0]
    if name != "z" or not angle.is_number or not _is_pi(angle.number):
        return state
    first, last = state.constants
    kept = product(first, _Z)
    axis = product(product(kept, _Z), dagger(kept))
    moved = product(product(last, axis), dagger(last))
    if not is_flip(axis) or not is_diagonal(moved):
        return state
    return _state((kept, product(moved, last)), (-state.turns[0],), state.gates)


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
