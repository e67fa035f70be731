"""How far a product formula is from the exact evolution: guaranteed, or measured."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Protocol

from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.commutators import error_constant
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.formula.twin import MOST_FROM_ANY, MOST_FROM_START, Measure
from qbcircuit.errors import InvalidRequest

MOST_STEPS = 100_000
"""Steps beyond which a request is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One interval that needs a product formula.

    Args:
        layers: what is split, in order.
        gates: two-qubit gates of every layer.
        duration: how long it lasts in the circuit of the last time.
        n_sites: number of sites.
        start: index of the basis state that it acts on; ``None``: on any.
    """

    layers: tuple[Layer, ...]
    gates: tuple[int, ...]
    duration: float
    n_sites: int
    start: int | None = None

    def cost(self, formula: int, steps: int) -> int:
        """Two-qubit gates of that many steps."""
        passes, end = schedule.sweeps(formula, [1.0] * steps)
        one = sum(self.gates[share.layer] for share in schedule.shares(formula, len(self.layers)))
        return len(passes) * one + (self.gates[0] if end else 0)


class Judge(Protocol):
    """Knows the error of a number of steps, and the steps that keep an error."""

    @property
    def kind(self) -> str:
        """``"bound"`` or ``"estimate"``."""
        ...

    def error(self, split: Split, formula: int, steps: int) -> float:
        """Distance at the end of the interval, up to phase."""
        ...

    def steps(self, split: Split, formula: int, error: float) -> int:
        """The fewest steps known to keep the error."""
        ...


class Bound:
    """Commutator bounds: a guarantee for any start, see :func:`error_constant`."""

    kind = "bound"

    def error(self, split: Split, formula: int, steps: int) -> float:
        """The least of C t^(p+1) / r^p."""
        return min(error / float(steps**p) for p, error in self._one_step(split, formula))

    def steps(self, split: Split, formula: int, error: float) -> int:
        """The fewest with C t^(p+1) / r^p <= error."""
        needed = min((one / error) ** (1 / p) for p, one in self._one_step(split, formula))
        return affordable(needed, error)

    @staticmethod
    def _one_step(split: Split, formula: int) -> list[tuple[int, float]]:
        """(p, error of a single step); order 4 is five steps of order 2 as well."""

        def bound(p: int) -> float:
            constant = error_constant(split.layers, split.n_sites, p)
            return constant * float(split.duration) ** (p + 1)

        if formula != 4:
            return [(formula, bound(formula))]
        cubes = 4 * schedule.SUZUKI**3 + abs(1 - 4 * schedule.SUZUKI) ** 3
        return [(4, bound(4)), (2, cubes * bound(2))]


class Estimate:
    """The error itself, measured on a numpy twin."""

    kind = "estimate"

    def error(self, split: Split, formula: int, steps: int) -> float:
        """Measured distance."""
        return _measure(split).distance(formula, steps)

    def steps(self, split: Split, formula: int, error: float) -> int:
        """Scaled from one measurement to the next until the error is kept, then once down."""
        steps, found = 1, self.error(split, formula, 1)
        while found > error:
            steps = max(steps + 1, self._scaled(steps, found, formula, error))
            found = self.error(split, formula, steps)
        fewer = max(1, self._scaled(steps, found, formula, error))
        return fewer if fewer < steps and self.error(split, formula, fewer) <= error else steps

    @staticmethod
    def _scaled(steps: int, found: float, formula: int, error: float) -> int:
        return affordable(steps * (found / error) ** (1 / formula), error)


def judge_of(split: Split, error_kind: str) -> Judge:
    """The judge that was asked for; a bound where the battery is too large to measure."""
    most = MOST_FROM_ANY if split.start is None else MOST_FROM_START
    return Estimate() if error_kind == "estimate" and split.n_sites <= most else Bound()


def affordable(needed: float, error: float) -> int:
    """A number of steps rounded up.

    Raises:
        InvalidRequest: more than :data:`MOST_STEPS`.
    """
    if not needed <= MOST_STEPS:
        raise InvalidRequest(
            f"An error of {error:.3g} would take more than {MOST_STEPS} product-formula steps. "
            "Use a larger --error or a shorter time."
        )
    return max(1, math.ceil(needed * (1 - 1e-12)))


@functools.lru_cache(maxsize=8)
def _measure(split: Split) -> Measure:
    return Measure(split.layers, split.n_sites, split.duration, split.start)
