"""Rows summed up: the best peer of each, geometric means, and where a peer is ahead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from compiling.rows import Row

Result = dict[str, Any]

MODES = ("gates", "depth")
"""What our compiler is asked to save; peers' best in each is what we are held against."""


def summed_up(row: Row, ours: dict[str, Result], peers: Sequence[Result]) -> Result:
    """One row of the report.

    Args:
        row: which.
        ours: our circuit by what it saves.
        peers: every circuit of every peer that was kept, each with its check.
    """
    passed = [one for one in peers if one.get("passed")]
    level3 = [one for one in passed if one["who"] == "level 3"]
    best = {mode: min(passed, key=lambda one: one[mode], default=None) for mode in MODES}
    own = [one for one in ours.values() if "gates" in one]
    return {
        "row": row.key,
        "from_ground": row.from_ground,
        "order": row.order,
        "steps": row.steps,
        "floors": row.floors,
        "level3_recorded": row.level3,
        "level3": next((one for one in level3 if one["how"] == "as given"), None),
        "level3_best": {
            mode: min(level3, key=lambda one: one[mode], default=None) for mode in MODES
        },
        "best": best,
        "ours": ours,
        "peers": list(peers),
        "checked": len(own) == len(MODES) and all(one["passed"] for one in own),
        "behind": [one for one in passed if own and all(map(_is_ahead(one), own))],
        "floor_reached": all(any(map(_reaches(floor), own)) for floor in row.floors),
    }


def _is_ahead(peer: Result) -> Any:
    return lambda one: peer["gates"] < one["gates"] and peer["depth"] < one["depth"]


def _reaches(floor: tuple[int, int]) -> Any:
    return lambda one: one["gates"] <= floor[0] and one["depth"] <= floor[1]


def means(rows: Iterable[Result]) -> dict[str, dict[str, float]]:
    """Geometric means of ours / theirs over the rows that have both, by kind of row."""
    rows = list(rows)
    kinds = {
        "same operator": [one for one in rows if not one["from_ground"]],
        "from |0...0>": [one for one in rows if one["from_ground"]],
    }
    rivals = {
        "best peer": lambda one, mode: one["best"][mode],
        "level 3, terms as given": lambda one, mode: one["level3"],
        "level 3, best order": lambda one, mode: one["level3_best"][mode],
    }
    return {
        f"{kind} / {rival}": {
            mode: _geometric(
                one["ours"][mode][mode] / pick(one, mode)[mode]
                for one in inside
                if pick(one, mode) and mode in one["ours"].get(mode, {})
            )
            for mode in MODES
        }
        for kind, inside in kinds.items()
        for rival, pick in rivals.items()
    }


def _geometric(ratios: Iterable[float]) -> float:
    found = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(found) / len(found)) if found else math.nan


def table(rows: Sequence[Result]) -> str:
    """One line a row: two-qubit gates / two-qubit depth, CPU seconds, ratios, checks."""
    head = (
        f"{'row':42s} {'level 3':>10s} {'fewest gates (peer)':>32s} {'least depth (peer)':>32s} "
        f"{'ours, gates':>12s} {'ours, depth':>12s} {'best known':>16s} {'ratios':>11s} "
        f"{'CPU ours/peer':>15s} notes"
    )
    return "\n".join([head, *map(_line, rows)])


def _line(one: Result) -> str:
    mine, best = one["ours"], one["best"]
    known = " or ".join(f"{a}/{b}" for a, b in one["floors"]) or "open"
    ratios = " ".join(
        f"{mine[mode][mode] / best[mode][mode]:5.2f}"
        if best[mode] and mode in mine.get(mode, {})
        else "    -"
        for mode in MODES
    )
    seconds = f"{_seconds(mine.get('gates'))}/{_seconds(best['gates'])}"
    return (
        f"{one['row']:42s} {_pair(one['level3']):>10s} {_named(best['gates']):>32s} "
        f"{_named(best['depth']):>32s} {_pair(mine.get('gates')):>12s} "
        f"{_pair(mine.get('depth')):>12s} {known:>16s} {ratios:>11s} {seconds:>15s} {_notes(one)}"
    )


def _pair(one: Result | None) -> str:
    return f"{one['gates']}/{one['depth']}" if one and "gates" in one else "-"


def _named(one: Result | None) -> str:
    return f"{_pair(one)} {one['who']}" if one else "-"


def _seconds(one: Result | None) -> str:
    return f"{one['seconds']:.2f}" if one and "seconds" in one else "-"


def _notes(one: Result) -> str:
    notes = [] if one["checked"] else ["OURS NOT CHECKED"]
    if one["behind"]:
        notes.append("BEHIND " + ", ".join(sorted({peer["who"] for peer in one["behind"]})))
    if one["floors"] and not one["floor_reached"]:
        notes.append("best known not reached")
    wrong = sorted({peer["who"] for peer in one["peers"] if peer.get("passed") is False})
    if wrong:
        notes.append("wrong: " + ", ".join(wrong))
    return "; ".join([*notes, *_endings(one["peers"])])


def _endings(peers: Iterable[Result]) -> Iterator[str]:
    """Which peers were cut off, with the circuits they had made, and which failed at all."""
    ended = [one for one in peers if "done" in one]
    cut = [f"{one['who']} {one['done']}/{one['of']}" for one in ended if one["done"] < one["of"]]
    if cut:
        yield "cut off: " + ", ".join(cut)
    made = {one["who"] for one in peers if "gates" in one}
    failed = [one["who"] for one in ended if one["why"] and one["who"] not in made]
    if failed:
        yield "failed: " + ", ".join(failed)


def mean_lines(found: dict[str, dict[str, float]]) -> str:
    """The geometric means, one line each."""
    return "\n".join(
        f"geometric mean, {name}: {value['gates']:.3f} gates, {value['depth']:.3f} depth"
        for name, value in found.items()
        if not math.isnan(value["gates"])
    )
