"""Run several chargers and the parallel reference on one machine, and write down what came out."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from qbcircuit import machines
from qbcircuit.backend import Backend, check_seed, check_shots
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.comparison import rows
from qbcircuit.comparison.calibrated import as_calibrated
from qbcircuit.comparison.candidate import (
    Candidate,
    CompileRequest,
    prepare,
    reference_protocol,
    reference_times,
    under,
)
from qbcircuit.comparison.measured import Measured
from qbcircuit.comparison.measuring import Mitigation, measure
from qbcircuit.comparison.merits import MeritPlans, MeritRequest
from qbcircuit.compile import shared_qubits
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest, wrong_kind
from qbcircuit.estimate import EnergyTrace, ReadoutErrors
from qbcircuit.queueing import Submission
from qbcircuit.reference import capacity
from qbcircuit.study import Progress, RunFolder

SCHEMA = "qbcircuit.comparison/1"
"""Schema of the result document."""

PACKAGES = ("qbcircuit", "qiskit", "qiskit-aer", "numpy", "scipy")


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
    crossing: float | None = None,
    submission: Submission | None = None,
    mitigation: Mitigation | None = None,
    merits: MeritRequest | None = None,
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
        crossing: fraction of capacity whose first crossing is the charging time, for curves
            without a sharp maximum; ``None``: the first maximum.
        submission: how to send to a machine that queues; by default nothing is sent.
        mitigation: what is done about errors of the machine, beside the raw figures; by default
            read-out errors are undone where the machine has some.
        merits: figures of merit of the state beside work, time and power; by default none.

    Raises:
        InvalidRequest: protocols on different batteries, or a request that cannot be right.
        RunFailed: the machine failed; finished units are kept.
    """
    check_shots(shots)
    check_seed(seed)
    if crossing is not None and not 0 < crossing <= 1:
        raise InvalidRequest(
            f"A crossing is a fraction of capacity above 0 and up to 1, got {crossing}. "
            "Use --crossing 0.5."
        )
    battery = _one_battery(protocols)
    request = request or CompileRequest()
    wires = max(request.wires(protocol) for protocol in protocols)
    settings = submission.settings if submission else None
    machine = machines.resolve(backend, n_sites=wires, settings=settings)
    machine = as_calibrated(machine, folder, wires, submission)
    parallel = reference_protocol(protocols[0], constraint)
    scaled = [under(protocol, constraint) for protocol in protocols]
    called = _called(names, protocols)
    qubits = shared_qubits(
        [parallel, *scaled], machine.target(wires), request.encoding, request.mixed
    )
    compared = constraint is not Constraint.NONE or reference_first
    reference = _reference(parallel, machine, request, qubits) if compared else None
    candidates = [
        reference
        if reference_first and reference and _same(protocol, parallel)
        else prepare(protocol, machine, name=name, times=times, request=request, qubits=qubits)
        for protocol, name in zip(scaled, called, strict=True)
    ]
    running = list(dict.fromkeys([*([reference] if reference else []), *candidates]))
    shown = running if reference_first else candidates
    asked = MeritPlans.of(merits, shown, seed=seed, machine=machine)
    curves = measure(
        running,
        machine,
        shots=shots,
        seed=seed,
        folder=folder,
        progress=progress,
        submission=submission,
        mitigation=mitigation or Mitigation(),
        extra=tuple(asked.plans.values()),
    )
    measured = Measured(
        constraint=constraint, reference=reference, curves=curves, seed=seed, crossing=crossing
    )
    document = {
        "schema": SCHEMA,
        "battery": _battery_summary(battery),
        "protocol": title or ", ".join(dict.fromkeys(called)),
        "constraint": constraint.value,
        "backend": _backend_summary(machine, shown[-1]),
        "shots": shots,
        "seed": seed,
        "readout": _readout_summary(curves.errors),
        "stretches": list(mitigation.stretches) if mitigation else [],
        "versions": {package: metadata.version(package) for package in PACKAGES},
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "rows": [measured.row(one) | asked.rows(one, curves) for one in shown],
    }
    return Result(
        document=rows.finite(document), traces=tuple(measured.traces[one] for one in shown)
    )


def _reference(
    parallel: ChargingProtocol,
    machine: Backend,
    request: CompileRequest,
    qubits: Sequence[int],
) -> Candidate:
    times = reference_times(parallel)
    return prepare(parallel, machine, times=list(times), request=request, qubits=qubits)


def _same(protocol: ChargingProtocol, parallel: ChargingProtocol) -> bool:
    return protocol.schedule == parallel.schedule and not protocol.include_internal


def _called(names: Sequence[str], protocols: Sequence[ChargingProtocol]) -> list[str]:
    if names and len(names) != len(protocols):
        raise InvalidRequest(
            f"{len(names)} names for {len(protocols)} chargers. Give one name a charger, or none."
        )
    return list(names) or [protocol.name for protocol in protocols]


def _one_battery(protocols: Sequence[ChargingProtocol]) -> Any:
    if not protocols:
        raise InvalidRequest("A comparison needs at least one charger, got none.")
    for one in protocols:
        if not isinstance(one, ChargingProtocol):
            raise wrong_kind(
                "A comparison takes a list of ChargingProtocol",
                one,
                hint="Build them, e.g. with qbcircuit.protocols.blocks.",
            )
    first = protocols[0].battery
    for other in protocols[1:]:
        if other.battery != first:
            raise InvalidRequest(
                f"Chargers are compared on one battery, but {other.name} has "
                f"{other.battery.n_cells} cells, levels or a start unlike {protocols[0].name}. "
                "Compare them in two runs."
            )
    return first


def _battery_summary(battery: Battery) -> dict[str, Any]:
    """Its cells and levels; the capacity where these do not tell it."""
    levels = list(battery.sites[battery.cells[0]].levels)
    told = battery.n_cells * (levels[-1] - levels[0])
    known = capacity(battery)
    more = {} if math.isclose(known, told, rel_tol=1e-12) else {"capacity": known}
    return {"cells": battery.n_cells, "levels": levels, **more}


def _readout_summary(errors: ReadoutErrors | None) -> dict[str, Any] | None:
    """What the calibration circuits saw, one number a qubit of the plans."""
    if errors is None:
        return None
    return {
        "false_ones": errors.false_ones.tolist(),
        "false_zeros": errors.false_zeros.tolist(),
        "shots": errors.shots,
    }


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
