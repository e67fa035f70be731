"""Figures written to a folder, each with its data beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbcircuit.errors import InvalidRequest
from qbcircuit.plot import by_order, curves, style
from qbcircuit.plot.device_map import device_figure
from qbcircuit.plot.style import Document

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""Column names and rows."""


def write_figures(document: Document, folder: str | Path) -> list[Path]:
    """All figures of a result document as SVG, each with a CSV of the same stem.

    The same document gives the same bytes on one machine (no date, fixed identifiers).

    Args:
        document: schema ``qbcircuit.comparison/1``; the device map is drawn where its backend
            names ``coupling`` and the ``qubits`` in use.
        folder: made where it does not exist.

    Returns:
        The files written, figures and data.

    Raises:
        InvalidRequest: a folder that cannot be written.
    """
    folder = Path(folder)
    figures: list[tuple[str, Callable[[Axes], Axes], Table]] = [
        ("work", lambda ax: curves.work_figure(ax, document), _work_table(document)),
        ("advantage", lambda ax: by_order.advantage_figure(ax, document), _advantage(document)),
        ("power", lambda ax: curves.power_figure(ax, document), _power_table(document)),
        ("cost", lambda ax: by_order.cost_figure(ax, document), _cost_table(document)),
    ]
    backend = document.get("backend") or {}
    if backend.get("coupling") and backend.get("qubits"):
        figures.append(("map", lambda ax: device_figure(ax, backend), _map_table(backend)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            path
            for stem, draw, table in figures
            for path in (_write_svg(folder / f"{stem}.svg", draw), _write_csv(folder, stem, table))
        ]
    except OSError as error:
        raise InvalidRequest(
            f"Figures cannot be written to {folder}: {error.strerror}. Choose another --out."
        ) from None


def _write_svg(path: Path, draw: Callable[[Axes], Axes]) -> Path:
    from matplotlib import rc_context

    is_map = path.stem == "map"
    size = (7.2, 7.2) if is_map else style.SIZE
    with rc_context({"svg.hashsalt": "qbcircuit"}):
        figure = draw(style.new_axes(size)).get_figure(root=True)
        assert figure is not None  # new_axes puts every axes on one
        box = "tight" if is_map else None  # maps have any shape; crop the paper to it
        figure.savefig(path, format="svg", metadata={"Date": None}, bbox_inches=box)
    return path


def _write_csv(folder: Path, stem: str, table: Table) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table[0])
    writer.writerows(table[1])
    path = folder / f"{stem}.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def _work_table(document: Document) -> Table:
    rows = []
    for row, look in zip(document["rows"], style.looks(document), strict=True):
        times, work, stderr = curves.sampled(row)
        exact = curves.exact_curve(row)
        shown = [""] * len(times) if exact is None else list(exact)
        rows += [(look.label, *point) for point in zip(times, work, stderr, shown, strict=True)]
    return ("row", "time", "work", "stderr", "exact"), rows


def _power_table(document: Document) -> Table:
    rows: list[Sequence[Any]] = []
    for row, look in zip(document["rows"], style.looks(document), strict=True):
        rows += [(look.label, *p) for p in zip(*curves.average_power(row), strict=True)]
    return ("row", "time", "power", "stderr"), rows


def _advantage(document: Document) -> Table:
    bounds = ("gamma", "order", "theorem1", "theorem2", "speed_limit")
    rows = []
    for row, look in zip(document["rows"], style.looks(document), strict=True):
        entry = row.get("advantage") or {}
        measured = [entry.get(key) for key in ("value", "low", "high", "exact")]
        limits = [(row.get("bounds") or {}).get(key) for key in bounds]
        reason = (row.get("withheld") or {}).get("advantage", "")
        rows.append((look.label, row["order"], *measured, *limits, reason))
    names = [f"{name}_bound" if name == "order" else name for name in bounds]
    return ("row", "order", "advantage", "low", "high", "exact", *names, "withheld"), rows


def _cost_table(document: Document) -> Table:
    keys = (
        "k_local_gates", "k_local_depth", "two_qubit_gates", "two_qubit_depth",
        "two_qubit_gates_any_start", "duration_seconds",
    )  # fmt: skip
    rows = [
        (look.label, row["order"], *((row.get("circuit") or {}).get(key) for key in keys))
        for row, look in zip(document["rows"], style.looks(document), strict=True)
    ]
    return ("row", "order", *keys), rows


def _map_table(backend: dict[str, Any]) -> Table:
    used = set(backend["qubits"])
    pairs = sorted({(min(pair), max(pair)) for pair in backend["coupling"]})
    return ("qubit", "coupled_to", "both_in_use"), [(a, b, {a, b} <= used) for a, b in pairs]
