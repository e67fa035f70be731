"""Figures against the interaction order k: the advantage with its bounds, the circuits' cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbcircuit.plot import style
from qbcircuit.plot.style import Document, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_K = "interaction order k"

BOUNDS: dict[str, tuple[str, str]] = {
    "order": (r"bound $\gamma k$", "--"),
    "theorem2": ("Theorem 2", "-."),
    "speed_limit": ("speed limit (Eq. 4)", "--"),
}
"""Bound lines: name in the document, words, line style. Theorem 1 is the order bound at m = 1."""

COSTS: dict[str, tuple[str, str, str]] = {
    "two_qubit_gates": ("two-qubit gates", style.COLOURS[1], "s"),
    "two_qubit_depth": ("two-qubit depth", style.COLOURS[2], "^"),
    "two_qubit_gates_any_start": ("two-qubit gates, any start", style.COLOURS[3], "D"),
}


def advantage_figure(ax: Axes, document: Document) -> Axes:
    """Γ against k with 95 % intervals, the bounds, and the line of no advantage.

    A withheld advantage is a hollow point at its noise-free value, on the axis where unknown.

    Args:
        ax: drawn on.
        document: a result document.
    """
    rows = sorted(document["rows"], key=lambda row: row["order"])
    ax.axhline(1.0, color=style.GREY, linewidth=1.0, linestyle=":", label="no advantage")
    exact = [(row["order"], value) for row in rows if (value := noise_free(row)) is not None]
    if exact:
        _line(ax, exact, color="black", marker="_", markersize=11, linestyle="none",
              label="exact, noise-free")  # fmt: skip
    top = max([1.0, *(value for _, value in exact)])
    top = max(top, _points(ax, rows), _bounds(ax, rows, top))
    style.tidy(ax, style.title(document), _K, "advantage Γ")
    ax.set_ylim(0, 1.08 * top)
    _whole_ticks(ax, rows)
    style.legend_beside(ax)
    return ax


def _points(ax: Axes, rows: list[Row]) -> float:
    """Draw measured and withheld advantages; the highest point drawn."""
    highs = [1.0]
    labels = {False: "measured, 95 % interval", True: "not reported"}
    for row in rows:
        entry = style.figure_of(row, "advantage")
        if entry:
            value = entry["value"]
            low, high = entry.get("low"), entry.get("high")
            low, high = value if low is None else low, value if high is None else high
            ax.errorbar(
                row["order"], value, yerr=[[max(0.0, value - low)], [max(0.0, high - value)]],
                fmt="o", color=style.COLOURS[1], markersize=4, capsize=4,
                label=labels.pop(False, "_"),
            )  # fmt: skip
            highs.append(high)
        elif style.is_withheld(row, "advantage"):
            place = noise_free(row)
            ax.plot(
                row["order"], place or 0.0, "o", markersize=9, fillstyle="none", clip_on=False,
                color=style.COLOURS[2], label=labels.pop(True, "_"),
            )  # fmt: skip
    return max(highs)


def _bounds(ax: Axes, rows: list[Row], top: float) -> float:
    """Draw the bound lines; one that would flatten everything else is cut by the frame."""
    colours = dict(zip(BOUNDS, (style.COLOURS[3], style.COLOURS[4], style.COLOURS[6]), strict=True))
    for name, (words, line) in BOUNDS.items():
        known = [(row["order"], row["bounds"].get(name)) for row in rows if row.get("bounds")]
        points = [(order, float(value)) for order, value in known if value is not None]
        if not points or (name == "theorem2" and _same_as_order(rows)):
            continue
        highest = max(value for _, value in points)
        fits = name != "theorem2" or highest < 2.5 * top
        note = "" if fits else f" (up to {highest:.3g}, cut)"
        _line(ax, points, color=colours[name], linestyle=line, marker=".", label=words + note)
        top = max(top, highest) if fits else top
    return top


def _same_as_order(rows: list[Row]) -> bool:
    """Theorem 2 is the order bound itself where no cell is shared (m = 1)."""
    return all((row.get("participation") or 1) == 1 for row in rows)


def cost_figure(ax: Axes, document: Document) -> Axes:
    """Two-qubit gates and depth of the circuit nearest T, against k.

    Args:
        ax: drawn on.
        document: a result document.
    """
    rows = sorted(document["rows"], key=lambda row: row["order"])
    drawn: list[Any] = []
    for name, (words, colour, marker) in COSTS.items():
        points = [
            (row["order"], row["circuit"][name])
            for row in rows
            if (row.get("circuit") or {}).get(name) is not None
        ]
        if name == "two_qubit_gates_any_start" and [y for _, y in points] == drawn:
            continue
        drawn = drawn or [y for _, y in points]
        if points:
            _line(ax, points, color=colour, marker=marker, linestyle="-", linewidth=0.9,
                  label=words)  # fmt: skip
    style.tidy(ax, style.title(document), _K, "count in the circuit nearest T")
    ax.set_ylim(bottom=0)
    _whole_ticks(ax, rows)
    style.legend_beside(ax)
    return ax


def noise_free(row: Row) -> float | None:
    """The exact advantage that a row carries beside its measured one, if any."""
    exact = (row.get("advantage") or {}).get("exact")
    return None if exact is None else float(exact)


def _line(ax: Axes, points: list[tuple[int, float]], **look: Any) -> None:
    ax.plot([order for order, _ in points], [value for _, value in points], **look)


def _whole_ticks(ax: Axes, rows: list[Row]) -> None:
    orders = sorted({row["order"] for row in rows})
    if orders:
        ax.set_xticks(orders)
        ax.set_xlim(orders[0] - 0.5, orders[-1] + 0.5)
