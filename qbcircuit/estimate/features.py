"""Where curves peak, cross a level and are steepest: each for one curve and for many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.estimate.smooth import Curves

Array = NDArray[np.float64]

PROMINENCE = 4.0
"""Standard errors by which a curve must rise to and fall from a maximum that counts."""

UNSEEN = 0.01
"""Share of the draws that may miss a crossing that is still reported."""

_NEGLIGIBLE = 1e-7
"""Rise or fall, in units of the curve's range, that is rounding and not a maximum."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Extremum:
    """Where a curve is largest, and how large: from the data, and from every draw."""

    time: float
    height: float
    times: Array
    heights: Array
    at_edge: float = 0.0
    """Share of the draws that peak at the edge of the bracket they were searched in."""


def first_maximum(curves: Curves) -> Extremum | str:
    """The first maximum that noise does not explain, or a sentence that says why there is none.

    A candidate is a local maximum of the smooth curve that the curve rises to and falls from by
    ``PROMINENCE`` standard errors. Every draw is then searched where the curve lies in the upper
    half of that prominence.
    """
    value = curves.value
    inner = np.flatnonzero((value[1:-1] >= value[:-2]) & (value[1:-1] > value[2:])) + 1
    best = 0.0
    for top in inner:
        prominence, certainty = _prominence(curves, int(top))
        best = max(best, certainty)
        if certainty >= PROMINENCE:
            left, right = _bracket(value, int(top), value[top] - prominence / 2)
            return largest(curves.times, value, curves.draws, left, right)
    return _why_none(curves, best)


def highest_at_end(curves: Curves) -> Extremum | None:
    """The last time, where the curve rises and nothing before is surely higher."""
    top, last = int(np.argmax(curves.value)), len(curves.times) - 1
    if _certainty(curves, top, 0) < PROMINENCE or _certainty(curves, top, last) >= PROMINENCE:
        return None
    return Extremum(
        time=float(curves.times[last]),
        height=float(curves.value[last]),
        times=np.full(len(curves.draws), curves.times[last]),
        heights=curves.draws[:, last],
    )


def _why_none(curves: Curves, best: float) -> str:
    """Why no maximum counts; ``best`` is the certainty of the best candidate."""
    way_out = "or the crossing of a fraction of capacity."
    top, last = int(np.argmax(curves.value)), len(curves.times) - 1
    if _certainty(curves, top, 0) < PROMINENCE:
        return (
            f"W(t) does not rise out of the shot noise. Use more shots, longer --times, {way_out}"
        )
    if _certainty(curves, top, last) < PROMINENCE:
        return (
            f"W(t) still rises at the last time, {curves.times[-1]:.4g}: no maximum to report. "
            f"Use longer --times, {way_out}"
        )
    return (
        f"no maximum of W(t) stands out of the shot noise (the best does by {best:.1f}σ of the "
        f"{PROMINENCE:g}σ needed). Use more shots, longer --times, {way_out}"
    )


def _prominence(curves: Curves, top: int) -> tuple[float, float]:
    """The smaller of rise and fall around a maximum, and the smaller certainty of the two."""
    value = curves.value
    higher_after = np.flatnonzero(value[top:] > value[top])
    end = top + int(higher_after[0]) if len(higher_after) else len(value)
    feet = (int(np.argmin(value[: top + 1])), top + int(np.argmin(value[top:end])))
    prominence = min(float(value[top] - value[foot]) for foot in feet)
    return prominence, min(_certainty(curves, top, foot) for foot in feet)


def _certainty(curves: Curves, high: int, low: int) -> float:
    """Standard errors by which the curve is higher at one index than at another."""
    error = float(np.std(curves.draws[:, high] - curves.draws[:, low]))
    floor = _NEGLIGIBLE * float(np.ptp(curves.value)) / PROMINENCE
    change = float(curves.value[high] - curves.value[low])
    return change / max(error, floor) if change > 0 else 0.0


def _bracket(value: Array, top: int, level: float) -> tuple[int, int]:
    """The stretch around ``top`` on which the curve stays at or above a level."""
    below = np.flatnonzero(value < level)
    left = int(below[below < top].max(initial=-1)) + 1
    right = int(below[below > top].min(initial=len(value))) - 1
    return left, right


def largest(times: Array, value: Array, draws: Array, left: int, right: int) -> Extremum:
    """The largest point of a curve and of every draw between two indices (inclusive)."""
    time, height, _ = _parabolic_top(times, value[None, :], left, right)
    draw_times, draw_heights, at_edge = _parabolic_top(times, draws, left, right)
    return Extremum(
        time=float(time[0]),
        height=float(height[0]),
        times=draw_times,
        heights=draw_heights,
        at_edge=at_edge,
    )


def _parabolic_top(times: Array, rows: Array, left: int, right: int) -> tuple[Array, Array, float]:
    """Vertex of the parabola through the largest point of each row and its two neighbours."""
    at = left + np.argmax(rows[:, left : right + 1], axis=1)
    at_edge = float(np.mean((at == left) | (at == right)))
    mid = np.clip(at, 1, rows.shape[1] - 2)
    which = np.arange(len(rows))
    y0, y1, y2 = rows[which, mid - 1], rows[which, mid], rows[which, mid + 1]
    before, after = times[mid] - times[mid - 1], times[mid + 1] - times[mid]
    falling, rising = (y2 - y1) / after, (y1 - y0) / before
    curvature = (falling - rising) / (before + after)
    slope = (falling * before + rising * after) / (before + after)
    bent = (curvature < 0) & (at == mid)
    step = np.where(bent, -slope / np.where(bent, 2 * curvature, 1.0), 0.0)
    step = np.clip(step, -before, after)
    height = np.where(bent, y1 + slope * step + curvature * step**2, rows[which, at])
    return np.where(at == mid, times[mid] + step, times[at]), height, at_edge


def crossing(curves: Curves, level: float, levels: Array | None = None) -> Extremum | str:
    """The first crossing of a level, or a sentence that says why it is not seen.

    Args:
        curves: the smooth curve and its bootstrap.
        level: energy.
        levels: (R,) the level in every draw, where it is itself measured.
    """
    heights = np.full(len(curves.draws), level) if levels is None else levels
    time = float(first_crossings(curves.times, curves.value[None, :], level)[0])
    times = first_crossings(curves.times, curves.draws, heights)
    unseen = np.isnan(times)
    if np.isnan(time) or np.mean(unseen) > UNSEEN:
        return (
            f"W(t) is not surely seen to cross {level:.4g} between times {curves.times[0]:.4g} and "
            f"{curves.times[-1]:.4g} (it goes from {curves.value.min():.4g} to "
            f"{curves.value.max():.4g}). Use other --times or another fraction of capacity."
        )
    times = np.where(unseen, curves.times[-1], times)
    return Extremum(time=time, height=level, times=times, heights=heights)


def first_crossings(times: Array, rows: Array, levels: Array | float) -> Array:
    """First time at which each row reaches its level (linear between points); nan if not seen.

    A row that starts at or above its level crossed before it was watched.

    Args:
        times: (F,).
        rows: (R, F), or one row for all levels.
        levels: (R,), or one level for all rows.
    """
    rows, column = np.broadcast_arrays(rows, np.atleast_1d(levels)[:, None])
    level = column[:, 0]
    reached = rows >= column
    at = np.argmax(reached, axis=1)
    before = np.maximum(at - 1, 0)
    which = np.arange(len(rows))
    low, high = rows[which, before], rows[which, at]
    share = (level - low) / np.where(high > low, high - low, 1.0)
    crossings = times[before] + share * (times[at] - times[before])
    return np.where(at > 0, crossings, np.nan)


def best_average_power(curves: Curves, *, ends: bool = False) -> Extremum | str:
    """max_t W/t, searched where the curve is above a quarter of its largest value.

    Below that, W/t divides noise by a short time.

    Args:
        curves: the smooth curve and its bootstrap.
        ends: whether the protocol ends at the last time, which may then be the best.
    """
    usable = (curves.value >= 0.25 * curves.value.max()) & (curves.times > 0)
    if not usable.any() or curves.value.max() <= 0:
        return "the average power is nowhere positive."
    first = int(np.argmax(usable))
    times = curves.times[first:]
    power = curves.value[first:] / times
    top = int(np.argmax(np.where(usable[first:], power, -np.inf)))
    if top == len(times) - 1 and not ends:
        return (
            f"the average power still grows at the last time, {times[-1]:.4g}. Use longer --times."
        )
    left, right = _bracket(power, top, power[top] - 0.5 * abs(power[top]))
    return largest(times, power, curves.draws[:, first:] / times, left, right)
