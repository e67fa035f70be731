"""One charger's figures of merit, each with its interval or the reason why it is withheld."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from qbcircuit.backend import check_seed
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate.features import (
    Extremum,
    best_average_power,
    crossing,
    first_maximum,
    highest_at_end,
)
from qbcircuit.estimate.interval import NORMAL_QUANTILE, Estimate
from qbcircuit.estimate.smooth import FEWEST_TIMES, Curves, smooth
from qbcircuit.estimate.trace import EnergyTrace
from qbcircuit.estimate.withholding import (
    Withholding,
    heated,
    ill_posed,
    noise_at,
    objection,
)

FIRST_MAXIMUM = "first maximum"
CROSSING = "crossing"
END = "end of the protocol"
_SHARED = 2
"""Stream of the bootstrap that all compared curves have in common."""

DEFINITIONS = (FIRST_MAXIMUM, CROSSING)
"""Ways to say when a battery is charged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Figures of merit of one charger; ``None`` where withheld, with the reason in ``withheld``.

    Args:
        charging_time: T.
        work: W(T), in energy units.
        noise_work: energy found at T after the same circuits with zero angles.
        power: W(T)/T.
        best_power: max_t W/t.
        best_power_time: where it is reached.
        half_charge_time: first crossing of W(T)/2.
        definition: what T is: ``"first maximum"``, ``"end of the protocol"`` where that comes first
            and nothing before is higher, or ``"crossing of 90 % of capacity"``.
        withheld: reason, a sentence, by name of figure.
    """

    charging_time: Estimate | None = None
    work: Estimate | None = None
    noise_work: Estimate | None = None
    power: Estimate | None = None
    best_power: Estimate | None = None
    best_power_time: Estimate | None = None
    half_charge_time: Estimate | None = None
    definition: str = FIRST_MAXIMUM
    withheld: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        found = {name: getattr(self, name) for name in FIGURES if getattr(self, name) is not None}
        lines = [f"{name}: {value}" for name, value in found.items()]
        lines += [f"{name}: withheld, {why}" for name, why in self.withheld.items()]
        return "\n".join([f"charged at the {self.definition}", *lines])


FIGURES = tuple(one.name for one in fields(Figures) if one.name not in ("definition", "withheld"))
"""Names of the figures of merit."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Finding:
    """What a curve singles out, or why it is not to be reported.

    Args:
        at: where, and the height found; ``None`` where nothing is singled out.
        refusal: why the time must not be reported; ``None`` where it may be.
    """

    at: Extremum | None
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Analysis:
    """Everything drawn from one trace with one seed.

    Args:
        trace: the data.
        curves: the smooth curve and its bootstrap; ``None`` where there are too few times.
        charge: charging time and the work at it.
        best: time of the best average power, and that power.
        definition: what T is, in words.
    """

    trace: EnergyTrace
    curves: Curves | None
    charge: Finding
    best: Finding
    definition: str = FIRST_MAXIMUM

    @property
    def half_charge(self) -> Extremum | str:
        """First crossing of half the work at T, every draw at half of its own."""
        if self.curves is None or self.charge.at is None:
            return self.charge.refusal or ""
        return crossing(self.curves, self.charge.at.height / 2, self.charge.at.heights / 2)


def figures_of_merit(
    trace: EnergyTrace,
    *,
    seed: int = 0,
    definition: str = FIRST_MAXIMUM,
    fraction: float = 0.9,
    withholding: Withholding | None = None,
) -> Figures:
    """Charging time T, W(T), P = W(T)/T, max_t W/t and the half-charge time of a trace.

    Intervals are percentiles of a seeded parametric bootstrap in which T, W and P move together.

    Args:
        trace: the measured energy.
        seed: of the bootstrap.
        definition: ``"first maximum"`` or ``"crossing"`` of ``fraction`` of capacity.
        fraction: of capacity, for ``"crossing"``.
        withholding: when to keep figures back.

    Raises:
        InvalidRequest: an unknown definition, or a fraction outside (0, 1].

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    check_seed(seed)
    rules = withholding or Withholding()
    level = crossing_level(trace, definition, fraction)
    return report(analyse(trace, [seed, 0], level, rules))


def crossing_level(trace: EnergyTrace, definition: str, fraction: float) -> float | None:
    """The work whose crossing defines T; ``None`` for the first maximum."""
    if definition not in DEFINITIONS:
        raise InvalidRequest(
            f'A charging time is the "{FIRST_MAXIMUM}" or the "{CROSSING}", got "{definition}".'
        )
    if definition == FIRST_MAXIMUM:
        return None
    if not 0 < fraction <= 1:
        raise InvalidRequest(f"A fraction of capacity lies above 0 and up to 1, got {fraction}.")
    return fraction * trace.capacity


def analyse(
    trace: EnergyTrace, seed: Sequence[int], level: float | None, rules: Withholding
) -> Analysis:
    """Charging time and best power of a trace, or why there is none.

    Args:
        trace: the measured energy.
        seed: of the bootstrap, then which of the curves that are compared this is.
        level: work whose crossing defines T; ``None`` for the first maximum.
        rules: when to keep figures back.
    """
    if len(trace.times) < FEWEST_TIMES:
        few = Finding(
            at=None,
            refusal=f"a curve needs {FEWEST_TIMES} times or more, got {len(trace.times)}. "
            "Use a finer --times.",
        )
        name = _definition(trace, level)
        return Analysis(trace=trace, curves=None, charge=few, best=few, definition=name)
    shared = np.random.default_rng([seed[0], _SHARED])
    curves = smooth(trace, np.random.default_rng(seed), shared)
    charge = first_maximum(curves) if level is None else crossing(curves, level)
    end = highest_at_end(curves) if level is None and trace.ends else None
    if isinstance(charge, str) and end is not None:
        charge = end
    if isinstance(charge, Extremum):
        charge = ill_posed(charge, rules) or charge
    else:
        charge = heated(trace, curves, rules) or charge
    return Analysis(
        trace=trace,
        curves=curves,
        charge=_judged(charge, lambda found: objection(trace, found, rules)),
        best=_judged(
            best_average_power(curves, ends=trace.ends),
            lambda found: objection(trace, _work_of(found), rules),
        ),
        definition=END if charge is end and end is not None else _definition(trace, level),
    )


def _definition(trace: EnergyTrace, level: float | None) -> str:
    if level is None:
        return FIRST_MAXIMUM
    return f"crossing of {100 * level / trace.capacity:g} % of capacity"


def _judged(found: Extremum | str, judge: Callable[[Extremum], str | None]) -> Finding:
    if isinstance(found, str):
        return Finding(at=None, refusal=found)
    return Finding(at=found, refusal=judge(found))


def _work_of(best: Extremum) -> Extremum:
    """Work where the average power is largest."""
    return Extremum(
        time=best.time,
        height=best.height * best.time,
        times=best.times,
        heights=best.heights * best.times,
    )


def report(analysis: Analysis) -> Figures:
    """Figures with their intervals from an analysis, refusals as reasons."""
    charge, best = analysis.charge, analysis.best
    found: dict[str, Estimate | str] = {}
    refusal = charge.refusal or ""
    if charge.at is None:
        found |= dict.fromkeys(("work", "noise_work"), refusal)
    else:
        found["work"] = Estimate.from_draws(charge.at.height, charge.at.heights)
        found["noise_work"] = _noise_work(analysis.trace, charge.at.time)
    if charge.at is None or charge.refusal:
        found |= dict.fromkeys(("charging_time", "power", "half_charge_time"), refusal)
    else:
        time, times, work = charge.at.time, charge.at.times, charge.at.height
        found["charging_time"] = Estimate.from_draws(time, times)
        found["power"] = Estimate.from_draws(work / time, charge.at.heights / times)
        half = analysis.half_charge
        found["half_charge_time"] = (
            half if isinstance(half, str) else Estimate.from_draws(half.time, half.times)
        )
    if best.at is None or best.refusal:
        found |= dict.fromkeys(("best_power", "best_power_time"), best.refusal or "")
    else:
        found["best_power"] = Estimate.from_draws(best.at.height, best.at.heights)
        found["best_power_time"] = Estimate.from_draws(best.at.time, best.at.times)
    return Figures(
        **{name: value for name, value in found.items() if isinstance(value, Estimate)},
        definition=analysis.definition,
        withheld={name: value for name, value in found.items() if isinstance(value, str)},
    )


def _noise_work(trace: EnergyTrace, time: float) -> Estimate | str:
    if trace.noise_work is None:
        return "no zero-angle circuits were run"
    noise, error = noise_at(trace, time)
    half = NORMAL_QUANTILE * error
    return Estimate(value=noise, low=noise - half, high=noise + half)
