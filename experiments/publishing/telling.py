"""What was rebuilt, as a table, a figure and a file of numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from publishing.rebuilding import Rebuilt
from publishing.stored import Entry

_COLUMNS = f"{'series':48}{'numbers':>8}{'theirs':>12}{'ours':>12}{'deviation':>11}{'within':>10}"


def table(found: Sequence[Rebuilt]) -> str:
    """Theirs and ours where they are furthest apart; of circuits, how far from the reference."""
    lines = []
    for _, group in groupby(found, key=lambda one: one.entry.name):
        rows = list(group)
        entry = rows[0].entry
        lines += [
            "",
            f"{entry.name}: {entry.title}",
            f"  {entry.source}",
            f"  {_COLUMNS}  circuits",
        ]
        lines += [f"  {_row(one)}" for one in rows]
    return "\n".join(lines)


def _row(one: Rebuilt) -> str:
    series, at = one.series, one.worst
    told = "device" if series.tolerance is None else f"{series.tolerance:.1e}"
    return (
        f"{series.name:48}{len(series.values):8}{series.values[at]:12.6f}{one.ours[at]:12.6f}"
        f"{abs(one.gaps[at]):11.1e}{told:>10}  {_circuits(one)}"
    )


def _circuits(one: Rebuilt) -> str:
    run = ~np.isnan(one.circuits)
    if not run.any():
        return "-"
    off = np.abs(one.circuits - one.ours)[run].max()
    return f"{off:.1e} at {run.sum()} (promised {one.allowed[run].max():.1e})"


def write(found: Sequence[Rebuilt], path: Path) -> None:
    """All numbers as JSON; places without circuits are null."""
    rows: list[dict[str, Any]] = []
    for one in found:
        rows.append(
            {
                "entry": one.entry.name,
                "source": one.entry.source,
                "paper": one.entry.paper,
                "series": one.series.name,
                "tolerance": one.series.tolerance,
                "times": list(one.series.times),
                "theirs": list(one.series.values),
                "ours": one.ours.tolist(),
                "circuits": [None if math.isnan(x) else x for x in one.circuits.tolist()],
            }
        )
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def draw(found: Sequence[Rebuilt], path: Path) -> None:
    """A panel an entry: our curves, their numbers (crosses: devices and noise), our circuits."""
    panels = [(name, list(group)) for name, group in groupby(found, lambda one: one.entry.name)]
    columns = 4
    height = -(-len(panels) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.2 * height), layout="constrained")
    axes = np.atleast_1d(figure.subplots(height, columns, squeeze=False).ravel())
    for one, (_, rows) in zip(axes, panels, strict=False):
        _panel(one, rows)
    for unused in axes[len(panels) :]:
        unused.set_axis_off()
    figure.savefig(path)


def _panel(axes: Any, rows: Sequence[Rebuilt]) -> None:
    colours: dict[tuple[str, str], str] = {}
    for one in rows:
        series = one.series
        key = series.what, series.label
        new = key not in colours
        colour = colours.setdefault(key, f"C{len(colours) % 10}")
        x = np.array(series.times)
        if len(set(series.times)) < len(series.times):
            x = np.arange(len(x))
        label = " ".join(key).strip() if new else None
        axes.plot(x, one.ours, "-", color=colour, lw=1, label=label)
        mark = "x" if series.origin else "."
        axes.errorbar(x, series.values, series.spread or None, fmt=mark, color=colour, ms=5)
        axes.plot(x, one.circuits, "s", color=colour, ms=7, mfc="none")
    entry: Entry = rows[0].entry
    axes.set_title(entry.name, fontsize=9)
    axes.legend(frameon=False, fontsize=6)
