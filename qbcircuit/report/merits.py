"""What a report says of figures of merit of the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def merit_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line a figure and row."""
    for row in rows:
        for one in row.get("merit", ()):
            yield f"k={row['order']}: {_line(one)}"


def _line(one: Mapping[str, Any]) -> str:
    unit = f" {one['unit']}" if one["unit"] in ("rad", "nats") else ""
    said = f"{one['name']} at t = {one['time']:.4g}:"
    found = one["measured"]
    if found:
        said += f" {found['value']:.4g}{unit} [{found['low']:.4g}, {found['high']:.4g}]"
        said += f" ({one['method']})"
    elif reason := one["withheld"].get("measured"):
        said += f" not measured: {reason.rstrip('.')};"
    if one["exact"] is None:
        return f"{said} exact: none: {one['withheld']['exact']}"
    return f"{said} exact {one['exact']:.4g}{unit}"
