"""The numbers that others published or computed, as they are kept in ``entries/*.toml``.

An entry is one model of a source. Its series are curves or tables: ``what`` is read, at which times
and, where parameters change from value to value, at which ``points``. A series with an ``origin``
was measured on a device or simulated with noise and has no tolerance.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "entries"


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Numbers of one kind.

    Args:
        what: the figure, by the name that the entry's model gives it.
        times: in the source's unit, one a number.
        values: the numbers.
        parameters: of the model, one mapping a number.
        label: what sets the series apart from others of its entry.
        origin: the device or simulation that it comes from; empty where it is exact.
        tolerance: within which it must be met again; ``None`` for devices and noise.
        spread: standard deviations that the source gives.
    """

    what: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    parameters: tuple[dict[str, Any], ...]
    label: str = ""
    origin: str = ""
    tolerance: float | None = None
    spread: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        counts = {len(self.times), len(self.values), len(self.parameters)}
        if len(counts) > 1 or (self.spread and len(self.spread) != len(self.values)):
            raise ValueError(f"{self.what}: as many times, values and points, got {counts}.")
        if bool(self.origin) == (self.tolerance is not None):
            raise ValueError(f"{self.what}: either an origin or a tolerance.")

    @property
    def name(self) -> str:
        """Figure, parameters and origin in one line."""
        return ", ".join(part for part in (self.what, self.label, self.origin) if part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One model of one source.

    Args:
        name: short, unique.
        title: one line.
        source: repository, commit and place in it.
        paper: where it was published; empty where it was not.
        obtained: how the numbers were read or made.
        model: which builder rebuilds it.
        places: of the values that compiled circuits rebuild, in every series that has them.
        error: what product formulas may be off by, see ``compile_protocol``.
        series: the numbers.
    """

    name: str
    title: str
    source: str
    paper: str
    obtained: str
    model: str
    places: tuple[int, ...]
    error: float
    series: tuple[Series, ...]


def entries() -> list[Entry]:
    """All that is stored, by file and then as it stands there."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        with path.open("rb") as file:
            found += [_entry(one) for one in tomllib.load(file)["entry"]]
    return found


def _entry(raw: dict[str, Any]) -> Entry:
    common = raw.get("parameters", {})
    circuits = raw.get("circuits", {})
    return Entry(
        name=raw["name"],
        title=raw["title"],
        source=f"{raw['repository']} at {raw['commit']}: {raw['path']}",
        paper=raw.get("paper", ""),
        obtained=raw["obtained"],
        model=raw["model"],
        places=tuple(circuits.get("places", ())),
        error=float(circuits.get("error", 1e-3)),
        series=tuple(_series(one, common) for one in raw["series"]),
    )


def _series(raw: dict[str, Any], common: dict[str, Any]) -> Series:
    values, run = tuple(raw["values"]), raw.get("run", {})
    points = raw.get("points", [{}] * len(values))
    return Series(
        what=raw["what"],
        times=_times(raw),
        values=values,
        parameters=tuple(common | run | point for point in points),
        label=" ".join(f"{name}={value:g}" for name, value in run.items()),
        origin=raw.get("origin", ""),
        tolerance=raw.get("tolerance"),
        spread=tuple(raw.get("spread", ())),
    )


def _times(raw: dict[str, Any]) -> tuple[float, ...]:
    if "grid" in raw:
        grid = raw["grid"]
        return tuple(np.linspace(grid["first"], grid["last"], grid["count"]).tolist())
    return tuple(float(time) for time in raw["times"])
