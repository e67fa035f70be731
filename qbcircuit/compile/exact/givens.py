"""Matchgates that bring planes of Majorana modes to one of two neighbouring sites.

With c_2j = Z...Z X_j and c_2j+1 = Z...Z Y_j, a row g stands for sum_a g_a c_a. A gate takes
rows along: rz(t) turns (g_2j, g_2j+1) by t, exp(-i(a XX + b YY)/2) on sites j and j+1 turns
(g_2j+1, g_2j+2) by a and (g_2j+3, g_2j) by b. A plane of rows on four modes is moved to two of
them by two turns of z, alpha and beta, and then a and b.

References: Jozsa and Miyake, Proc. R. Soc. A 464, 3089 (2008), arXiv:0804.4050; Jiang et al.,
Phys. Rev. Applied 9, 044036 (2018), arXiv:1711.05395.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

_TINY = 1e-13
"""Entries of unit rows below this are rounding."""


@dataclass(frozen=True, slots=True)
class Matchgate:
    """rz(alpha) on the left site, rz(beta) on the right one, then exp(-i(a XX + b YY)/2)."""

    alpha: float = 0.0
    beta: float = 0.0
    a: float = 0.0
    b: float = 0.0

    @property
    def rotation(self) -> Floats:
        """What it does to columns of four modes, shape (4, 4): g -> rotation @ g."""
        turned = np.eye(4)
        for first, angle in ((0, self.alpha), (2, self.beta)):
            _turn(turned, first, first + 1, angle)
        _turn(turned, 1, 2, self.a)
        _turn(turned, 3, 0, self.b)
        return turned


def _turn(rows: Floats, i: int, j: int, angle: float) -> None:
    if angle:
        cos, sin = math.cos(angle), math.sin(angle)
        rows[i], rows[j] = cos * rows[i] - sin * rows[j], sin * rows[i] + cos * rows[j]


def gathered(plane: Complexes, *, keep: int, level: int, split: bool) -> Matchgate:
    """The matchgate that moves a plane to one of its two sites.

    The plane is oriented, real part then imaginary part, and ends as (c_2j, c_2j+1) of the site
    for level 0, so that it annihilates |0>, and the other way round for level 1.

    Args:
        plane: u + iv on the four modes of two neighbouring sites.
        keep: 0: the left site, 1: the right one.
        level: level of the kept site that is annihilated.
        split: u lives on modes (0, 3) and v on (1, 2) or the other way round; no z turns.
    """
    values: list[complex] = plane.tolist()
    if split:
        return _gathered_in_two(values, keep, -1.0 if level else 1.0)
    framed = _orthonormal(values)
    if framed is None:
        return Matchgate()
    return _gathered_in_general(*framed, keep, level)


def _gathered_in_two(plane: list[complex], keep: int, sign: float) -> Matchgate:
    """Two rotations that never mix: modes 1 and 2 by a, modes 3 and 0 by b."""
    u, v = [one.real for one in plane], [one.imag for one in plane]
    middle_is_real = abs(u[1]) + abs(u[2]) + abs(v[0]) + abs(v[3]) >= (
        abs(v[1]) + abs(v[2]) + abs(u[0]) + abs(u[3])
    )
    g = [x + y for x, y in zip(u, v, strict=True)]
    side = sign if middle_is_real == bool(keep) else -sign
    a_end, b_end = (math.pi / 2, (1 - side) * math.pi / 2) if keep else (0.0, side * math.pi / 2)
    a = a_end - math.atan2(g[2], g[1]) if math.hypot(g[1], g[2]) > _TINY else 0.0
    b = b_end - math.atan2(g[0], g[3]) if math.hypot(g[0], g[3]) > _TINY else 0.0
    return Matchgate(a=a, b=b)


def _orthonormal(plane: list[complex]) -> tuple[list[float], list[float]] | None:
    """An orthonormal basis of the plane, oriented; made up where the plane is a line."""
    phase = cmath.phase(sum(one * one for one in plane)) / 2
    aligned = [one * cmath.exp(-1j * phase) for one in plane]
    u, v = [one.real for one in aligned], [one.imag for one in aligned]
    length = math.hypot(*u)
    if length <= _TINY:
        return None
    u = [x / length for x in u]
    if math.hypot(*v) <= _TINY:
        return u, [-u[1], u[0], -u[3], u[2]]
    for _ in range(2):
        along = sum(x * y for x, y in zip(u, v, strict=True))
        v = [y - along * x for x, y in zip(u, v, strict=True)]
        length = math.hypot(*v)
        v = [y / length for y in v]
    return u, v


def _gathered_in_general(u: list[float], v: list[float], keep: int, level: int) -> Matchgate:
    """SO(4) as two spheres: u ^ v has a self-dual and an anti-self-dual part, unit vectors each.

    z turns rotate them about their poles by alpha + beta and alpha - beta, a and b about an
    axis across by a - b and a + b; the planes of the sites are the poles.
    """

    def area(i: int, j: int) -> float:
        return u[i] * v[j] - u[j] * v[i]

    parts = []
    for sign in (1, -1):
        across = complex(area(0, 2) - sign * area(1, 3), area(1, 2) + sign * area(0, 3))
        along = area(0, 1) + sign * area(2, 3)
        down = (level == 1) != (sign == -1 and keep == 1)
        turn = -cmath.phase(across) if abs(across) > _TINY else 0.0
        parts.append((turn, (math.pi if down else 0.0) - math.atan2(abs(across), along)))
    (sum_turn, minus), (difference_turn, plus) = parts
    return Matchgate(
        alpha=(sum_turn + difference_turn) / 2,
        beta=(sum_turn - difference_turn) / 2,
        a=(plus + minus) / 2,
        b=(plus - minus) / 2,
    )
