"""What the exact reference says about a charger: the noise-free column of every table."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import best_average_power, capacity, first_crossing, first_maximum

FULL = 1e-9
"""Share of the capacity by which a charge may miss it and still count as full."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactFigures:
    """Figures of merit of the noise-free charge; ``None`` where undefined or out of reach.

    Args:
        charging_time: first maximum T, or the end of a protocol until which W rises.
        work: W(T).
        power: W(T)/T.
        best_power: max_t W/t.
        advantage: parallel time to W(T), over T.
        half_charge_ratio: parallel time to W(T)/2, over this charger's.
        power_ratio: max_t W/t over the parallel charger's.
        ill_posed: why the first maximum is no sound charging time; empty where it is.
    """

    charging_time: float | None = None
    work: float | None = None
    power: float | None = None
    best_power: float | None = None
    advantage: float | None = None
    half_charge_ratio: float | None = None
    power_ratio: float | None = None
    ill_posed: str = ""


def exact_figures(
    protocol: ChargingProtocol,
    parallel: ChargingProtocol | None,
    *,
    crossing: float | None = None,
) -> ExactFigures:
    """The exact figures of a charger, against parallel charging where that is given.

    Args:
        protocol: the charger.
        parallel: the reference charger; ``None`` leaves the ratios out.
        crossing: fraction of capacity whose first crossing is T; ``None``: the first maximum.
    """
    try:
        time, work, ill_posed = _charge(protocol, crossing)
        best = best_average_power(protocol)[1]
    except InvalidRequest:
        return ExactFigures()
    ratio = None if parallel is None else best / best_average_power(parallel)[1]
    if ill_posed:
        return ExactFigures(best_power=best, power_ratio=ratio, ill_posed=ill_posed)
    advantage = half = None
    if parallel is not None:
        advantage = _over(_parallel_time(parallel, work), time)
        half = _over(_reached(parallel, work / 2), _reached(protocol, work / 2))
    return ExactFigures(
        charging_time=time,
        work=work,
        power=work / time,
        best_power=best,
        advantage=advantage,
        half_charge_ratio=half,
        power_ratio=ratio,
    )


def _charge(protocol: ChargingProtocol, crossing: float | None) -> tuple[float, float, str | None]:
    """Charging time, the work then, and why the time is no sound one."""
    if crossing is None:
        peak = first_maximum(protocol)
        rises = peak.work > 0 and math.isclose(peak.time, protocol.duration, rel_tol=1e-9)
        return peak._replace(ill_posed=None) if rises else peak
    work = crossing * capacity(protocol.battery)
    return first_crossing(protocol, work), work, None


def _parallel_time(parallel: ChargingProtocol, work: float) -> float | None:
    """When parallel charging reaches a work; at full charge, where the curve is flat, its peak."""
    top = first_maximum(parallel)
    if (1 - FULL) * top.work <= work <= (1 + FULL) * top.work:
        return top.time
    return _reached(parallel, work)


def _reached(protocol: ChargingProtocol, work: float) -> float | None:
    """When a charger first reaches a work; ``None`` where it never does."""
    try:
        return first_crossing(protocol, work)
    except InvalidRequest:
        return None


def _over(time: float | None, other: float | None) -> float | None:
    return None if time is None or other is None else time / other
