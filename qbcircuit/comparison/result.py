"""Run several chargers and the parallel reference on one machine, and write down what came out."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from qbcircuit import machines
from qbcircuit.backend import Backend, check_shots
from qbcircuit.charging import ChargingProtocol
from qbcircuit.comparison import rows
from qbcircuit.comparison.candidate import (
    Candidate,
    CompileRequest,
    prepare,
    reference_protocol,
    under,
)
from qbcircuit.comparison.exact import ExactFigures, exact_figures
from qbcircuit.compile import n_wires, shared_qubits
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import (
    Comparison,
    EnergyTrace,
    Estimate,
    Figures,
    compare_figures,
    figures_of_merit,
    trace_from_readings,
)
from qbcircuit.study import Progress, RunFolder, run_plans

SCHEMA = "qbcircuit.comparison/1"
"""Schema of the result document."""

PACKAGES = ("qbcircuit", "qiskit", "qiskit-aer", "numpy", "scipy")

NO_CONSTRAINT = (
    "without a constraint the strengths are as given, so times compare nothing; "
    "use --constraint C0, C1 or C2"
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Result:
    """A finished comparison.

    Args:
        document: the result document (``result.json``).
        traces: the measured curves, one a row.
    """

    document: dict[str, Any]
    traces: tuple[EnergyTrace, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of the document, the parallel reference first."""
        found: list[dict[str, Any]] = self.document["rows"]
        return found


def compare(
    protocols: Sequence[ChargingProtocol],
    *,
    constraint: Constraint = Constraint.C0,
    backend: object = "aer",
    shots: int = 4096,
    seed: int = 7,
    times: Sequence[float] | None = None,
    request: CompileRequest | None = None,
    names: Sequence[str] = (),
    title: str = "",
    folder: RunFolder | None = None,
    progress: Progress | None = None,
    reference_first: bool = True,
) -> Result:
    """Compare chargers with parallel charging of the same battery under one constraint.

    Args:
        protocols: chargers as written; each is rescaled to the constraint here.
        constraint: what is held equal; with ``NONE`` the ratios are withheld.
        backend: a name, a backend, or a qiskit backend or sampler primitive.
        shots: shots per time.
        seed: of sampling and bootstrap.
        times: one grid for all chargers; by default each gets its own.
        request: how circuits are compiled.
        names: what to call the chargers; their own names by default.
        title: what the document calls the protocol.
        folder: where finished units of work are kept and looked for.
        progress: told after every unit of work.
        reference_first: give the reference a row of its own.

    Raises:
        InvalidRequest: protocols on different batteries, or a request that cannot be right.
        RunFailed: the machine failed; finished units are kept.
    """
    check_shots(shots)
    battery = _one_battery(protocols)
    machine = machines.resolve(backend, n_sites=n_wires(battery))
    parallel = reference_protocol(protocols[0], constraint)
    scaled = [under(protocol, constraint) for protocol in protocols]
    called = list(names) or [protocol.name for protocol in protocols]
    qubits = shared_qubits([parallel, *scaled], machine.target(n_wires(battery)))
    reference = prepare(parallel, machine, request=request, qubits=qubits)
    candidates = [
        reference
        if protocol.schedule == parallel.schedule and not protocol.include_internal
        else prepare(protocol, machine, name=name, times=times, request=request, qubits=qubits)
        for protocol, name in zip(scaled, called, strict=True)
    ]
    plans = {id(one): one.plan for one in (reference, *candidates)}
    readings = run_plans(
        list(plans.values()), machine, shots=shots, seed=seed, folder=folder, progress=progress
    )
    traces = {
        key: trace_from_readings(plan, found)
        for (key, plan), found in zip(plans.items(), readings, strict=True)
    }
    measured = _Measured(
        machine=machine, constraint=constraint, reference=reference, traces=traces, seed=seed
    )
    shown = [reference] if reference_first else []
    shown += [one for one in candidates if one is not reference or not reference_first]
    document = {
        "schema": SCHEMA,
        "battery": {
            "cells": battery.n_cells,
            "levels": list(battery.sites[battery.cells[0]].levels),
        },
        "protocol": title or ", ".join(dict.fromkeys(called)),
        "constraint": constraint.value,
        "backend": _backend_summary(machine, shown[-1]),
        "shots": shots,
        "seed": seed,
        "versions": {package: metadata.version(package) for package in PACKAGES},
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "rows": [measured.row(one) for one in shown],
    }
    return Result(document=rows.finite(document), traces=tuple(traces[id(one)] for one in shown))


def _one_battery(protocols: Sequence[ChargingProtocol]) -> Any:
    if not protocols:
        raise InvalidRequest("A comparison needs at least one charger, got none.")
    first = protocols[0].battery
    for other in protocols[1:]:
        if other.battery != first:
            raise InvalidRequest(
                f"Chargers are compared on one battery, but {other.name} has "
                f"{other.battery.n_cells} cells, levels or a start unlike {protocols[0].name}. "
                "Compare them in two runs."
            )
    return first


def _backend_summary(machine: Backend, candidate: Candidate) -> dict[str, Any]:
    plan = candidate.plan
    coupling = plan.target.coupling
    return {
        "name": machine.name,
        "target": plan.target.name,
        "n_qubits": plan.target.n_qubits,
        "coupling": None if coupling is None else sorted([a, b] for a, b in coupling),
        "qubits": list(plan.qubits),
    }


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Measured:
    """All traces of a comparison, and the rows made from them."""

    machine: Backend
    constraint: Constraint
    reference: Candidate
    traces: dict[int, EnergyTrace]
    seed: int

    def row(self, candidate: Candidate) -> dict[str, Any]:
        trace, parallel = self.traces[id(candidate)], self.traces[id(self.reference)]
        compared = None if self.constraint is Constraint.NONE else self.reference.protocol
        exact = exact_figures(candidate.protocol, compared)
        if trace.is_exact:
            figures, against = _computed(exact)
        else:
            figures = figures_of_merit(trace, seed=self.seed)
            against = compare_figures(trace, parallel, seed=self.seed)
        if candidate is self.reference:
            return rows.reference_row(
                candidate, self.constraint, trace=trace, figures=figures, exact=exact
            )
        if self.constraint is Constraint.NONE:
            against = _withheld(NO_CONSTRAINT)
        return rows.row(
            candidate, self.constraint, trace=trace, figures=figures, against=against, exact=exact
        )


def _withheld(reason: str) -> Comparison:
    names = ("advantage", "half_charge_ratio", "power_ratio")
    return Comparison(withheld=dict.fromkeys(names, reason))


def _computed(exact: ExactFigures) -> tuple[Figures, Comparison]:
    """Figures of a machine that computes: the exact ones, without uncertainty."""

    def sure(value: float | None) -> Estimate | None:
        return None if value is None else Estimate.exactly(value)

    reason = exact.ill_posed
    names = ("charging_time", "work", "power")
    figures = Figures(
        charging_time=sure(exact.charging_time),
        work=sure(exact.work),
        noise_work=Estimate.exactly(0.0),
        power=sure(exact.power),
        best_power=sure(exact.best_power),
        withheld=dict.fromkeys(names, reason) if reason else {},
    )
    ratios = ("advantage", "half_charge_ratio")
    against = Comparison(
        advantage=sure(exact.advantage),
        half_charge_ratio=sure(exact.half_charge_ratio),
        power_ratio=sure(exact.power_ratio),
        rule="equal work",
        withheld=dict.fromkeys(ratios, reason) if reason else {},
    )
    return figures, against
