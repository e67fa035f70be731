"""What a protocol reaches until it is charged, exactly: the left-hand sides of the bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.merit import parallel_capacity, parallel_crossing_time
from qbcircuit.reference import (
    EnergyRates,
    Kind,
    StateHistory,
    energy_rates,
    first_maximum,
    generator_extremes,
    power_extremes,
    simulate,
    start_angles,
    worst,
)

Series = NDArray[np.float64]

N_TIMES = 49
"""Times at which powers are looked at, beside the ends of steps."""

MOST_SITES = 200
"""Most sites whose states are followed."""

FULL = 1e-9
"""Share of a full charge by which one may miss it and still count as full."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Norms:
    """Norms of every step of a protocol, all (n_steps,).

    Args:
        width: min_c |H - c|.
        lowest: lowest level of H, identity shift included.
        power: |[I, H]|; ``None`` where cells interact.
        width_kind: how far widths can be trusted; an upper bound is never too low.
        power_kind: how far powers can be trusted.
    """

    width: Series
    lowest: Series
    power: Series | None
    width_kind: Kind
    power_kind: Kind


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Charge:
    """An exact charge up to T.

    Args:
        time: T.
        work: W(T).
        rates: powers and variances at times from 0 to T, the begins of steps among them.
        acting: (n_times,) which step acts at each of these times.
        lasted: (n_steps,) how long each step acts before T.
        spread: time average of Delta H.
        mean: (n_steps,) <H> in each step that acts.
        angle: Bures angle of all sites between the start and T.
    """

    time: float
    work: float
    rates: EnergyRates
    acting: NDArray[np.int64]
    lasted: Series
    spread: float
    mean: Series
    angle: float

    def averaged(self, values: Series) -> float:
        """Time average over [0, T] of something that every step has its own of."""
        return float(values[: len(self.lasted)] @ self.lasted) / self.time


def norms_of(protocol: ChargingProtocol) -> Norms:
    """Norms of H and of i[H, I], equal steps once.

    Args:
        protocol: what charges what.

    Raises:
        InvalidRequest: a mode whose quanta are not bounded by what is conserved.
    """
    first = {step: index for index, step in reversed(list(enumerate(protocol.evolutions)))}
    spectra = {step: generator_extremes(protocol, index) for step, index in first.items()}
    powers = (
        None
        if protocol.battery.interactions
        else {step: power_extremes(protocol, index) for step, index in first.items()}
    )
    steps = protocol.evolutions
    return Norms(
        width=np.array([(spectra[one].high - spectra[one].low) / 2 for one in steps]),
        lowest=np.array([spectra[one].low for one in steps]),
        power=None
        if powers is None
        else np.array([max(-powers[one].low, powers[one].high) for one in steps]),
        width_kind=worst([one.kind for one in spectra.values()]),
        power_kind=worst([] if powers is None else [one.kind for one in powers.values()]),
    )


def charge_of(protocol: ChargingProtocol, time: float | None = None) -> Charge:
    """The exact charge up to its first maximum, or up to a time.

    Args:
        protocol: what charges what.
        time: T; the first maximum of W, or the end where W never rises, where ``None``.

    Raises:
        InvalidRequest: a state too large to follow, or nothing that tells a time.
    """
    if protocol.battery.n_sites > MOST_SITES:
        raise InvalidRequest(
            f"{protocol.battery.n_sites} sites are too many to follow, {MOST_SITES} are the most."
        )
    end = _end(protocol) if time is None else time
    durations = np.array([step.duration for step in protocol.evolutions])
    begins = np.concatenate([[0.0], np.cumsum(durations)[:-1]])
    begins = begins[begins < end]
    times = np.unique(np.concatenate([np.linspace(0.0, end, N_TIMES), begins]))
    history = StateHistory(protocol, times)
    rates = energy_rates(history)
    at_begin = np.searchsorted(times, begins)
    lasted = np.minimum(begins + durations[: len(begins)], end) - begins
    spreads = np.sqrt(rates.generator_variance[at_begin])
    return Charge(
        time=end,
        work=float(simulate(protocol, [end]).work[0]),
        rates=rates,
        acting=history.acting,
        lasted=lasted,
        spread=float(spreads @ lasted) / end,
        mean=rates.generator[at_begin],
        angle=float(start_angles(StateHistory(protocol, [end]))[0]),
    )


def _end(protocol: ChargingProtocol) -> float:
    found = first_maximum(protocol).time
    if found > 0:
        return found
    if math.isfinite(protocol.duration):
        return protocol.duration
    raise InvalidRequest("W never rises, so there is no charging time. Give a time.")


def parallel_strength(battery: Battery, constraint: Constraint) -> float | None:
    """Strength of the parallel charger that spends exactly the budget of a constraint.

    1 under C0 and C2; under C1 too where cells have two levels, since Delta H^2 of a cell in
    levels is p_0 + p_top.

    Args:
        battery: starts in levels.
        constraint: which budget.

    Returns:
        ``None`` where the parallel charger does not move this start, or nothing is held equal.
    """
    if constraint is Constraint.NONE or not battery.starts_in_levels:
        return None
    if constraint is not Constraint.C1:
        return 1.0
    populations = battery.start_populations
    moved = math.fsum(populations[j][0] + populations[j][-1] for j in battery.cells)
    return math.sqrt(battery.n_cells / moved) if moved > 0 else None


def is_full(battery: Battery, work: float) -> bool:
    """Whether a work is all that parallel charging deposits."""
    return work >= (1 - FULL) * parallel_capacity(battery)


def parallel_time(battery: Battery, constraint: Constraint, work: float) -> float | None:
    """When the parallel charger of the same budget has deposited this work.

    Args:
        battery: starts in levels, cells do not interact.
        constraint: which budget.
        work: W, in energy units.

    Returns:
        ``None`` where it never does.
    """
    strength = parallel_strength(battery, constraint)
    if strength is None or battery.interactions:
        return None
    full = parallel_capacity(battery)
    if full <= 0 or not 0 < work <= full * (1 + FULL):
        return None
    if is_full(battery, work):  # arcsin is steep there
        return math.pi / 2 / strength
    return parallel_crossing_time(battery, work, strength=strength)


def most(values: Sequence[float] | Series, limits: Sequence[float] | Series) -> int:
    """Where a value is largest against its limit; the largest value where all limits are met."""
    left, right = np.abs(np.asarray(values, dtype=float)), np.asarray(limits, dtype=float)
    known = right > 1e-12 * max(float(right.max()), float(left.max()))
    ratio = np.divide(left, right, out=np.full(left.shape, -1.0), where=known)
    ratio[~known & (left > 1e-9 * max(float(left.max()), 1e-300))] = np.inf
    return int(np.argmax(ratio))
