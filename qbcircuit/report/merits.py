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
    if found := one["measured"]:
        value, low, high = (found[part] + 0.0 for part in ("value", "low", "high"))  # no -0
        said += f" {value:.4g}{unit} [{low:.4g}, {high:.4g}]"
        said += f" ({one['method']})"
    elif reason := one["withheld"].get("measured"):
        said += f" not measured: {reason.rstrip('.')};"
    if one["exact"] is None:
        return f"{said} exact: none: {one['withheld']['exact']}"
    return f"{said} exact {one['exact']:.4g}{unit}{_delay(one.get('storage'))}"


def _delay(storage: Mapping[str, Any] | None) -> str:
    """How long what is stored waits, and whose T1 and T2 these are."""
    if storage is None:
        return ""
    if storage["reported_by"] is None:
        given = [f"{n.upper()} {storage[n]:.4g}" for n in ("t1", "t2") if storage[n] is not None]
        return f" (delay {storage['delay']:.4g}; {', '.join(given)} as given)"
    return (
        f" (delay {storage['delay']:.4g} s; mean T1 {storage['t1']:.3g} s, T2 {storage['t2']:.3g} s"
        f" of its qubits as {storage['reported_by']} reports them)"
    )
