"""Angles that may hold Parameters, and 2x2 matrices: what one-qubit gates are made of."""

from __future__ import annotations

import cmath
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from qiskit.circuit import Parameter, ParameterExpression

Matrix: TypeAlias = tuple[complex, complex, complex, complex]
"""A 2x2 matrix, row by row."""

Step: TypeAlias = tuple[str, "Angle"]
"""``z`` or ``rx`` with an angle, or ``sx`` or ``x`` without."""

_CLOSE = 1e-10
_ROOT = math.sqrt(0.5)

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0)
X: Matrix = (0.0, 1.0, 1.0, 0.0)
HADAMARD: Matrix = (_ROOT, _ROOT, _ROOT, -_ROOT)
SQRT_X: Matrix = (_ROOT, -1j * _ROOT, -1j * _ROOT, _ROOT)
SQRT_X_DAGGER: Matrix = (_ROOT, 1j * _ROOT, 1j * _ROOT, _ROOT)


@dataclass(frozen=True, slots=True)
class Angle:
    """A number plus Parameters times numbers, so that what cancels is seen to cancel.

    Args:
        number: the constant part.
        linear: Parameters and their coefficients.
        rest: what is not linear in its Parameters.
    """

    number: float = 0.0
    linear: tuple[tuple[Parameter, float], ...] = ()
    rest: ParameterExpression | None = None

    @classmethod
    def of(cls, value: float | ParameterExpression) -> Angle:
        """From a gate's angle."""
        return cls(float(value)) if isinstance(value, float | int) else _parsed(value)

    def __add__(self, other: Angle) -> Angle:
        number = self.number + other.number
        rest = other.rest if self.rest is None else self.rest
        if self.rest is not None and other.rest is not None:
            rest = self.rest + other.rest
        if not self.linear or not other.linear:
            return Angle(number, self.linear or other.linear, rest)
        total = dict(self.linear)
        for free, added in other.linear:
            before = total.get(free, 0.0)
            total[free] = before + added
            if abs(total[free]) <= 1e-14 * abs(before):
                del total[free]
        return Angle(number, tuple(total.items()), rest)

    def __neg__(self) -> Angle:
        linear = tuple((free, -coefficient) for free, coefficient in self.linear)
        return Angle(-self.number, linear, None if self.rest is None else -self.rest)

    def times(self, factor: float) -> Angle:
        """The angle ``factor`` times as large."""
        linear = tuple([(free, factor * coefficient) for free, coefficient in self.linear])
        return Angle(
            factor * self.number, linear, None if self.rest is None else factor * self.rest
        )

    def with_free(self, free: Parameter, value: Angle) -> Angle:
        """The angle with another in place of a Parameter in which it is linear."""
        total = Angle(self.number, rest=self.rest)
        for one, coefficient in self.linear:
            part = value.times(coefficient) if one == free else Angle(linear=((one, coefficient),))
            total += part
        return total

    @property
    def is_number(self) -> bool:
        """Whether no Parameter is left."""
        return not self.linear and self.rest is None

    @property
    def is_multiple(self) -> bool:
        """Whether it is one Parameter times a number, which binds without rounding a sign."""
        return not self.number and self.rest is None and len(self.linear) == 1

    @property
    def slope_sign(self) -> int:
        """The sign of a multiple of one Parameter, 1 otherwise."""
        return -1 if self.is_multiple and self.linear[0][1] < 0 else 1

    def at(self, values: Mapping[Parameter, float]) -> float:
        """The angle once values are bound; Parameters without one are zero."""
        total = self.number + sum(c * values.get(free, 0.0) for free, c in self.linear)
        if self.rest is None:
            return total
        bound = self.rest.bind({free: values.get(free, 0.0) for free in self.rest.parameters})
        return total + float(bound)

    @property
    def vanishes(self) -> bool:
        """Whether the rotation is the identity up to phase, whatever is bound."""
        return self.is_number and abs(math.remainder(self.number, math.tau)) < _CLOSE

    @property
    def value(self) -> float | ParameterExpression:
        """What to give a gate; the number is brought into (-pi, pi]."""
        number = _tidy(self.number)
        parts = [free if c == 1.0 else c * free for free, c in self.linear]
        parts += [] if self.rest is None else [self.rest]
        if not parts:
            return number
        return sum(parts[1:], start=parts[0] + number if number else parts[0])


def _parsed(expression: ParameterExpression) -> Angle:
    slopes = [(free, expression.gradient(free)) for free in expression.parameters]
    if not all(isinstance(slope, float | int) for _, slope in slopes):
        return Angle(rest=expression)
    number = float(expression.bind(dict.fromkeys(expression.parameters, 0.0)))
    linear = sorted(((free, float(c)) for free, c in slopes if c), key=lambda one: one[0].name)
    return Angle(number, tuple(linear))


ZERO = Angle()
"""No rotation."""


def _tidy(number: float) -> float:
    """The angle in (-pi, pi], and exactly a multiple of pi/4 where it is within rounding of one."""
    number = math.remainder(number, math.tau)
    eighth = round(number / (math.pi / 4)) * (math.pi / 4)
    number = eighth if abs(number - eighth) < _CLOSE else number
    return math.pi if number <= -math.pi else number


def product(left: Matrix, right: Matrix) -> Matrix:
    """left @ right."""
    a, b, c, d = left
    e, f, g, h = right
    return (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)


@functools.lru_cache(maxsize=1 << 12)
def dagger(matrix: Matrix) -> Matrix:
    """The inverse of a unitary."""
    a, b, c, d = (complex(entry).conjugate() for entry in matrix)
    return (a, c, b, d)


def z_matrix(angle: float) -> Matrix:
    """exp(-i angle Z/2)."""
    return (cmath.exp(-0.5j * angle), 0.0, 0.0, cmath.exp(0.5j * angle))


def is_diagonal(matrix: Matrix) -> bool:
    """Whether the matrix commutes with Z."""
    return abs(matrix[1]) < _CLOSE and abs(matrix[2]) < _CLOSE


def is_scalar(matrix: Matrix) -> bool:
    """Whether the matrix is the identity up to phase."""
    return is_diagonal(matrix) and abs(matrix[0] - matrix[3]) < _CLOSE


def without_z(matrix: Matrix) -> Matrix:
    """The matrix without the z rotation that comes last in it."""
    return product(z_matrix(-euler(matrix)[-1][1].number), matrix)


def is_flip(matrix: Matrix) -> bool:
    """Whether the matrix is X times a diagonal."""
    return abs(matrix[0]) < _CLOSE and abs(matrix[3]) < _CLOSE


def phase_between(numerator: complex, denominator: complex) -> float:
    """arg(numerator / denominator)."""
    return cmath.phase(numerator / denominator)


def euler(matrix: Matrix) -> list[Step]:
    """Steps whose product is the matrix up to phase, in time order; the last is a z rotation.

    U(theta, phi, lam) = Z(phi + pi) SX Z(theta + pi) SX Z(lam), with one SX where theta = pi/2.
    """
    a, b, c, d = matrix
    if is_diagonal(matrix):
        return [("z", Angle(phase_between(d, a)))]
    if is_flip(matrix):
        return [("x", ZERO), ("z", Angle(phase_between(c, b)))]
    theta = 2 * math.atan2(abs(c), abs(a))
    phi = phase_between(c, a)
    # of phi and lam only the sum matters where b, c are small, and the difference where a, d are
    lam = phase_between(d, a) - phi if abs(a) > abs(c) else phi + phase_between(-b, c)
    half, pulse = math.pi / 2, ("sx", ZERO)
    if abs(theta - half) < _CLOSE:
        return [("z", Angle(lam - half)), pulse, ("z", Angle(phi + half))]
    middle = ("z", Angle(theta + math.pi))
    return [("z", Angle(lam)), pulse, middle, pulse, ("z", Angle(phi + math.pi))]
