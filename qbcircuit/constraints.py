"""What makes interaction orders comparable: the costs C0, C1, C2 and the protocols that meet them.

With E = 1 per cell, the budgets are those of parallel charging, H = sum X:

- C0: time average of the operator norm <= N, the norm shift-optimal, (l_max - l_min)/2;
- C1: time average of the energy's standard deviation <= sqrt(N);
- C2: time average of <H - lowest energy> <= N, meaningful for time-independent H only.

Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
"""

from __future__ import annotations

import enum
import math
from dataclasses import replace
from typing import NamedTuple

from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, unknown_name, wrong_kind
from qbcircuit.reference import Kind, energy_moments, generator_extremes, step_moments, worst

_LARGEST_SCALE = 1e6

_WEAKEST = 1e-2
"""Least strength tried of a schedule's terms, in units of what they alone may have."""


class Constraint(enum.Enum):
    """Which cost is held equal between protocols; ``NONE`` leaves strengths as given."""

    C0 = "C0"
    C1 = "C1"
    C2 = "C2"
    NONE = "none"

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """The constraint of that name, in either case.

        Raises:
            InvalidRequest: no such name; the closest one is given.
        """
        for member in cls:
            if member.value.casefold() == text.strip().casefold():
                return member
        raise unknown_name("constraint", text, [member.value for member in cls])

    def budget(self, n_cells: int) -> float:
        """What the cost may be, with E = 1 per cell: N, sqrt(N), N.

        Raises:
            InvalidRequest: ``NONE`` has no budget.
        """
        if self is Constraint.NONE:
            raise InvalidRequest('Constraint "none" has no budget. Use C0, C1 or C2.')
        return math.sqrt(n_cells) if self is Constraint.C1 else float(n_cells)


class Norm(NamedTuple):
    """An operator norm and how far it can be trusted (an upper bound never lies below it)."""

    value: float
    kind: Kind


def norm(protocol: ChargingProtocol, *, raw: bool = False, horizon: float | None = None) -> Norm:
    """Time-averaged norm of the generator over [0, horizon].

    Shift-optimal, min_c |H - c| = (l_max - l_min)/2, or raw, max(|l_max|, |l_min|) with the
    identity shift as given.

    Args:
        protocol: what charges what.
        raw: leave the identity shift as it is.
        horizon: time up to which to average; the protocol's duration where it has one. A
            constant protocol needs none.

    Raises:
        InvalidRequest: an open-ended schedule of several steps without a horizon.
    """
    total: float = 0.0
    kinds: list[Kind] = ["exact"]
    for index, share in _shares(protocol, horizon):
        low, high, kind = generator_extremes(protocol, index)
        kinds.append(kind)
        total += share * (max(-low, high) if raw else (high - low) / 2)
    return Norm(total, worst(kinds))


def cost(
    protocol: ChargingProtocol, constraint: Constraint, *, horizon: float | None = None
) -> float | None:
    """What a protocol spends under a constraint, time-averaged over [0, horizon].

    C0: shift-optimal norm. C1: standard deviation of H. C2: <H> minus the lowest energy (where
    that is only bounded from below, an upper bound on the cost).

    Args:
        protocol: what charges what.
        constraint: C0, C1 or C2.
        horizon: as in :func:`norm`.

    Returns:
        The cost in energy units; ``None`` for C2 of a time-dependent Hamiltonian and for
        ``NONE``, which mean nothing.
    """
    if constraint is Constraint.C0:
        return norm(protocol, horizon=horizon).value
    if constraint is Constraint.C1:
        shares = _shares(protocol, horizon)
        found = step_moments(protocol, [step for step, _ in shares])
        return math.fsum(
            share * math.sqrt(moments.variance)
            for (_, share), moments in zip(shares, found, strict=True)
        )
    if constraint is Constraint.C2 and len(protocol.evolutions) == 1:
        return energy_moments(protocol).mean - generator_extremes(protocol).low
    return None


def normalise(
    protocol: ChargingProtocol, constraint: Constraint, *, horizon: float | None = None
) -> ChargingProtocol:
    """The protocol with its user terms scaled so that it spends exactly its budget.

    One alpha multiplies every user term, the field included, and divides durations, so that
    rotation angles stay. The internal Hamiltonian is never scaled: with ``include_internal``
    alpha is the largest root of cost(I + alpha V) = budget.

    Args:
        protocol: what charges what.
        constraint: C0, C1, C2, or ``NONE`` to change nothing.
        horizon: as in :func:`norm`, in times of the protocol as given.

    Raises:
        InvalidRequest: no alpha meets the budget, or the constraint means nothing here.
    """
    if not isinstance(constraint, Constraint):
        hint = "Use e.g. qbcircuit.Constraint.C0."
        raise wrong_kind("A constraint is a qbcircuit.Constraint", constraint, hint=hint)
    if constraint is Constraint.NONE:
        return protocol
    budget = constraint.budget(protocol.battery.n_cells)
    spent = cost(protocol, constraint, horizon=horizon)
    if spent is None:
        raise InvalidRequest(
            f"Constraint {constraint.value} means something for time-independent Hamiltonians "
            f"only, and this protocol has {len(protocol.evolutions)} steps. Use C0 or C1."
        )
    if not protocol.include_internal:
        if spent <= 0:
            raise InvalidRequest(
                f"Constraint {constraint.value} cannot scale this protocol: its cost is 0 in the "
                "start state. Use C0, or terms that move the state."
            )
        return protocol.scaled(budget / spent)
    return protocol.scaled(_largest_root(protocol, constraint, budget, horizon))


def _largest_root(
    protocol: ChargingProtocol, constraint: Constraint, budget: float, horizon: float | None
) -> float:
    """The largest alpha with cost(I + alpha V) = budget; the cost is convex in alpha."""
    from scipy.optimize import brentq, minimize_scalar  # long to import, and seldom needed

    # in units of the strength at which V alone would spend the budget
    alone = cost(replace(protocol, include_internal=False), constraint, horizon=horizon)
    if not alone:
        raise _beyond_any_strength(constraint, budget)
    unit = budget / alone

    def excess(multiple: float) -> float:
        alpha = multiple * unit
        reach = None if horizon is None else horizon / alpha
        spent = cost(protocol.scaled(alpha), constraint, horizon=reach)
        return math.nan if spent is None else spent - budget

    # weak terms make a schedule long: its states are not followed for ever
    least = 0.0 if len(protocol.evolutions) == 1 else _WEAKEST
    high = 1.0
    while excess(high) <= 0:
        high *= 2
        if high > _LARGEST_SCALE:
            raise _beyond_any_strength(constraint, budget)
    low = float(
        minimize_scalar(excess, bounds=(least, high), method="bounded", options={"xatol": 1e-9}).x
    )
    if excess(low) > 0:
        raise InvalidRequest(
            f"Constraint {constraint.value} allows {budget:g}, and this protocol spends at least "
            f"{budget + excess(low):.6g} at any strength, its internal Hamiltonian included. "
            "Turn include_internal off, or use another constraint."
        )
    return unit * float(brentq(excess, low, high, xtol=1e-15, rtol=1e-14))


def _beyond_any_strength(constraint: Constraint, budget: float) -> InvalidRequest:
    return InvalidRequest(
        f"No strength makes this protocol spend constraint {constraint.value}'s budget "
        f"of {budget:g}. Use C0, or terms that move the state."
    )


def _shares(protocol: ChargingProtocol, horizon: float | None) -> list[tuple[int, float]]:
    """Which steps act before the horizon, by index, and for what share of the time."""
    evolutions = protocol.evolutions
    if len(evolutions) == 1:
        return [(0, 1.0)]
    end = protocol.duration if horizon is None else min(horizon, protocol.duration)
    if not math.isfinite(end) or end <= 0:
        raise InvalidRequest(
            "A time average over several steps needs a horizon that is positive and finite, got "
            f"{end}. Give the last step a duration."
        )
    shares, begin = [], 0.0
    for index, step in enumerate(evolutions):
        if begin < end:
            shares.append((index, (min(begin + step.duration, end) - begin) / end))
        begin += step.duration
    return shares
