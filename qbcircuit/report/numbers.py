"""Numbers as text, to the precision of their intervals."""

from __future__ import annotations

import math
from typing import Any

Row = dict[str, Any]

MISSING = "-"
"""What stands for a figure that is withheld."""


def number(estimate: Row | None, scale: float = 1.0) -> str:
    """An estimate's value to its interval's precision; a dash where it is withheld."""
    if estimate is None:
        return MISSING
    return _rounded(estimate["value"] * scale, _half_width(estimate) * scale)


def spread(estimate: Row | None, scale: float = 1.0) -> str:
    """An estimate as value ± half of its interval; a dash where it is withheld."""
    half = 0.0 if estimate is None else _half_width(estimate) * scale
    return number(estimate, scale) + (f"±{_rounded(half, half)}" if half else "")


def interval(estimate: Row | None) -> str:
    """An estimate as value [low, high]; a dash where it is withheld."""
    half = 0.0 if estimate is None else _half_width(estimate)
    if estimate is None or half == 0:
        return number(estimate)
    low, high = (_rounded(estimate[end], half) for end in ("low", "high"))
    return f"{_rounded(estimate['value'], half)} [{low}, {high}]"


def _half_width(estimate: Row) -> float:
    return float(estimate["high"] - estimate["low"]) / 2


def _rounded(value: float, half: float) -> str:
    """A value with the decimals of its uncertainty, which keeps two digits below 3, else one."""
    if half <= 0:
        return f"{value:.5g}"
    leading = math.floor(math.log10(half))
    decimals = -leading + (half < 3 * 10.0**leading)
    return f"{value:.{min(max(decimals, 0), 9)}f}"


def seconds(duration: float | None) -> str:
    """A device time in microseconds; a dash where the target reports none."""
    return MISSING if duration is None else f"{duration * 1e6:.2f} µs"
