"""Colours, markers and axes shared by all figures.

Figures are made with matplotlib's object interface: no pyplot state, no window, any backend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F3C8D")
"""Okabe and Ito's colour-blind-safe palette without its yellow, which white paper swallows."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""One a row, so that nothing hangs on colour alone."""

GREY = "0.55"
SIZE = (7.2, 4.4)
"""Inches."""

Document = dict[str, Any]
"""A result document, schema ``qbcircuit.comparison/1``."""

Row = dict[str, Any]
"""One row of a result document."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How one row is drawn in every figure."""

    label: str
    colour: str
    marker: str


def new_axes(size: tuple[float, float] = SIZE) -> Axes:
    """Axes on a fresh figure that belongs to no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").add_subplot()


def tidy(ax: Axes, title: str, x_label: str, y_label: str) -> Axes:
    """Title, labels with units, and a light grid."""
    ax.set_title(title, fontsize=10)
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.grid(visible=True, color="0.92", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def legend_beside(ax: Axes) -> None:
    """A legend right of the axes, where it can hide no data."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        ax.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9
        )


def looks(document: Document) -> list[Look]:
    """One look a row; rows of the same order are told apart by name or number."""
    rows = document["rows"]
    orders = [row["order"] for row in rows]
    return [
        Look(
            label=_label(row, i, orders),
            colour=COLOURS[i % len(COLOURS)],
            marker=MARKERS[i % len(MARKERS)],
        )
        for i, row in enumerate(rows)
    ]


def _label(row: Row, index: int, orders: list[int]) -> str:
    order = row["order"]
    if orders.count(order) == 1:
        return f"k = {order}"
    return f"k = {order}, {row.get('name') or f'row {index + 1}'}"


def title(document: Document) -> str:
    """What was charged, under which constraint, and what it ran on."""
    constraint, backend = document.get("constraint"), document.get("backend") or {}
    parts = [str(document.get("protocol", "")), f"N = {document['battery']['cells']}"]
    parts += [f"constraint {constraint}"] if constraint not in (None, "none") else ["no constraint"]
    run = str(backend.get("name", ""))
    shots = document.get("shots")
    parts += [run + (f", {shots} shots" if shots else "")] if run else []
    return " · ".join(part for part in parts if part)


def capacity(document: Document) -> float:
    """Largest work from the lowest energy, N Delta for equal cells, in the unit of the levels."""
    battery = document["battery"]
    levels = battery["levels"]
    return float(battery.get("capacity", battery["cells"] * (max(levels) - min(levels))))


def figure_of(row: Row, name: str) -> dict[str, Any] | None:
    """A figure of merit of a row, or ``None`` where it is withheld or absent."""
    entry = row.get(name)
    return entry if entry and entry.get("value") is not None else None


def is_withheld(row: Row, name: str) -> bool:
    """Whether a figure of merit is held back with a reason."""
    return name in (row.get("withheld") or {})
