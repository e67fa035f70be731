"""Upper bounds on the advantage of collective charging, each with what it rests on.

All are in the letter's units: the parallel charger is sum_j X_j, so E = Delta E = 1 for a cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.merit import parallel_capacity, parallel_crossing_time, product_bures_angle

_LETTER = "Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991"
_BERNSTEIN = (
    "Bernstein's inequality on [I, H]; cf. Gyhm, Safranek, Rosa, PRL 128, 140501 (2022), "
    "arXiv:2108.02491"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """One theory limit.

    Args:
        name: e.g. ``"Theorem 1"``.
        value: the limit; ``None`` where its conditions are not met.
        condition: what it assumes, in words.
        reference: where it comes from.
    """

    name: str
    value: float | None
    condition: str
    reference: str


def gamma(battery: Battery, *, work: float | None = None) -> float | None:
    """The constant of the C0 bounds for a charging task.

    gamma = N Delta E T_par(W) / W, with E = 1: pi/2 from ground to fully excited,
    (pi/2) coth(beta Delta / 2) from thermal to inverted. At a partial charge
    w = W/(N Delta) from the ground state it is arcsin(sqrt(w))/w.

    Args:
        battery: two-level cells in a product start.
        work: W, in the unit of the levels; all that parallel charging deposits where ``None``.

    Returns:
        gamma, or ``None`` where parallel charging deposits nothing from this start.

    Raises:
        InvalidRequest: a work that parallel charging does not reach.

    Reference: Theorem 1 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    if battery.interactions or not battery.starts_in_levels:
        return None
    full = parallel_capacity(battery)
    deposited = full if work is None else work
    if full <= 0 or deposited == 0:
        return None
    time = parallel_crossing_time(battery, deposited)
    return battery.n_cells * battery.splitting * time / deposited


def order_bound(protocol: ChargingProtocol, *, work: float | None = None) -> Bound:
    """Gamma_C0 <= gamma k for any k-body H(t), whatever overlaps.

    e^(isI) H e^(-isI) has frequencies within k Delta, so by Bernstein's inequality
    the norm of [I, H] is at most k Delta min_c |H - c|; integrated over the charge under C0.
    This settles Conjecture 1 of the letter.

    Args:
        protocol: its order is k.
        work: as in :func:`gamma`.
    """
    constant = gamma(protocol.battery, work=work)
    return Bound(
        name="order bound",
        value=None if constant is None else constant * protocol.order,
        condition="C0; I a sum of single-cell terms; any overlap",
        reference=_BERNSTEIN,
    )


def theorem1(protocol: ChargingProtocol, *, work: float | None = None) -> Bound:
    """Gamma_C0 <= gamma k where no two interactions of a step share a cell.

    Args:
        protocol: its order is k, its participation m must be 1.
        work: as in :func:`gamma`.
    """
    constant = gamma(protocol.battery, work=work)
    holds = protocol.participation == 1 and constant is not None
    return Bound(
        name="Theorem 1",
        value=constant * protocol.order if holds and constant is not None else None,
        condition="C0; disjoint interactions in every step (m = 1)",
        reference=_LETTER,
    )


def theorem2(protocol: ChargingProtocol, *, work: float | None = None) -> Bound:
    """Gamma_C0 <= gamma [k^2 (m - 1) + k]; valid, and superseded by the order bound.

    Args:
        protocol: its order is k, its participation m.
        work: as in :func:`gamma`.
    """
    constant, k, m = gamma(protocol.battery, work=work), protocol.order, protocol.participation
    return Bound(
        name="Theorem 2",
        value=None if constant is None else constant * (k**2 * (m - 1) + k),
        condition="C0; every cell in at most m interactions",
        reference=_LETTER,
    )


def speed_limit(protocol: ChargingProtocol, constraint: Constraint = Constraint.C1) -> Bound:
    """Eq. 4: the quantum speed limit between the start and its inversion.

    Gamma_C1 <= beta sqrt(N) L_1/L_N and Gamma_C2 <= beta N L_1/L_N, with the Bures angle L_n
    between n cells before and after, and beta = T_par Delta E / L_1 = (pi/2)/L_1. So sqrt(N)
    and N between orthogonal states.

    Args:
        protocol: what is charged; its start state matters, its terms do not.
        constraint: C1 (Mandelstam-Tamm, always valid) or C2 (informative: not a theorem between
            states that are not orthogonal, and ``None`` for time-dependent H).

    Raises:
        InvalidRequest: a constraint without a speed limit.

    Reference: Eq. 4 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    if constraint not in (Constraint.C1, Constraint.C2):
        raise InvalidRequest(
            f"The speed limit holds under C1 or C2, got {constraint.value}. Use --constraint C1."
        )
    battery = protocol.battery
    n, angle = battery.n_cells, _inversion_angle(battery) if battery.starts_in_levels else 0.0
    if constraint is Constraint.C1:
        scale, condition = math.sqrt(n), "C1; from the start to its inversion"
    else:
        scale, condition = n, "C2; informative only; time-independent H, orthogonal end states"
    known = angle > 0 and (constraint is Constraint.C1 or protocol.is_constant)
    return Bound(
        name=f"speed limit ({constraint.value})",
        value=scale * (math.pi / 2) / angle if known else None,
        condition=condition,
        reference=f"Eq. 4 of {_LETTER}",
    )


def _inversion_angle(battery: Battery) -> float:
    """L_N: the Bures angle between the cells' start and the same with populations reversed."""
    populations = battery.start_populations
    before = [populations[j] for j in battery.cells]
    return product_bures_angle(before, [one[::-1] for one in before])


def block_advantage(n_cells: int, order: int, constraint: Constraint) -> float | None:
    """What disjoint blocks of k cells reach, also where k does not divide N.

    N/ceil(N/k) under C0 and C2, its square root under C1.

    Args:
        n_cells: N, 1 or more.
        order: k, in 1..N.
        constraint: ``NONE`` gives ``None``: strengths as given are not compared.

    Raises:
        InvalidRequest: an order outside 1..N.
    """
    if not 1 <= order <= n_cells:
        raise InvalidRequest(
            f"Order k={order} is not within the number of cells N={n_cells}. Use -k 1..{n_cells}."
        )
    if constraint is Constraint.NONE:
        return None
    ratio = n_cells / math.ceil(n_cells / order)
    return math.sqrt(ratio) if constraint is Constraint.C1 else ratio


def bounds_for(
    protocol: ChargingProtocol, constraint: Constraint, *, work: float | None = None
) -> dict[str, float | None]:
    """The bounds of one row of a result document.

    Args:
        protocol: what charges what.
        constraint: under which it is compared.
        work: as in :func:`gamma`; give the work reached to bound a partial charge.

    Returns:
        ``gamma``; ``order``, ``theorem1`` (m = 1 only) and ``theorem2`` under C0;
        ``speed_limit`` under C1; ``None`` where one does not apply.
    """
    under_c0 = constraint is Constraint.C0
    under_c1 = constraint is Constraint.C1
    return {
        "gamma": gamma(protocol.battery, work=work),
        "order": order_bound(protocol, work=work).value if under_c0 else None,
        "theorem1": theorem1(protocol, work=work).value if under_c0 else None,
        "theorem2": theorem2(protocol, work=work).value if under_c0 else None,
        "speed_limit": speed_limit(protocol).value if under_c1 else None,
    }


def theory_limits(protocol: ChargingProtocol) -> tuple[Bound, ...]:
    """Every bound that speaks about a protocol, for a reader's table.

    Args:
        protocol: what charges what.
    """
    n, k = protocol.battery.n_cells, min(protocol.order, protocol.battery.n_cells)
    reached = tuple(
        Bound(
            name=f"reached by blocks ({constraint.value})",
            value=block_advantage(n, k, constraint),
            condition=f"{constraint.value}; disjoint blocks of k cells from the ground state",
            reference=_LETTER,
        )
        for constraint in (Constraint.C0, Constraint.C1, Constraint.C2)
    )
    return (
        Bound(
            name="gamma",
            value=gamma(protocol.battery),
            condition="from the start to all that parallel charging deposits",
            reference=_LETTER,
        ),
        order_bound(protocol),
        theorem1(protocol),
        theorem2(protocol),
        speed_limit(protocol, Constraint.C1),
        speed_limit(protocol, Constraint.C2),
        *reached,
    )
