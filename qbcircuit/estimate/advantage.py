"""The quantum advantage: a collective curve against parallel charging, at equal work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qbcircuit.estimate.features import Extremum, crossing, first_crossings
from qbcircuit.estimate.figures import (
    FIRST_MAXIMUM,
    Analysis,
    Figures,
    Finding,
    analyse,
    crossing_level,
    report,
)
from qbcircuit.estimate.interval import Estimate
from qbcircuit.estimate.trace import EnergyTrace
from qbcircuit.estimate.withholding import Withholding

Array = NDArray[np.float64]

EQUAL_WORK = "equal work"
FIRST_MAXIMA = "first maxima"
SAME = "reference"

FULL_CHARGE = 2.0
"""Standard errors within which a collective peak counts as high as the parallel one."""

SURELY_FULL = 1.5
"""Standard errors within which it counts as high without doubt."""

_OUT_OF_REACH = 4.0
"""Standard errors above the parallel peak from which no equal work exists."""

_CLEARLY = 0.01
"""Share of capacity by which it must lie above as well."""

_RESOLUTION = 1e-6
"""Difference in work, in units of capacity, that the smooth curve cannot tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A collective charger against parallel charging; ``None`` where withheld.

    Args:
        advantage: Gamma = T_parallel / T_collective, both at the collective work W* = W(T).
        half_charge_ratio: the ratio of the times at which the two curves cross W*/2.
        power_ratio: the ratio of the two max_t W/t.
        peak_ratio: the ratio of the times of the two first maxima, whatever their heights;
            Gamma where both chargers charge fully, without the doubt whether they do.
        figures: the collective charger's own figures, from the same bootstrap.
        rule: ``"equal work"``, or ``"first maxima"`` where W* is full charge within its error.
        withheld: reason, a sentence, by name of figure.
    """

    advantage: Estimate | None = None
    half_charge_ratio: Estimate | None = None
    power_ratio: Estimate | None = None
    peak_ratio: Estimate | None = None
    figures: Figures = field(default_factory=Figures)
    rule: str = EQUAL_WORK
    withheld: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Reference:
    """Parallel charging time at the collective work."""

    time: float
    times: Array
    upper: Array
    rule: str


def compare_figures(
    collective: EnergyTrace,
    parallel: EnergyTrace,
    *,
    seed: int = 0,
    definition: str = FIRST_MAXIMUM,
    fraction: float = 0.9,
    withholding: Withholding | None = None,
) -> Comparison:
    """Advantage, half-charge ratio and power ratio of two measured curves.

    Gamma = P_collective/P_parallel = T_parallel(W*)/T_collective at equal work W*, under
    whatever constraint both curves were taken. Near full charge the parallel curve is flat and
    the crossing of W* turns a small error of W* into a large one of T_parallel, so there the
    first maxima are compared where W* is full charge within its error; where the data leave
    doubt about that, the interval holds both readings. ``rule`` says which one is reported.

    Args:
        collective: the charger under test.
        parallel: the same battery under single-cell driving; the same trace gives 1 exactly.
        seed: of the bootstrap.
        definition: as in ``figures_of_merit``.
        fraction: as in ``figures_of_merit``.
        withholding: when to keep figures back.

    Raises:
        InvalidRequest: an unknown definition, or a fraction outside (0, 1].

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    rules = withholding or Withholding()
    level = crossing_level(collective, definition, fraction)
    ours = analyse(collective, [seed, 0], level, rules)
    theirs = analyse(parallel, [seed, 1], None, rules)
    same = collective is parallel
    reference = _parallel_time(ours, theirs)
    found: dict[str, Estimate | str] = {
        "advantage": _advantage(ours, reference),
        "half_charge_ratio": _half_charge_ratio(ours, theirs),
        "power_ratio": _power_ratio(ours, theirs),
        "peak_ratio": _peak_ratio(ours, theirs),
    }
    kept = {name: value for name, value in found.items() if isinstance(value, Estimate)}
    rule = EQUAL_WORK if isinstance(reference, str) else reference.rule
    return Comparison(
        **(dict.fromkeys(kept, Estimate.exactly(1.0)) if same else kept),
        figures=report(ours),
        rule=SAME if same else rule,
        withheld={name: value for name, value in found.items() if isinstance(value, str)},
    )


def _refusal(finding: Finding, whose: str = "") -> str | None:
    if finding.at is None or finding.refusal:
        return f"{whose}{finding.refusal}"
    return None


def _parallel_time(ours: Analysis, theirs: Analysis) -> _Reference | str:
    """When parallel charging holds the collective work, by the rule that the data call for."""
    refusal = _refusal(ours.charge)
    if refusal or ours.charge.at is None:
        return refusal or ""
    if theirs.curves is None:
        return _refusal(theirs.charge, "parallel reference: ") or ""
    charge, peak = ours.charge.at, theirs.charge.at
    if peak is None:
        met = crossing(theirs.curves, charge.height, charge.heights)
        if isinstance(met, str):
            return f"parallel reference: {met}"
        return _Reference(time=met.time, times=met.times, upper=met.times, rule=EQUAL_WORK)
    if theirs.charge.refusal:
        return f"parallel reference: {theirs.charge.refusal}"
    return _below_the_peak(charge, peak, theirs)


def _below_the_peak(charge: Extremum, peak: Extremum, theirs: Analysis) -> _Reference | str:
    assert theirs.curves is not None  # a peak was found on them
    capacity = theirs.trace.capacity
    gap = peak.height - charge.height
    # Sampled traces carry DRAWS draws and computed ones a single row; they broadcast.
    error = max(float(np.std(peak.heights - charge.heights)), _RESOLUTION * capacity)
    if gap < -max(_OUT_OF_REACH * error, _CLEARLY * capacity):
        return (
            f"no equal work: parallel charging peaks at {peak.height / capacity:.1%} of capacity, "
            f"this charger at {charge.height / capacity:.1%}"
        )
    curves = theirs.curves
    met = first_crossings(curves.times, curves.draws, charge.heights)
    capped = np.fmin(np.where(np.isnan(met), np.inf, met), peak.times)
    if gap < SURELY_FULL * error:
        return _Reference(time=peak.time, times=peak.times, upper=peak.times, rule=FIRST_MAXIMA)
    if gap < FULL_CHARGE * error:
        return _Reference(time=peak.time, times=capped, upper=peak.times, rule=FIRST_MAXIMA)
    time = float(first_crossings(curves.times, curves.value[None, :], charge.height)[0])
    if np.isnan(time):
        return "parallel reference: it holds the work before the first time. Use earlier --times."
    return _Reference(time=time, times=capped, upper=capped, rule=EQUAL_WORK)


def _advantage(ours: Analysis, reference: _Reference | str) -> Estimate | str:
    if isinstance(reference, str) or ours.charge.at is None:
        return reference if isinstance(reference, str) else ""
    charge = ours.charge.at
    return Estimate.from_draws(
        reference.time / charge.time,
        reference.times / charge.times,
        reference.upper / charge.times,
    )


def _half_charge_ratio(ours: Analysis, theirs: Analysis) -> Estimate | str:
    """Both curves at the same energy, half of the collective work."""
    refusal = _refusal(ours.charge)
    half = ours.half_charge
    if refusal or isinstance(half, str):
        return refusal or str(half)
    if theirs.curves is None:
        return _refusal(theirs.charge, "parallel reference: ") or ""
    met = crossing(theirs.curves, half.height, half.heights)
    if isinstance(met, str):
        return f"parallel reference: {met}"
    return Estimate.from_draws(met.time / half.time, met.times / half.times)


def _power_ratio(ours: Analysis, theirs: Analysis) -> Estimate | str:
    both = _both(ours.best, theirs.best)
    if isinstance(both, str):
        return both
    mine, other = both
    return Estimate.from_draws(mine.height / other.height, mine.heights / other.heights)


def _peak_ratio(ours: Analysis, theirs: Analysis) -> Estimate | str:
    both = _both(ours.charge, theirs.charge)
    if isinstance(both, str):
        return both
    mine, other = both
    return Estimate.from_draws(other.time / mine.time, other.times / mine.times)


def _both(ours: Finding, theirs: Finding) -> tuple[Extremum, Extremum] | str:
    """What both curves single out, or why one of them must not be reported."""
    refusal = _refusal(ours) or _refusal(theirs, "parallel reference: ")
    if refusal or ours.at is None or theirs.at is None:
        return refusal or ""
    return ours.at, theirs.at
