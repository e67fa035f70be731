"""Layers of turns of amplitudes: of disjoint pairs among each other, and of their phases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]
Rows = npt.NDArray[Any]
"""Real or complex, columns of amplitudes."""
Indices = npt.NDArray[np.intp]


class Turns(Protocol):
    """Many turns at once; every angle is a factor times a free parameter."""

    @property
    def parameters(self) -> Indices:
        """Behind every angle."""
        ...

    def turn(self, rows: Rows, values: Floats, sign: float = 1.0) -> None:
        """Turn rows in place, or back by the sign -1.

        Args:
            rows: shape (amplitudes, anything).
            values: of all parameters.
            sign: 1 or -1.
        """
        ...

    def ends(self, rows: Rows) -> Rows:
        """The rows i and j that every angle turns into each other, shape (2, angles, anything)."""
        ...

    @property
    def slopes(self) -> Rows:
        """The derivative of seen^dag (turned back) left by every angle is a i^* j' + b j^* i'.

        i and j are rows of what is seen before the turn, i' and j' of what is left, turned back.

        Returns:
            a and b, shape (2, angles).
        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Planes:
    """Rows i and j of disjoint pairs to cos(a) i - sin(a) j and sin(a) i + cos(a) j.

    Args:
        first: the rows i.
        second: the rows j.
        parameters: behind every angle.
        factors: of the parameters.
    """

    first: Indices
    second: Indices
    parameters: Indices
    factors: Floats

    @classmethod
    def of(cls, turns: Iterable[tuple[int, int, int, float]]) -> Self:
        """From (first, second, parameter, factor) of every pair."""
        first, second, parameters, factors = zip(*turns, strict=True)
        return cls(
            first=np.array(first, dtype=np.intp),
            second=np.array(second, dtype=np.intp),
            parameters=np.array(parameters, dtype=np.intp),
            factors=np.array(factors, dtype=float),
        )

    def turn(self, rows: Rows, values: Floats, sign: float = 1.0) -> None:
        """Turn rows in place."""
        angles = (sign * self.factors * values[self.parameters])[:, None]
        cos, sin = np.cos(angles), np.sin(angles)
        i, j = rows[self.first], rows[self.second]
        rows[self.first] = cos * i - sin * j
        rows[self.second] = sin * i + cos * j

    def ends(self, rows: Rows) -> Rows:
        """The rows i and j."""
        return rows[np.stack((self.first, self.second))]

    @property
    def slopes(self) -> Floats:
        """i^* j' - j^* i'."""
        return np.stack((self.factors, -self.factors))


@dataclass(frozen=True, kw_only=True, eq=False)
class Phases:
    """Rows times exp(ia), complex.

    Args:
        which: the rows.
        parameters: behind every angle.
        factors: of the parameters.
    """

    which: Indices
    parameters: Indices
    factors: Floats

    @classmethod
    def of(cls, turns: Iterable[tuple[int, int, float]]) -> Self:
        """From (row, parameter, factor) of every phase."""
        which, parameters, factors = zip(*turns, strict=True)
        return cls(
            which=np.array(which, dtype=np.intp),
            parameters=np.array(parameters, dtype=np.intp),
            factors=np.array(factors, dtype=float),
        )

    def turn(self, rows: Rows, values: Floats, sign: float = 1.0) -> None:
        """Turn rows in place."""
        rows[self.which] *= np.exp(1j * sign * self.factors * values[self.parameters])[:, None]

    def ends(self, rows: Rows) -> Rows:
        """The row twice: i and j are the same."""
        return rows[np.stack((self.which, self.which))]

    @property
    def slopes(self) -> Complexes:
        """-i of the row's own product, in two halves."""
        half = -0.5j * self.factors
        return np.stack((half, half))
