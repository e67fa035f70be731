"""Which product formula, and how many steps, keep the error within a budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.compile import commutators, schedule
from qbcircuit.compile.layers import Layer
from qbcircuit.compile.schedule import FORMULAS
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CompileOptions

MOST_STEPS = 100_000
"""Steps beyond which a request is refused."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """One interval that needs a product formula.

    Args:
        layers: what is split, in order.
        gates: two-qubit gates of every layer.
        duration: how long it lasts in the circuit of the last time.
        n_sites: number of sites.
    """

    layers: tuple[Layer, ...]
    gates: tuple[int, ...]
    duration: float
    n_sites: int

    def cost(self, formula: int, steps: int) -> int:
        """Two-qubit gates of that many steps."""
        passes, end = schedule.sweeps(formula, [1.0] * steps)
        one = sum(self.gates[share.layer] for share in schedule.shares(formula, len(self.layers)))
        return len(passes) * one + (self.gates[0] if end else 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The formula, the steps of every interval, and the error that they keep."""

    formula: int
    steps: tuple[int, ...]
    error: float
    kind: str


def choose(splits: Sequence[Split], options: CompileOptions) -> Choice:
    """The cheapest formula and steps that keep the budget, or those that were asked for.

    Raises:
        InvalidRequest: fewer steps than intervals, or far too many steps.
    """
    formulas = (options.formula,) if options.formula else FORMULAS
    if options.steps is not None:
        formula = options.formula or 2
        steps = allotted(options.steps, [one.duration for one in splits])
        return _judged(splits, formula, steps)
    total = math.fsum(one.duration for one in splits)
    found: list[tuple[int, Choice]] = []
    for formula in formulas:
        steps = tuple(_enough(one, formula, options.error * one.duration / total) for one in splits)
        cost = sum(one.cost(formula, n) for one, n in zip(splits, steps, strict=True))
        found.append((cost, _judged(splits, formula, steps)))
    return min(found, key=lambda pair: pair[0])[1]


def allotted(steps: int, durations: Sequence[float]) -> tuple[int, ...]:
    """Steps shared out in proportion to durations, one at least each.

    Raises:
        InvalidRequest: fewer steps than intervals.
    """
    if steps < len(durations):
        raise InvalidRequest(
            f"Every interval needs a step of its own: {len(durations)} intervals, {steps} steps. "
            f"Use --steps {len(durations)} or more."
        )
    total = math.fsum(durations)
    shares = [steps * duration / total for duration in durations]
    given = [max(1, math.floor(share)) for share in shares]
    while sum(given) != steps:
        change = 1 if sum(given) < steps else -1
        movable = [i for i, n in enumerate(given) if change > 0 or n > 1]
        given[max(movable, key=lambda i: change * (shares[i] - given[i]))] += change
    return tuple(given)


def _enough(split: Split, formula: int, error: float) -> int:
    constant = error_constant(split, formula)
    needed: float = (constant * split.duration ** (formula + 1) / error) ** (1 / formula)
    if needed > MOST_STEPS:
        raise InvalidRequest(
            f"An error of {error:.3g} would take {needed:.3g} product-formula steps, more than "
            f"{MOST_STEPS}. Use a larger --error or a shorter time."
        )
    return max(1, math.ceil(needed * (1 - 1e-12)))


def _judged(splits: Sequence[Split], formula: int, steps: tuple[int, ...]) -> Choice:
    error = math.fsum(
        error_constant(one, formula) * one.duration ** (formula + 1) / n**formula
        for one, n in zip(splits, steps, strict=True)
    )
    return Choice(formula=formula, steps=steps, error=error, kind="bound")


def error_constant(split: Split, formula: int) -> float:
    """The commutator bound's constant (see :mod:`qbcircuit.compile.commutators`)."""
    return commutators.error_constant(split.layers, split.n_sites, formula)
