"""Readings sorted by time and measurement setting, for tomography and randomised measurements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.backend import Counts, Reading
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole

TimeAndBases = tuple[float, tuple[str, ...]]
"""A protocol time, and the letters that the qubits of the cells are read in, first cell first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingReading:
    """What was read of one experiment.

    Args:
        experiment: which; ``experiment.readout`` tells the wire behind every bit.
        counts: outcomes; in each the rightmost bit is the first cell's first qubit, and 0 is
            the eigenvalue +1 of its letter.
    """

    experiment: Experiment
    counts: Counts


def check_readings(plan: CircuitPlan, readings: Sequence[Reading]) -> None:
    """Refuse readings of another number of experiments than the plan has.

    Raises:
        RunFailed: it is another.
    """
    if len(readings) != len(plan.experiments):
        raise RunFailed(
            f"The plan has {len(plan.experiments)} experiments but {len(readings)} readings came "
            "back. Run it again."
        )


def readings_by_setting(
    plan: CircuitPlan,
    readings: Sequence[Reading],
    *,
    role: ExperimentRole = ExperimentRole.CHARGE,
) -> dict[TimeAndBases, tuple[SettingReading, ...]]:
    """Counts by time and setting, in the order of the plan.

    Args:
        plan: what was run, e.g. made by :func:`qbcircuit.compile.with_settings`.
        readings: one per experiment of the plan, in order.
        role: of the experiments that are wanted.

    Raises:
        RunFailed: readings that do not belong to the plan.
        InvalidRequest: a machine that computes work and reads nothing.
    """
    check_readings(plan, readings)
    found: dict[TimeAndBases, list[SettingReading]] = defaultdict(list)
    for experiment, reading in zip(plan.experiments, readings, strict=True):
        if experiment.role is not role:
            continue
        if not isinstance(reading, Counts):
            raise InvalidRequest(
                "Settings are read by machines that sample, and this one computes the work. "
                "Use --backend aer."
            )
        key = experiment.time, experiment.setting.bases
        found[key].append(SettingReading(experiment=experiment, counts=reading))
    return {key: tuple(several) for key, several in found.items()}
