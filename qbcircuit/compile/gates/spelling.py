"""One-qubit steps in the gates that a qubit has."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from qbcircuit.compile.gates.rotations import Angle, Step
from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qiskit.circuit import ParameterExpression

Gate: TypeAlias = "tuple[str, tuple[float | ParameterExpression, ...]]"
"""A native gate and its angles."""

_PI, _HALF = math.pi, math.pi / 2
_SPELLINGS: dict[str, list[tuple[frozenset[str], Callable[[Angle], list[Gate]]]]] = {
    "z": [
        (frozenset({"rz"}), lambda a: [("rz", (a.value,))]),
        (frozenset({"p"}), lambda a: [("p", (a.value,))]),
        (frozenset({"u1"}), lambda a: [("u1", (a.value,))]),
        (frozenset({"u"}), lambda a: [("u", (0.0, 0.0, a.value))]),
        (frozenset({"u3"}), lambda a: [("u3", (0.0, 0.0, a.value))]),
        (frozenset({"r"}), lambda a: [("r", (_PI, 0.0)), ("r", (_PI, a.value / 2))]),
        (
            frozenset({"rx", "ry"}),
            lambda a: [("rx", (-_HALF,)), ("ry", (a.value,)), ("rx", (_HALF,))],
        ),
    ],
    "sx": [
        (frozenset({"sx"}), lambda _: [("sx", ())]),
        (frozenset({"rx"}), lambda _: [("rx", (_HALF,))]),
        (frozenset({"r"}), lambda _: [("r", (_HALF, 0.0))]),
        (frozenset({"u"}), lambda _: [("u", (_HALF, -_HALF, _HALF))]),
        (frozenset({"u3"}), lambda _: [("u3", (_HALF, -_HALF, _HALF))]),
        (
            frozenset({"rz", "ry"}),
            lambda _: [("rz", (_HALF,)), ("ry", (_HALF,)), ("rz", (-_HALF,))],
        ),
        (frozenset({"rz", "h"}), lambda _: [("h", ()), ("rz", (_HALF,)), ("h", ())]),
    ],
    "x": [
        (frozenset({"x"}), lambda _: [("x", ())]),
        (frozenset({"rx"}), lambda _: [("rx", (_PI,))]),
        (frozenset({"r"}), lambda _: [("r", (_PI, 0.0))]),
        (frozenset({"u"}), lambda _: [("u", (_PI, 0.0, _PI))]),
    ],
    "rx": [(frozenset({"rx"}), lambda a: [("rx", (a.value,))])],
}
"""Each step in the gates of common devices, the best first."""


def spelled(steps: Sequence[Step], gates: frozenset[str]) -> tuple[Gate, ...]:
    """Steps in a qubit's own gates.

    Raises:
        InvalidRequest: the gates make no z rotation or no square root of X.
    """
    return tuple(gate for step in steps for gate in _spelled(step, gates))


@functools.lru_cache(maxsize=4096)
def _spelled(step: Step, gates: frozenset[str]) -> tuple[Gate, ...]:
    name, angle = step
    return tuple(_spelling(name, gates)(angle))


@functools.cache
def _spelling(name: str, gates: frozenset[str]) -> Callable[[Angle], list[Gate]]:
    for needed, spell in _SPELLINGS[name]:
        if needed <= gates:
            return spell
    if name == "x":
        half = _spelling("sx", gates)
        return lambda angle: half(angle) * 2
    raise InvalidRequest(
        "A target needs one-qubit gates such as rz and sx on every qubit in use, got "
        f"{', '.join(sorted(gates)) or 'none'}. Use another target."
    )
