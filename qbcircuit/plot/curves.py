"""Figures against time: the deposited work, and the average power."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.plot import style
from qbcircuit.plot.style import Document, Look, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TIME = "time t  (ħ / unit of energy)"


def trace_axes(
    times: ArrayLike,
    work: ArrayLike,
    stderr: ArrayLike,
    capacity: float,
    ax: Axes | None = None,
) -> Axes:
    """One energy trace, W(t)/capacity with one-sigma bars.

    Args:
        times: shape (M,), in the inverse unit of the levels.
        work: shape (M,), in the unit of the levels.
        stderr: shape (M,), in the unit of the levels.
        capacity: N Delta, in the unit of the levels.
        ax: drawn on; a fresh figure's where ``None``.

    Returns:
        The axes; ``.figure.savefig(...)`` writes them.
    """
    ax = style.new_axes() if ax is None else ax
    look = style.Look(label="sampled", colour=style.COLOURS[1], marker="o")
    share, bars = np.asarray(work) / capacity, np.asarray(stderr) / capacity
    _points(ax, np.asarray(times, dtype=float), share, bars, look, hollow=False)
    ax.axhline(1.0, color=style.GREY, linewidth=0.8, linestyle=":")
    return style.tidy(ax, "Deposited work", _TIME, "W(t) / capacity")


def work_figure(ax: Axes, document: Document) -> Axes:
    """W(t)/capacity of every row: points with bars, the exact curve, the noise work in grey.

    Args:
        ax: drawn on.
        document: a result document.
    """
    full = style.capacity(document)
    for row, look in zip(document["rows"], style.looks(document), strict=True):
        times, work, stderr = sampled(row)
        _points(ax, times, work / full, stderr / full, _told(look, row), hollow=_held(row))
        exact = exact_curve(row)
        if exact is not None:
            ax.plot(times, exact / full, color=look.colour, linewidth=1.0, alpha=0.7)
    ceiling = noise_ceiling(document)
    if ceiling > 0:
        ax.axhspan(0, ceiling / full, color="0.85", zorder=0.5, label="noise work")
    ax.axhline(1.0, color=style.GREY, linewidth=0.8, linestyle=":")
    style.tidy(ax, style.title(document), _TIME, "W(t) / capacity")
    style.legend_beside(ax)
    _explain_lines(ax, document)
    return ax


def power_figure(ax: Axes, document: Document) -> Axes:
    """P(t) = W(t)/t of every row, with the reported P at T ringed.

    Args:
        ax: drawn on.
        document: a result document.
    """
    tops = []
    for row, look in zip(document["rows"], style.looks(document), strict=True):
        times, power, stderr = average_power(row)
        _points(ax, times, power, stderr, _told(look, row), hollow=_held(row))
        exact = exact_curve(row)
        if exact is not None:
            sampled_times = sampled(row)[0]
            later = sampled_times > 0
            curve = exact[later] / sampled_times[later]
            ax.plot(times, curve, color=look.colour, linewidth=1.0, alpha=0.7)
            tops.append(curve.max(initial=0.0))
        # The first points divide a shot error by almost no time: they must not set the scale.
        settled = power[times > 0.1 * times.max(initial=0.0)]
        tops.append(settled.max(initial=0.0))
        time, value = (style.figure_of(row, name) for name in ("charging_time", "power"))
        if time and value:
            ax.plot(
                time["value"], value["value"], "o", markersize=12, fillstyle="none",
                color=look.colour,
            )  # fmt: skip
    top = max(tops, default=0.0)
    if top > 0:
        ax.set_ylim(-0.03 * top, 1.12 * top)
    style.tidy(ax, style.title(document), _TIME, "average power W(t)/t  (unit of energy² / ħ)")
    ax.plot([], [], "o", markersize=10, fillstyle="none", color=style.GREY, label="P at T")
    style.legend_beside(ax)
    _explain_lines(ax, document)
    return ax


def sampled(row: Row) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Times, work and standard errors of a row's trace (zero errors where none are given)."""
    trace = row["trace"]
    times, work = (np.asarray(trace[key], dtype=float) for key in ("times", "work"))
    stderr = np.asarray(trace.get("stderr") or np.zeros_like(work), dtype=float)
    return times, work, stderr


def average_power(
    row: Row,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Times, W(t)/t and its standard errors of a row's trace, without t = 0."""
    times, work, stderr = sampled(row)
    later = times > 0
    return times[later], work[later] / times[later], stderr[later] / times[later]


def exact_curve(row: Row) -> NDArray[np.float64] | None:
    """The exact work of a row at its times, where the document holds it."""
    exact = row["trace"].get("exact")
    if not exact or any(value is None for value in exact):
        return None
    return np.asarray(exact, dtype=float)


def noise_ceiling(document: Document) -> float:
    """The most noise work of any row, upper end of its interval; 0 where none was measured."""
    entries = (style.figure_of(row, "noise_work") for row in document["rows"])
    highs = [entry.get("high", entry["value"]) for entry in entries if entry]
    return float(max((high for high in highs if high is not None), default=0.0))


def _held(row: Row) -> bool:
    return style.is_withheld(row, "charging_time")


def _told(look: Look, row: Row) -> Look:
    if not _held(row):
        return look
    return style.Look(label=f"{look.label} (not reported)", colour=look.colour, marker=look.marker)


def _points(
    ax: Axes,
    times: NDArray[np.float64],
    values: NDArray[np.float64],
    stderr: NDArray[np.float64],
    look: Look,
    *,
    hollow: bool,
) -> None:
    ax.errorbar(
        times, values, yerr=stderr, fmt=look.marker, color=look.colour, label=look.label,
        markersize=3.5, elinewidth=0.9, linewidth=0, fillstyle="none" if hollow else "full",
    )  # fmt: skip


def _explain_lines(ax: Axes, document: Document) -> None:
    """A line under the axes' title that says what bars and lines are."""
    parts = ["bars: one standard error"] if document.get("shots") else []
    if any(exact_curve(row) is not None for row in document["rows"]):
        parts.append("lines: exact, noise-free")
    if parts:
        ax.set_xlabel(f"{ax.get_xlabel()}\n{' · '.join(parts)}", fontsize=9)
