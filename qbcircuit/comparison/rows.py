"""Rows of the result document: what was measured of one charger, beside theory and cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from qbcircuit import bounds
from qbcircuit.battery import Role
from qbcircuit.charging import ChargingProtocol
from qbcircuit.comparison.candidate import Candidate
from qbcircuit.comparison.exact import FULL, ExactFigures
from qbcircuit.compile import any_start_cost, plan_cost
from qbcircuit.constraints import Constraint, cost, norm
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import Comparison, EnergyTrace, Estimate, Figures, leakage_until
from qbcircuit.plan import ExperimentRole
from qbcircuit.reference import capacity, truncation

Document = dict[str, Any]

MEASURED = (
    "charging_time", "work", "noise_work", "power", "best_power", "advantage", "power_ratio",
    "half_charge_ratio", "withheld", "trace",
)  # fmt: skip
"""What of a row is measured: its ``raw`` and ``extrapolated`` hold these as well."""


def estimate(measured: Estimate | None, exact: float | None) -> Document | None:
    """An estimate as the document writes it, beside its noise-free value."""
    if measured is None:
        return None
    return {
        "value": measured.value,
        "low": measured.low,
        "high": measured.high,
        "confidence": measured.confidence,
        "exact": exact,
    }


def row(
    candidate: Candidate,
    constraint: Constraint,
    *,
    trace: EnergyTrace,
    figures: Figures,
    against: Comparison,
    exact: ExactFigures,
) -> Document:
    """One row: the figures of a charger, its bounds, its circuit and its curve.

    Args:
        candidate: the charger and its plan.
        constraint: under which it is compared.
        trace: its measured curve.
        figures: figures of merit of the curve alone.
        against: figures against the parallel reference.
        exact: the noise-free figures.
    """
    protocol = candidate.protocol
    magnitude = norm(protocol)
    time = None if figures.charging_time is None else figures.charging_time.value
    charging_time = estimate(figures.charging_time, exact.charging_time)
    if charging_time is not None:
        charging_time["definition"] = figures.definition
    advantage = estimate(against.advantage, exact.advantage)
    if advantage is not None:
        advantage["rule"] = against.rule
    made = {
        "name": candidate.name,
        "order": protocol.order,
        "participation": protocol.participation,
        "terms": protocol.n_interactions,
        "layers": protocol.n_layers,
        "norm": {"value": magnitude.value, "kind": magnitude.kind},
        "cost": _costs(candidate),
        "charging_time": charging_time,
        "work": estimate(figures.work, exact.work),
        "noise_work": estimate(figures.noise_work, 0.0),
        "power": estimate(figures.power, exact.power),
        "best_power": estimate(figures.best_power, exact.best_power),
        "advantage": advantage,
        "power_ratio": estimate(against.power_ratio, exact.power_ratio),
        "half_charge_ratio": estimate(against.half_charge_ratio, exact.half_charge_ratio),
        "bounds": _bounds(candidate, constraint, figures, exact),
        "leakage": _leakage(trace, time),
        "circuit": _circuit(
            candidate, time if exact.charging_time is None else exact.charging_time
        ),
        "trace": _trace(candidate, trace),
        "notes": protocol_notes(protocol, candidate.plan.times),
    }
    reasons = {**figures.withheld, **against.withheld}
    made["withheld"] = {name: why for name, why in reasons.items() if name in made}
    return made


def reference_row(
    candidate: Candidate,
    constraint: Constraint,
    *,
    trace: EnergyTrace,
    figures: Figures,
    exact: ExactFigures,
) -> Document:
    """The parallel charger's own row, whose ratios are 1 by definition."""
    one = Estimate.exactly(1.0)
    itself = Comparison(advantage=one, half_charge_ratio=one, power_ratio=one, rule="definition")
    made = row(candidate, constraint, trace=trace, figures=figures, against=itself, exact=exact)
    for name in ("advantage", "half_charge_ratio", "power_ratio"):
        made[name]["exact"] = 1.0
    return made


def _leakage(trace: EnergyTrace, time: float | None) -> Document | None:
    """The largest share of shots outside the codes, up to T where that is known."""
    worst = leakage_until(trace, float(trace.times[-1]) if time is None else time)
    return estimate(worst, 0.0)


def _costs(candidate: Candidate) -> Document:
    return {
        kind.value: _cost(candidate, kind) for kind in (Constraint.C0, Constraint.C1, Constraint.C2)
    }


def _cost(candidate: Candidate, kind: Constraint) -> float | None:
    try:
        return cost(candidate.protocol, kind)
    except InvalidRequest:  # a mode without a norm, or a state too large
        return None


def _bounds(
    candidate: Candidate, constraint: Constraint, figures: Figures, exact: ExactFigures
) -> Document:
    """Bounds for the work of this task: the exact one, else the measured, else a full charge."""
    work = exact.work
    if work is None and figures.work is not None:
        work = figures.work.value
    full = capacity(candidate.protocol.battery)
    partial = work is not None and 0 < work < (1 - FULL) * full
    return dict(bounds.bounds_for(candidate.protocol, constraint, work=work if partial else None))


def _circuit(candidate: Candidate, time: float | None) -> Document:
    """Cost of the circuit whose time is nearest to T (to the last time where T is withheld)."""
    plan = candidate.plan
    charges = [
        (index, one.time)
        for index, one in enumerate(plan.experiments)
        if one.role is ExperimentRole.CHARGE
    ]
    goal = plan.times[-1] if time is None else time
    index, nearest = min(charges, key=lambda pair: abs(pair[1] - goal))
    spent = plan_cost(plan, index)
    other: int | None = spent.two_qubit_gates
    if plan.compilation.assumes_start:
        from_any = any_start_cost(
            candidate.protocol,
            nearest,
            plan.target,
            encoding=plan.options.encoding,
            mixed=plan.options.mixed,
        )
        other = None if from_any is None else from_any.two_qubit_gates
    return {
        "k_local_gates": spent.k_local_gates,
        "k_local_depth": spent.k_local_depth,
        "two_qubit_gates": spent.two_qubit_gates,
        "two_qubit_depth": spent.two_qubit_depth,
        "duration_seconds": spent.seconds,
        "assumes_start": plan.compilation.assumes_start,
        "two_qubit_gates_any_start": other,
    }


def protocol_notes(protocol: ChargingProtocol, times: Sequence[float]) -> list[str]:
    """What a reader must know of a protocol: drives cut into slices, modes cut off.

    Args:
        protocol: as it runs.
        times: at which it runs.
    """
    notes = list(protocol.notes)
    if not any(site.role is Role.MODE for site in protocol.battery.sites):
        return notes
    try:
        cut = truncation(protocol, times)
    except InvalidRequest:  # a state too large to follow
        return [*notes, "What cutting the mode off costs is not known: too many states."]
    told = (
        "The mode never reaches its cut-off: nothing is lost there."
        if cut.exact
        else f"Cutting the mode off changes W by {cut.error:.2g} of the capacity (estimated from "
        "half as many more quanta)."
    )
    return [*notes, told]


def _trace(candidate: Candidate, trace: EnergyTrace) -> Document:
    def listed(values: Any) -> list[float] | None:
        return None if values is None else [float(value) for value in np.asarray(values)]

    return {
        "times": listed(trace.times),
        "work": listed(trace.work),
        "stderr": listed(trace.stderr),
        "exact": listed(candidate.exact),
        "noise_work": listed(trace.noise_work),
        "noise_stderr": listed(trace.noise_stderr),
        "leakage": listed(trace.leakage and [one.value for one in trace.leakage]),
    }


def finite(document: Any) -> Any:
    """The document with numbers that JSON lacks (infinities) as null."""
    if isinstance(document, dict):
        return {key: finite(part) for key, part in document.items()}
    if isinstance(document, list):
        return [finite(part) for part in document]
    if isinstance(document, float) and not math.isfinite(document):
        return None
    return document
