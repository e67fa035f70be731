"""Exact charging time, crossings and best average power, read off the exact curve."""

from __future__ import annotations

import math
from typing import NamedTuple

from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.curve import Solution
from qbcircuit.reference.energy import capacity, energy_range, start_energy
from qbcircuit.reference.piecewise import Segment, natural_time, segments

_NOISE = 1e-9
"""Fraction of the capacity below which a rise or a fall is rounding."""

_SHALLOW = 0.05
"""A maximum is ill-posed where W falls by less than this fraction before it recovers."""

_RECOVERED = 0.99
"""Fraction of the maximum at which a later bump competes with it."""

_FLAT = 0.10
"""A maximum is flat where W stays within 1e-3 of it for this fraction of T on one side."""

_MOST_LENGTHS = 4000


class Peak(NamedTuple):
    """The first maximum of W(t).

    ``ill_posed`` is the reason why the time means little, in one sentence; ``None`` where it is
    sharp. Where there is no maximum, ``time`` and ``work`` are those of the largest work seen.
    """

    time: float
    work: float
    ill_posed: str | None


def first_maximum(protocol: ChargingProtocol, *, horizon: float | None = None) -> Peak:
    """The charging time T and the work W* at the first maximum of W(t), to about 1e-10.

    Args:
        protocol: what charges what.
        horizon: where to stop looking; by default the end of the protocol, or a full turn of
            its weakest flip.

    Returns:
        The peak, which says where it is ill-posed.
    """
    end = _horizon(protocol, horizon)
    noise = _NOISE * capacity(protocol.battery)
    best, lowest = (0.0, 0.0), math.inf
    passed: list[Segment] = []
    for segment in segments(Solution(protocol), end):
        passed.append(segment)
        for time, work in segment.extrema():
            if lowest == math.inf and work > best[1]:
                best = (time, work)
            elif best[1] > noise and work < best[1] - noise:
                lowest = min(lowest, work)
            if lowest < (1 - _SHALLOW) * best[1]:
                return Peak(*best, _flatness(passed, *best))
            if lowest < math.inf and work > _RECOVERED * best[1] and work > lowest + noise:
                return Peak(*best, _shallowness(best, lowest, (time, work)))
    if lowest < math.inf:
        return Peak(*best, _flatness(passed, *best))
    if best[1] <= noise:
        return Peak(0.0, 0.0, f"W never rises above 0 before t={end:.6g}.")
    return Peak(*best, f"W has no maximum before t={end:.6g}, where it still rises.")


def first_crossing(
    protocol: ChargingProtocol, work: float, *, horizon: float | None = None
) -> float:
    """The first time at which W(t) reaches a given work.

    Args:
        protocol: what charges what.
        work: in energy units, above 0.
        horizon: as in :func:`first_maximum`.

    Raises:
        InvalidRequest: the work is not positive or is not reached in time.
    """
    if not work > 0:
        raise InvalidRequest(f"A crossing needs a work above 0, got {work}.")
    end = _horizon(protocol, horizon)
    highest = 0.0
    for segment in segments(Solution(protocol), end):
        if math.isclose(segment.value(-1), work, rel_tol=1e-14):
            return segment.begin
        if crossings := segment.roots(segment.minus(work)):
            return segment.time(crossings[0])
        highest = max(highest, *(value for _, value in segment.extrema()))
    raise InvalidRequest(
        f"W reaches {highest:.6g} at most before t={end:.6g}, never {work:.6g}. "
        "Ask for less work or a longer protocol."
    )


def best_average_power(
    protocol: ChargingProtocol, *, horizon: float | None = None
) -> tuple[float, float]:
    """(time, power) of max_t W(t)/t.

    The search ends where even a full charge would give less power.

    Args:
        protocol: what charges what.
        horizon: as in :func:`first_maximum`.

    Raises:
        InvalidRequest: W never rises above 0.
    """
    end = _horizon(protocol, horizon)
    battery = protocol.battery
    most = energy_range(battery)[1] - start_energy(battery)
    best = (0.0, 0.0)
    for segment in segments(Solution(protocol), end):
        for time, power in segment.powers():
            best = max(best, (time, power), key=lambda one: one[1])
        if best[1] > 0 and segment.end * best[1] > most:
            break
    if best[1] * natural_time(protocol) <= _NOISE * capacity(battery):
        raise InvalidRequest(
            f"W never rises above 0 before t={end:.6g}. Change the start or terms."
        )
    return best


def _horizon(protocol: ChargingProtocol, horizon: float | None) -> float:
    if horizon is not None:
        if not (math.isfinite(horizon) and horizon > 0):
            raise InvalidRequest(f"A horizon must be positive and finite, got {horizon}.")
        return min(horizon, protocol.duration)
    if math.isfinite(protocol.duration):
        return protocol.duration
    begin = math.fsum(step.duration for step in protocol.evolutions[:-1])
    last, dimensions = protocol.evolutions[-1].terms, protocol.battery.dimensions
    flips = [term.norm_on(dimensions) for term in last if term.flips and term.strength]
    turn = 2 * math.pi / min(flips, default=1.0)
    return begin + min(turn, _MOST_LENGTHS * natural_time(protocol))


def _flatness(passed: list[Segment], time: float, work: float) -> str | None:
    """Why the peak is flat, from where W entered its last thousandth; None where it is sharp."""
    entered = 0.0
    for segment in passed:
        crossings = [segment.time(x) for x in segment.roots(segment.minus(0.999 * work))]
        entered = max([entered, *(t for t in crossings if t <= time)])
    if time - entered <= _FLAT * time:
        return None
    return (
        f"The peak is flat: W is within 0.1 % of its maximum from t={entered:.6g} to "
        f"t={time:.6g}. Use a crossing instead."
    )


def _shallowness(best: tuple[float, float], lowest: float, later: tuple[float, float]) -> str:
    fall = 100 * (1 - lowest / best[1])
    return (
        f"The peaks are near-degenerate: after t={best[0]:.6g} W falls by only {fall:.2g} % "
        f"and is back at {later[1] / best[1]:.2%} of it by t={later[0]:.6g}. "
        "Use a crossing instead."
    )
