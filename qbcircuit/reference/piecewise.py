"""An exact curve as polynomials on consecutive intervals, accurate to rounding.

A work curve is analytic between the steps of a schedule, so values at a few dozen Chebyshev
points fix it, derivative included: extrema then come out to 1e-10 where comparing values alone
would stop at 1e-8.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev as cheb
from numpy.typing import NDArray

from qbcircuit.charging import RESET_SLACK, ChargingProtocol
from qbcircuit.reference.curve import Solution
from qbcircuit.reference.energy import capacity

Coefficients = NDArray[np.floating[Any]]

_NODES = 33
_POINTS = cheb.chebpts2(_NODES)
_TO_COEFFICIENTS = np.linalg.inv(cheb.chebvander(_POINTS, _NODES - 1))
_FINE = np.linspace(-1, 1, 129)
_FINE_VALUES = cheb.chebvander(_FINE, _NODES - 1)
_RESOLVED = 1e-11
_SHORTEST = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segment:
    """W on [begin, end] by its Chebyshev coefficients."""

    begin: float
    end: float
    coefficients: Coefficients

    def time(self, x: float) -> float:
        """The time of a point of [-1, 1]."""
        return self.begin + (self.end - self.begin) * (1 + x) / 2

    def value(self, x: float) -> float:
        """W at a point of [-1, 1]."""
        return float(cheb.chebval(x, self.coefficients))

    def minus(self, level: float) -> Coefficients:
        """The coefficients of W - level."""
        shifted = self.coefficients.copy()
        shifted[0] -= level
        return shifted

    def roots(self, coefficients: Coefficients) -> list[float]:
        """Points of [-1, 1] where a polynomial of the segment changes sign, in order."""
        values = _FINE_VALUES[:, : len(coefficients)] @ coefficients
        places = np.flatnonzero(np.signbit(values[:-1]) != np.signbit(values[1:]))
        return [_root(coefficients, float(_FINE[i]), float(_FINE[i + 1])) for i in places]

    def extrema(self) -> list[tuple[float, float]]:
        """(time, W) at both ends and at every critical point between them."""
        inner = self.roots(cheb.chebder(self.coefficients))
        return [(self.time(x), self.value(x)) for x in (-1, *inner, 1)]

    def powers(self) -> list[tuple[float, float]]:
        """(time, W/t) at the end and wherever W/t has an extremum inside."""
        centre, half = (self.begin + self.end) / 2, (self.end - self.begin) / 2
        slope = cheb.chebder(self.coefficients) / half
        inner = self.roots(cheb.chebsub(cheb.chebmul([centre, half], slope), self.coefficients))
        found = [(self.time(x), self.value(x)) for x in (*inner, 1)]
        return [(time, work / time) for time, work in found if time > 0]


def _root(coefficients: Coefficients, low: float, high: float) -> float:
    """Bisection to rounding: safe where noise leaves several sign changes."""
    sign = math.copysign(1.0, cheb.chebval(low, coefficients))
    while high - low > 4e-16:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if math.copysign(1.0, cheb.chebval(middle, coefficients)) == sign:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def natural_time(protocol: ChargingProtocol) -> float:
    """1 / (largest sum of strengths at one site): the time on which W changes."""
    fastest, dimensions = 0.0, protocol.battery.dimensions
    for step in protocol.evolutions:
        terms, _ = protocol.generator(step)
        at_site: dict[int, float] = defaultdict(float)
        for term in terms:
            size = term.norm_on(dimensions)
            for site in term.sites:
                at_site[site] += size
        fastest = max(fastest, max(at_site.values(), default=0.0))
    return 1 / fastest if fastest else 1.0


def segments(solution: Solution, end: float) -> Iterator[Segment]:
    """The curve from 0 to ``end``, cut where steps change and where one polynomial is too few."""
    breaks, begin = [], 0.0
    for step in solution.protocol.evolutions:
        breaks.append(begin := begin + step.duration)
    length, begin = natural_time(solution.protocol), 0.0
    scale = capacity(solution.protocol.battery)
    while begin < end:
        stop = min([end, begin + length] + [b for b in breaks if b > begin * (1 + 1e-12)])
        segment = _interpolated(solution, begin, stop)
        sizes = np.abs(segment.coefficients) / scale
        if sizes[-4:].max() > _RESOLVED and length > _SHORTEST * max(stop, 1e-300):
            length /= 2
            continue
        yield segment
        begin = stop
        if sizes[_NODES // 2 :].max() < _RESOLVED / 100:
            length *= 2


def _interpolated(solution: Solution, begin: float, end: float) -> Segment:
    times = begin + (end - begin) * (1 + _POINTS) / 2
    # the last point belongs to this step, not to a reset that follows it
    times[0], times[-1] = begin, end * (1 - 2 * RESET_SLACK)
    values = solution.work(times)
    return Segment(begin=begin, end=end, coefficients=_TO_COEFFICIENTS @ values)
