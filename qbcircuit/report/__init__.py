"""Result documents as text: the table that ``compare`` prints, and what stands behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from qbcircuit.estimate import ASSUMPTION
from qbcircuit.report.numbers import MISSING, Row, interval, number, seconds, spread

Document = Mapping[str, Any]

CONSTRAINTS = {
    "C0": "C0 (equal operator norm, N per protocol)",
    "C1": "C1 (equal energy standard deviation, √N per protocol)",
    "C2": "C2 (equal mean energy above the ground level, N per protocol)",
    "none": "none (Hamiltonians as given; orders are not comparable)",
}
"""What each constraint holds equal, in words."""

BOUND_NAMES = {
    "order": "γk",
    "theorem1": "γk (Theorem 1)",
    "theorem2": "γ[k²(m−1)+k] (Theorem 2)",
    "speed_limit": "speed limit (Eq. 4)",
}
"""Proved bounds on the advantage by their name in a result document."""


def console(*, stderr: bool = False) -> Console:
    """A console that never wraps a table when its output is not a terminal."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not made.is_terminal:
        made = Console(stderr=stderr, highlight=False, soft_wrap=True, width=200)
    return made


def heading(document: Document) -> str:
    """One line: what is compared, under which constraint, on which machine."""
    battery, backend = document["battery"], document["backend"]
    sampling = f"{document['shots']} shots, seed {document['seed']}"
    if backend["name"] == "exact":
        sampling = "computed, no shots"
    return (
        f"Collective charging by interaction order · {document['protocol']} · "
        f"N={battery['cells']} · constraint {CONSTRAINTS[document['constraint']]} · "
        f"backend {backend['name']}, {sampling}"
    )


COLUMNS = (
    "W/capacity", "T", "P", "Γ [95 %]", "half-charge", "Γ_P", "bound", "noise W",
    "2q gates", "any start", "2q depth", "device time",
)  # fmt: skip
"""Columns of the table, after the order k."""

RAW_COLUMNS = ("raw W/capacity", "raw T", "raw P", "raw Γ [95 %]", "raw noise W")
"""Columns beside them where read-out errors were undone: the same figures as read."""

EXTRAPOLATED_COLUMNS = ("zne W/capacity", "zne Γ [95 %]")
"""Columns beside them where stretched circuits were extrapolated to no gate errors."""


def tables(document: Document, width: int) -> list[Table]:
    """The comparison, one row an interaction order; in several tables where one is too wide.

    Args:
        document: the result document.
        width: of the terminal, in columns.
    """
    ruler = Console(width=10_000)
    packed: list[tuple[str, ...]] = [()]
    for title in _columns(document):
        longer = (*packed[-1], title)
        fits = ruler.measure(_table(document, longer)).maximum <= width
        if fits or not packed[-1]:
            packed[-1] = longer
        else:
            packed.append((title,))
    return [_table(document, titles) for titles in packed]


def _columns(document: Document) -> tuple[str, ...]:
    """Columns of the table, raw and extrapolated figures behind those that they belong to."""
    kinds = {"raw": RAW_COLUMNS, "extrapolated": EXTRAPOLATED_COLUMNS}
    shown = [
        other
        for kind, others in kinds.items()
        if any(row.get(kind) for row in document["rows"])
        for other in others
    ]
    return tuple(
        title
        for own in COLUMNS
        for title in (own, *(other for other in shown if other.partition(" ")[2] == own))
    )


def _table(document: Document, titles: tuple[str, ...]) -> Table:
    capacity = _capacity(document)
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    named = len({row["name"] for row in document["rows"]}) > 2  # more than reference and family
    if named:
        made.add_column("protocol", no_wrap=True)
    for title in ("k", *titles):
        made.add_column(title, no_wrap=True, justify="right")
    for row in document["rows"]:
        cells = _cells(row, capacity)
        label = [row["name"]] if named else []
        made.add_row(*label, str(row["order"]), *(cells[title] for title in titles))
    return made


def _cells(row: Row, capacity: float) -> dict[str, str]:
    circuit, raw, far = row["circuit"], row.get("raw"), row.get("extrapolated")
    aware = circuit["assumes_start"] and circuit["two_qubit_gates"] > 0
    as_read = raw and {
        "raw W/capacity": spread(raw["work"], 1 / capacity),
        "raw T": spread(raw["charging_time"]),
        "raw P": spread(raw["power"]),
        "raw Γ [95 %]": _advantage(row | raw),
        "raw noise W": number(raw["noise_work"], 1 / capacity),
    }
    beyond = far and {
        "zne W/capacity": spread(far["work"], 1 / capacity),
        "zne Γ [95 %]": _advantage(row | far),
    }
    return {
        **dict.fromkeys((*RAW_COLUMNS, *EXTRAPOLATED_COLUMNS), MISSING),
        **(as_read or {}),
        **(beyond or {}),
        "W/capacity": spread(row["work"], 1 / capacity),
        "T": spread(row["charging_time"]),
        "P": spread(row["power"]),
        "Γ [95 %]": _advantage(row),
        "half-charge": spread(row["half_charge_ratio"]),
        "Γ_P": spread(row["power_ratio"]),
        "bound": _bound(row),
        "noise W": number(row["noise_work"], 1 / capacity),
        "2q gates": f"{circuit['two_qubit_gates']}{'*' if aware else ''}",
        "any start": str(circuit["two_qubit_gates_any_start"] or _nothing(circuit)),
        "2q depth": str(circuit["two_qubit_depth"]),
        "device time": seconds(circuit["duration_seconds"]),
    }


def _nothing(circuit: Row) -> str:
    """Zero gates, or a dash where the full operator is too large to count."""
    return MISSING if circuit["two_qubit_gates_any_start"] is None else "0"


def _capacity(document: Document) -> float:
    battery = document["battery"]
    levels = battery["levels"]
    return float(battery.get("capacity", battery["cells"] * (levels[-1] - levels[0])))


def _advantage(row: Row) -> str:
    if row["order"] == 1 and row["advantage"] and row["advantage"]["low"] == 1:
        return "1 (reference)"
    return "withheld" if row["advantage"] is None else interval(row["advantage"])


def _bound(row: Row) -> str:
    proved = tightest_bound(row["bounds"])
    return MISSING if proved is None else f"{proved[1]:.3f}"


def tightest_bound(bounds: Mapping[str, float | None]) -> tuple[str, float] | None:
    """Name and value of the lowest proved bound on the advantage, where there is one."""
    proved = [(value, key) for key in BOUND_NAMES if (value := bounds.get(key)) is not None]
    return (min(proved)[1], min(proved)[0]) if proved else None


def notes(document: Document, *, explain: bool = False) -> list[str]:
    """What a reader must know beside the table, one sentence or two a line."""
    rows = document["rows"]
    lines = [_exact_line(rows)]
    if any(row["circuit"]["assumes_start"] and row["circuit"]["two_qubit_gates"] for row in rows):
        lines.append(
            "* right from the protocol's own start state only; any start: two-qubit gates of the "
            "same evolution from every start."
        )
    if any(row.get("raw") for row in rows):
        lines.append(
            "raw: as read. Beside it read-out errors are undone, cell by cell, as calibrated in "
            "the same run."
        )
    if any(row.get("extrapolated") for row in rows):
        factors = ", ".join(map(str, document["stretches"]))
        lines.append(f"zne: circuits stretched {factors} times and extrapolated; {ASSUMPTION}.")
    lines += [f"k={row['order']}: {note}" for row in rows for note in row.get("notes", ())]
    lines += list(_leakage_lines(rows))
    lines += list(_withheld_lines(rows, explain=explain))
    lines += list(_warnings(document))
    if explain:
        lines += list(_explanations(document))
    return [line for line in lines if line]


def _exact_line(rows: Iterable[Row]) -> str:
    found = [
        f"{row['advantage']['exact']:.4g}"
        for row in rows
        if row["advantage"] and row["advantage"].get("exact") is not None
    ]
    return f"exact reference (noise-free): Γ = {', '.join(found)}" if len(found) > 1 else ""


def _leakage_lines(rows: Iterable[Row]) -> Iterable[str]:
    """Shots outside the codes of registers, where there are some."""
    for row in rows:
        found = row.get("leakage")
        if found and found["value"] > 0:
            yield (
                f"k={row['order']}: up to {found['value']:.2%} [{found['low']:.2%}, "
                f"{found['high']:.2%}] of the shots lie outside the code space (leakage); "
                "the work is that of the others."
            )


def _withheld_lines(rows: Iterable[Row], *, explain: bool) -> Iterable[str]:
    for row in rows:
        reasons = dict(row["withheld"])
        if not reasons:
            continue
        if explain:
            yield from (
                f"k={row['order']}: {name} withheld: {why}" for name, why in reasons.items()
            )
        else:
            by_reason: dict[str, list[str]] = {}
            for name, why in reasons.items():
                by_reason.setdefault(why, []).append(name.replace("_", " "))
            for why, names in by_reason.items():
                yield f"k={row['order']}: not reported ({', '.join(names)}): {why}"


def _warnings(document: Document) -> Iterable[str]:
    for row in document["rows"]:
        proved = tightest_bound(row["bounds"])
        if proved and row["advantage"] and row["advantage"]["low"] > proved[1] * (1 + 1e-9):
            yield (
                f"Warning: Γ at k={row['order']} lies above the proved bound "
                f"{BOUND_NAMES[proved[0]]} = {proved[1]:.3f}. Suspect the data, not the theorem."
            )
    name = document["backend"]["name"]
    if name.startswith("fake_"):
        yield (
            f"{name} replays a calibration snapshot; its noise is usually kinder than the "
            "real device's."
        )
    if name.startswith(("fake_", "noisy", "ibm_")):
        yield "On a noisy machine W is deposited energy, heat included."


def _explanations(document: Document) -> Iterable[str]:
    yield f"Constraint {CONSTRAINTS[document['constraint']]}."
    yield "W: deposited work at T, the fitted height; T: first maximum of W(t), by a local fit."
    yield "P = W/T. Γ: parallel time to the same work over T, same constraint, same backend."
    yield "half-charge: parallel time to half that work over this protocol's."
    yield "Γ_P: best average power max W/t over the parallel charger's."
    yield "noise W: the same gates with every angle zero; a null test, never subtracted."
    for row in document["rows"]:
        norm = row["norm"]
        yield f"k={row['order']}: operator norm {norm['value']:.6g} ({norm['kind']})."
        if row["advantage"] and row["advantage"].get("rule"):
            yield f"k={row['order']}: Γ by {row['advantage']['rule']}."


def print_comparison(
    document: Document, files: Iterable[Path] = (), *, explain: bool = False, quiet: bool = False
) -> None:
    """Print heading, table, notes and where the files are."""
    out = console()
    if not quiet:
        out.print(heading(document), style="bold")
    for index, table in enumerate(tables(document, out.width)):
        if index:
            out.print()
        out.print(table)
    for line in notes(document, explain=explain):
        out.print(line, markup=False)
    paths = [str(path) for path in files]
    if paths and not quiet:
        out.print(f"files: {', '.join(paths)}", markup=False)
