"""The two-point distribution of work: both the energy before and the one after are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts, Reading
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate.energies import energies_of
from qbcircuit.estimate.settings import check_readings
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, SampledStart
from qbcircuit.starts import BasisStart

Array = NDArray[np.float64]

_Part = tuple[SampledStart, Array, Array]
"""A start, the work of every outcome, and how often each was seen."""

_DIGITS = 9
"""Decimals, in units of the largest energy, by which two energies count as one."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WorkDistribution:
    """p(w) of the energy that a charge adds to a battery whose levels are known before.

    Args:
        work: (E,) increasing energies that were seen.
        probability: (E,) of each.
        stderr: (E,) standard errors, of the shots and of the chance that drew the starts.
    """

    work: Array
    probability: Array
    stderr: Array

    def moment(self, order: int) -> float:
        """<w^order>."""
        return float(self.probability @ self.work**order)


def two_point_work(plan: CircuitPlan, readings: Sequence[Reading]) -> dict[float, WorkDistribution]:
    """The work distribution at every time, p(w) = sum_s p_s sum_f p(f|s) delta(w - e_f + e_s).

    Args:
        plan: from a basis state, or from a mixed start that is sampled (``mixed="sample"``).
        readings: one per experiment of the plan, in order.

    Raises:
        RunFailed: readings that do not belong to the plan.
        InvalidRequest: energies before the charge that no circuit knows, cells that interact, or a
            machine that computes.

    Reference: Talkner, Lutz, Hanggi, PRE 75, 050102 (2007), arXiv:cond-mat/0703189.
    """
    check_readings(plan, readings)
    if plan.protocol.battery.interactions:
        raise InvalidRequest(
            "A work distribution needs cells that do not interact: energies are read level by "
            "level. Use the mean work."
        )
    found: dict[float, list[_Part]] = defaultdict(list)
    for experiment, reading in zip(plan.experiments, readings, strict=True):
        if experiment.role is not ExperimentRole.CHARGE:
            continue
        if not isinstance(reading, Counts):
            raise InvalidRequest(
                "A work distribution is sampled, and this machine computes. Use --backend aer."
            )
        one = energies_of(plan, experiment, reading, None)
        start = experiment.start or SampledStart(levels=(), weight=1.0)
        gained = one.energy[one.inside] - _before(plan, experiment)
        found[experiment.time].append((start, gained, one.times[one.inside]))
    capacity = plan.protocol.battery.capacity
    return {time: _distribution(parts, capacity) for time, parts in found.items()}


def _before(plan: CircuitPlan, experiment: Experiment) -> float:
    """Energy of the cells before the charge."""
    battery = plan.protocol.battery
    if experiment.start is not None:
        levels = experiment.start.levels
    elif isinstance(battery.start, BasisStart):
        levels = battery.start.levels
    else:
        raise InvalidRequest(
            "A work distribution needs the levels before the charge, and this plan's start is a "
            f'{type(battery.start).__name__}. Use mixed="sample", or a basis state.'
        )
    return sum(battery.sites[cell].levels[levels[cell]] for cell in battery.cells)


def _distribution(parts: Sequence[_Part], scale: float) -> WorkDistribution:
    """Energies that agree up to rounding are one."""
    grid = scale * 10.0**-_DIGITS
    steps = np.concatenate([np.round(gained / grid) for _, gained, _ in parts])
    known, place = np.unique(steps, return_inverse=True)
    ends = np.cumsum([len(gained) for _, gained, _ in parts])
    shares = np.array(
        [
            np.bincount(here, times, len(known)) / times.sum()
            for here, (_, _, times) in zip(np.split(place, ends[:-1]), parts, strict=True)
        ]
    )
    weights = np.array([start.weight for start, _, _ in parts])
    weights /= weights.sum()
    shots = np.array([times.sum() for _, _, times in parts])
    probability = weights @ shares
    variance = (weights**2 / shots) @ (shares * (1 - shares))
    draws = sum(start.draws for start, _, _ in parts)
    if draws > 1:
        variance += weights @ (shares - probability) ** 2 / (draws - 1)
    return WorkDistribution(work=known * grid, probability=probability, stderr=np.sqrt(variance))
