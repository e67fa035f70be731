"""Candidates run on a machine: their curves as read, corrected and extrapolated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qbcircuit.backend import Backend, ReadingBackend
from qbcircuit.comparison.candidate import Candidate
from qbcircuit.compile import calibration_plan, stretched
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import (
    EnergyTrace,
    ReadoutErrors,
    extrapolated,
    readout_errors,
    trace_from_readings,
)
from qbcircuit.estimate.readout import check_two_level
from qbcircuit.queueing import Submission
from qbcircuit.study import Progress, RunFolder, run_plans

Traces = Mapping[Candidate, EnergyTrace]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mitigation:
    """What is done about errors of the machine.

    Args:
        readout: calibrate the read-out and undo its errors; ``None``: where it has some and every
            cell is a qubit.
        stretches: factors by which circuits are stretched for an extrapolation to no noise; with
            fewer than two there is none.
    """

    readout: bool | None = None
    stretches: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.stretches and (len(set(self.stretches)) < 2 or 1 not in self.stretches):
            raise InvalidRequest(
                "An extrapolation needs the circuits as they are and stretched ones, got factors "
                f"{', '.join(map(str, self.stretches))}. Use --zne 1,3."
            )

    @property
    def others(self) -> tuple[int, ...]:
        """Stretch factors other than 1, increasing."""
        return tuple(sorted(set(self.stretches) - {1}))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Curves:
    """Measured curves by candidate.

    Args:
        raw: as read.
        corrected: read-out errors undone; ``None`` where they were not calibrated or cannot be.
        extrapolated: to no gate errors, of the corrected ones where there are any.
        errors: of the read-out, where calibrated.
        uncorrected: why a read-out that errs was not even calibrated; ``None`` where it was.
    """

    raw: Traces
    corrected: Traces | None = None
    extrapolated: Traces | None = None
    errors: ReadoutErrors | None = None
    uncorrected: str | None = None

    @property
    def objection(self) -> str | None:
        """Why read-out errors were not undone where the machine has some."""
        return self.uncorrected or (self.errors.objection if self.errors else None)


REGISTERS_AS_READ = (
    "cells of more than two levels are read as they are: read-out errors are undone for qubits only"
)


def _correction(
    candidate: Candidate, machine: Backend, wanted: bool | None
) -> tuple[bool, str | None]:
    """Whether the read-out is calibrated, and why not where it errs.

    Raises:
        InvalidRequest: a correction asked for that cannot be.
    """
    battery = candidate.protocol.battery
    if wanted:
        check_two_level(battery)
    if wanted is not None:
        return wanted, None
    if not (isinstance(machine, ReadingBackend) and machine.misreads):
        return False, None
    if all(battery.sites[cell].dimension == 2 for cell in battery.cells):
        return True, None
    return False, REGISTERS_AS_READ


def measure(
    candidates: Sequence[Candidate],
    machine: Backend,
    *,
    shots: int,
    seed: int,
    folder: RunFolder | None,
    progress: Progress | None,
    submission: Submission | None,
    mitigation: Mitigation,
) -> Curves:
    """Run all candidates, with their stretched twins and the calibration, as one batch.

    Raises:
        InvalidRequest: a mitigation that cannot be.
        RunFailed: the machine failed; finished units are kept.
    """
    wanted, uncorrected = _correction(candidates[0], machine, mitigation.readout)
    plans = {(one, 1): one.plan for one in candidates}
    for factor in mitigation.others:
        plans |= {(one, factor): stretched(one.plan, factor) for one in candidates}
    calibration = calibration_plan([one.plan for one in candidates]) if wanted else None
    readings = run_plans(
        [*plans.values(), *([calibration] if calibration else [])],
        machine,
        shots=shots,
        seed=seed,
        folder=folder,
        progress=progress,
        submission=submission,
    )
    errors = readout_errors(calibration, readings.pop()) if calibration else None
    found = dict(zip(plans, readings, strict=True))
    usable = errors if errors and not errors.objection else None

    def traces(factor: int, undo: ReadoutErrors | None) -> dict[Candidate, EnergyTrace]:
        return {
            one: trace_from_readings(plans[one, factor], found[one, factor], undo)
            for one in candidates
        }

    raw, corrected = traces(1, None), traces(1, usable) if usable else None
    by_factor = {1: corrected or raw} | {f: traces(f, usable) for f in mitigation.others}
    return Curves(
        raw=raw,
        corrected=corrected,
        extrapolated={
            one: extrapolated({f: several[one] for f, several in by_factor.items()})
            for one in candidates
        }
        if mitigation.others
        else None,
        errors=errors,
        uncorrected=uncorrected,
    )
