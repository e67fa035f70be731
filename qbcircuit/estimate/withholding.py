"""When a figure is kept back: ill-posed peaks, and work that noise could fake."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate.features import Extremum, largest
from qbcircuit.estimate.interval import Estimate
from qbcircuit.estimate.smooth import Curves
from qbcircuit.estimate.trace import EnergyTrace

_ROUNDING = 1e-12
"""Work in units of capacity below which nothing is told apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Withholding:
    """When a figure is not reported.

    Noise heats cells that start in the ground state, and divided by a short time that looks
    like power; so work must stand clear of what the same circuits do with zero angles.

    Args:
        sigmas: standard errors by which work must exceed the noise work.
        noise_share: largest noise work, as a share of the work.
        least_charge: least work, as a share of capacity.
        spread: largest half width of the charging time's interval, as a share of it; a peak
            that is flatter than that, or two peaks that cannot be told apart, are ill-posed.
        leakage: largest share of shots outside the codes of registers, up to the time in question.
    """

    sigmas: float = 3.0
    noise_share: float = 0.2
    least_charge: float = 0.05
    spread: float = 0.1
    leakage: float = 0.05


def ill_posed(charge: Extremum, rules: Withholding) -> str | None:
    """Why a charging time does not deserve to be one number."""
    spread = Estimate.from_draws(charge.time, charge.times).spread
    if spread > rules.spread or charge.at_edge > 0.02:
        return (
            f"the peak is ill-posed: flat or near-degenerate, T is uncertain by ±{spread:.0%}. "
            "Use more shots, other --times, or the crossing of a fraction of capacity."
        )
    return None


def objection(trace: EnergyTrace, charge: Extremum, rules: Withholding) -> str | None:
    """Why work at a time could be noise; ``None`` where it is clear of it.

    Args:
        trace: the measured energy and noise work.
        charge: the time and the work there.
        rules: when to keep figures back.
    """
    leaked = leakage_until(trace, charge.time)
    if leaked is not None and leaked.value > rules.leakage:
        return (
            f"{leaked.value:.1%} of the shots lie outside the code space "
            f"(allowed {rules.leakage:.0%})"
        )
    work, share = charge.height, charge.height / trace.capacity
    if not work > 0 or share < rules.least_charge:
        return f"work is {share:.1%} of capacity (needs {rules.least_charge:.0%})"
    if trace.noise_work is None:
        return None
    noise, error = noise_at(trace, charge.time)
    error = max(math.hypot(error, float(np.std(charge.heights))), _ROUNDING * trace.capacity)
    if work - noise < rules.sigmas * error:
        return f"work is {(work - noise) / error:.1f}σ above the noise work"
    if noise > rules.noise_share * work:
        return f"noise work is {noise / work:.0%} of the work (allowed {rules.noise_share:.0%})"
    return None


def leakage_until(trace: EnergyTrace, time: float) -> Estimate | None:
    """The largest leakage up to a time; ``None`` where none can be."""
    if trace.leakage is None:
        return None
    early = [one for one, t in zip(trace.leakage, trace.times, strict=True) if t <= time]
    return max(early or trace.leakage[:1], key=lambda one: one.value)


def noise_at(trace: EnergyTrace, time: float) -> tuple[float, float]:
    """Noise work and its standard error at a time, between the two nearest measured ones."""
    if trace.noise_work is None or trace.noise_stderr is None:
        raise InvalidRequest("Noise work needs zero-angle circuits; use plan.with_noise_work().")
    noise = float(np.interp(time, trace.times, trace.noise_work))
    return noise, float(np.interp(time, trace.times, trace.noise_stderr))


def heated(trace: EnergyTrace, curves: Curves, rules: Withholding) -> str | None:
    """Why a curve without a maximum could be noise that heats the cells; ``None`` where not."""
    highest = largest(curves.times, curves.value, curves.draws, 0, len(curves.times) - 1)
    if trace.noise_work is None or highest.height < rules.least_charge * trace.capacity:
        return None
    return objection(trace, highest, rules)
