"""Which product formula, and how many steps, keep the error within a budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.compilation import CompileOptions
from qbcircuit.compile.formula.judges import Split, judge_of
from qbcircuit.errors import InvalidRequest

FARTHEST = 2.0
"""No two unitaries are further apart."""

_WORTH_ORDER_4 = 100
"""Steps of order 2 above which order 4 is tried as well; below it has not been seen to win."""


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
    if options.steps is not None:
        steps = allotted(options.steps, [one.duration for one in splits])
        return _judged(splits, options, options.formula or 2, steps)
    if options.formula is not None:
        return _judged(splits, options, options.formula, _enough(splits, options, options.formula))
    candidates = {2: _enough(splits, options, 2)}
    if sum(candidates[2]) <= 2 * len(splits):
        candidates[1] = _enough(splits, options, 1)
    if sum(candidates[2]) > _WORTH_ORDER_4 and all(len(one.layers) == 2 for one in splits):
        candidates[4] = _enough(splits, options, 4)
    formula = min(candidates, key=lambda p: _cost(splits, p, candidates[p]))
    return _judged(splits, options, formula, candidates[formula])


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


def _enough(splits: Sequence[Split], options: CompileOptions, formula: int) -> tuple[int, ...]:
    """Steps of every interval, each with its share of the budget by duration."""
    total = math.fsum(one.duration for one in splits)
    return tuple(
        judge_of(one, options.error_kind).steps(one, formula, options.error * one.duration / total)
        for one in splits
    )


def _judged(
    splits: Sequence[Split], options: CompileOptions, formula: int, steps: tuple[int, ...]
) -> Choice:
    judges = [judge_of(one, options.error_kind) for one in splits]
    error = math.fsum(
        judge.error(one, formula, n) for judge, one, n in zip(judges, splits, steps, strict=True)
    )
    measured = any(judge.kind == "estimate" for judge in judges)
    return Choice(
        formula=formula,
        steps=steps,
        error=min(error, FARTHEST),
        kind="estimate" if measured else "bound",
    )


def _cost(splits: Sequence[Split], formula: int, steps: Sequence[int]) -> int:
    return sum(one.cost(formula, n) for one, n in zip(splits, steps, strict=True))
