"""Every bound on a protocol beside what it reaches; a proved one that fails is an error in us."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from qbcircuit.bounds.charge import Charge, Norms, charge_of, norms_of
from qbcircuit.bounds.check import Check, Measured
from qbcircuit.bounds.inequalities import Judge
from qbcircuit.bounds.limits import gamma
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint, normalise
from qbcircuit.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """Bounds and what was reached, for one protocol under one constraint.

    Args:
        name: the protocol's.
        n_cells: N.
        order: k.
        participation: m.
        constraint: what its strengths were scaled to.
        gamma: the constant of the C0 bounds for the work reached; ``None`` where undefined.
        charging_time: T up to which everything is judged; ``None`` where it is not known.
        work: W(T), in energy units.
        advantage: exact advantage at T; ``None`` where there is none to speak of.
        checks: every bound.
        note: why the charge is not known; empty where it is.
    """

    name: str
    n_cells: int
    order: int
    participation: int
    constraint: Constraint
    gamma: float | None
    charging_time: float | None
    work: float | None
    advantage: float | None
    checks: tuple[Check, ...]
    note: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What measured numbers lie beyond proved bounds."""
        return tuple(one.warning for one in self.checks if one.warning)


def certificate(
    protocol: ChargingProtocol,
    constraint: Constraint = Constraint.C0,
    *,
    time: float | None = None,
    measured: Mapping[str, Measured] | None = None,
) -> Certificate:
    """Every bound on a protocol, scaled to a constraint, beside what the exact reference reaches.

    Norms that are only bounded from above serve as limits, never as what is reached; what is not
    proved for this protocol is shown and decides nothing.

    Args:
        protocol: what charges what, as written.
        constraint: to which it is scaled; ``NONE`` leaves strengths as given.
        time: T of the protocol once it is scaled; its first maximum where ``None``.
        measured: ``"advantage"``, ``"power"`` (W/T) and ``"charging_time"`` as measured.

    Raises:
        InvalidRequest: a constraint that this protocol cannot meet, or a time that is not positive.
        BoundViolated: the exact reference lies beyond a proved bound.
    """
    if time is not None and not (math.isfinite(time) and time > 0):
        raise InvalidRequest(f"A charge is judged up to a positive time, got {time:g}.")
    scaled = normalise(protocol, constraint)
    charge, note = _known_charge(scaled, time)
    judge = Judge(protocol=scaled, constraint=constraint, norms=_known_norms(scaled), charge=charge)
    checks = tuple(_with(one, measured or {}) for one in judge.checks())
    for one in checks:
        one.verify()
    return Certificate(
        name=protocol.name,
        n_cells=protocol.battery.n_cells,
        order=protocol.order,
        participation=protocol.participation,
        constraint=constraint,
        gamma=gamma(scaled.battery, work=judge.partial_work),
        charging_time=None if charge is None else charge.time,
        work=None if charge is None else charge.work,
        advantage=judge.advantage,
        checks=checks,
        note=note,
    )


def _known_charge(protocol: ChargingProtocol, time: float | None) -> tuple[Charge | None, str]:
    try:
        return charge_of(protocol, time), ""
    except InvalidRequest as error:
        if time is not None:
            raise
        return None, str(error)


def _known_norms(protocol: ChargingProtocol) -> Norms | None:
    try:
        return norms_of(protocol)
    except InvalidRequest:  # a mode without a norm
        return None


def _with(check: Check, measured: Mapping[str, Measured]) -> Check:
    """The check with the measured number that it is about."""
    about = {"W/T": "power", "Γ": "advantage", "T": "charging_time"}
    for symbol, name in about.items():
        if check.statement.split(" ")[0] == symbol and name in measured:
            return replace(check, measured=measured[name])
    return check
