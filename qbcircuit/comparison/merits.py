"""Figures of merit of the state at the charging time: exact along the curve, and from counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qbcircuit import merit
from qbcircuit.backend import Backend, Reading
from qbcircuit.battery import Battery
from qbcircuit.comparison.candidate import Candidate
from qbcircuit.comparison.measuring import Curves
from qbcircuit.comparison.rows import estimate
from qbcircuit.comparison.stored import reported, storage_summary
from qbcircuit.compile import with_settings
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import SAMPLED, Estimate, Reads, measured_figure, settings_for
from qbcircuit.machines import ExactBackend
from qbcircuit.merit import FIGURES, Storage
from qbcircuit.plan import CircuitPlan, ExperimentRole

Document = dict[str, Any]
Runs = list[tuple[CircuitPlan, Sequence[Reading]]]

STORED = ("stored-work", "stored-ergotropy")
"""Figures that need a delay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MeritRequest:
    """Which figures of merit are wanted, beside work, time and power.

    Args:
        names: of :data:`qbcircuit.merit.FIGURES`.
        cells: whose state is judged; all cells where ``None``.
        storage: a delay after charging, for the figures that need one.
        reported: whether T1 and T2 of the delay, in seconds, are those that the machine reports.

    Raises:
        InvalidRequest: no such figure, or one that needs a delay where there is none.
    """

    names: tuple[str, ...]
    cells: tuple[int, ...] | None = None
    storage: Storage | None = None
    reported: bool = False

    def __post_init__(self) -> None:
        for name in self.names:
            merit.figure(name)
            if name in STORED and self.storage is None:
                raise InvalidRequest(
                    f"{name} is what is left after a delay, and none was given. Use --store TIME."
                )

    @classmethod
    def every(cls, **more: Any) -> MeritRequest:
        """All figures; those of storage where a delay is given."""
        stored = more.get("storage") is not None
        return cls(names=tuple(n for n in FIGURES if stored or n not in STORED), **more)


def merit_time(candidate: Candidate) -> float:
    """The time of the candidate's circuits that is nearest to its first maximum, else the last."""
    times, peak = candidate.plan.times, candidate.peak
    if peak is None or peak.ill_posed:
        return times[-1]
    return min(times, key=lambda time: abs(time - peak.time))


def merit_plan(candidate: Candidate, request: MeritRequest, *, seed: int) -> CircuitPlan | None:
    """The circuit of the charging time in the settings beside Z that the figures need.

    Args:
        candidate: the charger, whose own circuits are read in Z.
        request: the figures.
        seed: of random settings.

    Returns:
        ``None`` where Z is enough or no figure can be read.
    """
    battery = candidate.protocol.battery
    bases: dict[tuple[str, ...], None] = {}
    for name in request.names:
        if _objection(name, battery, request, seed) is None:
            bases |= dict.fromkeys(settings_for([name], battery, request.cells, seed=seed))
    if not bases:
        return None
    time = merit_time(candidate)
    charge = tuple(
        one
        for one in candidate.plan.experiments
        if one.role is ExperimentRole.CHARGE and one.time == time
    )
    return with_settings(candidate.plan.with_experiments(charge), list(bases))


@dataclass(frozen=True, kw_only=True, slots=True)
class MeritPlans:
    """Figures of merit that are wanted, and the circuits they need beside those of W(t).

    Args:
        request: the figures; ``None``: none are.
        plans: by candidate.
        storages: the delay, by candidate, where there is one.
        machine: its name, where it reported T1 and T2.
        seed: of splits and random settings.
    """

    request: MeritRequest | None
    plans: Mapping[Candidate, CircuitPlan]
    storages: Mapping[Candidate, Storage]
    machine: str | None
    seed: int

    @classmethod
    def of(
        cls,
        request: MeritRequest | None,
        candidates: Sequence[Candidate],
        *,
        seed: int,
        machine: Backend,
    ) -> MeritPlans:
        """For some candidates; a machine that computes needs no further circuits."""
        made, storages, asked = {}, dict[Candidate, Storage](), False
        if request is not None:
            _check_cells(request, candidates[0].protocol.battery)
        if request is not None and request.storage is not None:
            asked = request.reported
            storages = dict.fromkeys(candidates, request.storage)
        if asked:
            storages = {
                one: reported(storage, one.plan, merit_time(one), machine)
                for one, storage in storages.items()
            }
        if request is not None and not isinstance(machine, ExactBackend):
            made = {one: merit_plan(one, request, seed=seed) for one in candidates}
        plans = {one: plan for one, plan in made.items() if plan is not None}
        return cls(
            request=request,
            plans=plans,
            storages=storages,
            machine=machine.name if asked else None,
            seed=seed,
        )

    def rows(self, candidate: Candidate, curves: Curves) -> dict[str, list[Document]]:
        """``"merit"``: an entry a figure, exact along the curve and measured at one time.

        Args:
            candidate: the charger.
            curves: its readings, and the errors of the read-out.
        """
        if self.request is None:
            return {}
        runs = [(candidate.plan, curves.readings[candidate])]
        if candidate in self.plans:
            place = list(self.plans).index(candidate)
            runs.append((self.plans[candidate], curves.extra[place]))
        made = [self._row(name, candidate, curves, runs) for name in self.request.names]
        return {"merit": made}

    def _row(self, name: str, candidate: Candidate, curves: Curves, runs: Runs) -> Document:
        assert self.request is not None
        time, withheld = merit_time(candidate), dict[str, str]()
        curve = here = found = None
        try:
            curve = _exact(candidate, self.request, name, self.storages.get(candidate))
            here = curve[candidate.plan.times.index(time)]
        except InvalidRequest as error:
            withheld["exact"] = str(error)
        if not curves.raw[candidate].is_exact:
            outcome = self._read(name, candidate, curves, runs)
            if isinstance(outcome, str):
                withheld["measured"] = outcome
            else:
                found = outcome
        cells = self.request.cells
        stored = name in STORED
        return {
            "name": name,
            "unit": FIGURES[name].unit,
            "definition": FIGURES[name].definition,
            "condition": FIGURES[name].condition,
            "cells": None if cells is None else list(cells),
            "time": time,
            "storage": storage_summary(self.storages[candidate], self.machine) if stored else None,
            "exact": here,
            "exact_curve": curve,
            "measured": estimate(found, here),
            "method": SAMPLED[name].method if found else None,
            "withheld": withheld,
        }

    def _read(self, name: str, candidate: Candidate, curves: Curves, runs: Runs) -> Estimate | str:
        assert self.request is not None
        battery = candidate.protocol.battery
        if objection := _objection(name, battery, self.request, self.seed):
            return objection
        reads = Reads(runs, merit_time(candidate), self.request.cells, curves.usable_errors)
        return measured_figure(name, reads, seed=self.seed)


def _check_cells(request: MeritRequest, battery: Battery) -> None:
    cells = request.cells
    if cells is None or (
        cells and len(set(cells)) == len(cells) and set(cells) <= set(battery.cells)
    ):
        return
    raise InvalidRequest(
        f"Figures of merit are of cells out of {', '.join(map(str, battery.cells))}, each once, "
        f"got {', '.join(map(str, cells))}. Use --merit-cells."
    )


def _objection(name: str, battery: Battery, request: MeritRequest, seed: int) -> str | None:
    """Why a figure is not read; ``None`` where it is."""
    if name not in SAMPLED:
        return "it comes from the exact reference alone"
    try:
        settings_for([name], battery, request.cells, seed=seed)
    except InvalidRequest as error:
        return str(error)
    return None


def _exact(
    candidate: Candidate, request: MeritRequest, name: str, storage: Storage | None
) -> list[float]:
    found = merit.along(
        candidate.protocol,
        candidate.plan.times,
        [name],
        cells=request.cells,
        storage=storage,
    )
    return [float(value) for value in found[name]]
