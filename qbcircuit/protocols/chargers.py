"""Batteries charged by other two-level sites: a star of chargers, directly or through mediators.

Energy counts the cells only. Fields act on the cells only, and detune them from their chargers.
"""

from __future__ import annotations

import itertools

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.checks import check_count, check_finite, check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.joining import dicke_state, joined, joined_in_state
from qbcircuit.terms import Term, uniform_field

_MOST = 10_000


def star(
    battery: Battery, *, chargers: int = 4, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Cells that share excited chargers: H = g sum_(b,c) (s+_b s-_c + h.c.) + h sum_b Z_b.

    One cell and n chargers, all of them excited: W(t) = Delta sin^2(g sqrt(n) t), sqrt(n) times
    as fast as one charger at the same g. k = 2, m = n (or N, if larger). C0 sees the whole star,
    whose norm is g (n + 1)/2 for one cell and odd n, so that Gamma_C0 = 2 sqrt(n)/(n + 1) < 1;
    C1 sees g sqrt(n) and gives Gamma_C1 = 1; C2 sees the C0 norm.

    Args:
        battery: N cells; chargers come after them, excited, with their levels.
        chargers: n, at least 1.
        field: h of the cells, an energy.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: no charger, a strength that is 0 or not finite, or a field that is not
            finite.

    Reference: Joshi and Mahesh, PRA 106, 042601 (2022), arXiv:2112.15437; several cells: Liu et
    al., PRB 104, 245418 (2021), arXiv:2205.11074.
    """
    n = check_count("The number of chargers", chargers, least=1, most=_MOST)
    check_strengths(strength, field)
    whole = joined(battery, (_charger(battery),) * n, (1,) * n)
    terms = _exchange(battery.cells, range(battery.n_sites, whole.n_sites), strength)
    return ChargingProtocol.constant(
        whole, terms + uniform_field(battery.cells, field), name="star"
    )


def central_spin_chain(
    battery: Battery,
    *,
    chargers: int = 4,
    excited: int = 2,
    coupling: float = 1.0,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """A chain of cells in a star of chargers in a Dicke state.

    H = g sum_(b,c) (s+_b s-_c + h.c.) + J sum_b (1 - Z_b Z_(b+1)) + h sum_b Z_b: the chain is
    open, its couplings act while it charges and are no part of the battery's energy. The chargers
    start in the symmetric state with ``excited`` of them in level 1; without J the chain charges
    as one spin N/2. k = 2, m = n + 2 in the bulk. C0 and C2 count the couplings J; under C1 they
    cost nothing at first, since all cells start alike.

    Args:
        battery: N cells in the order of the chain; chargers come after them, with their levels.
        chargers: n, at least 1.
        excited: chargers in level 1, 0..n.
        coupling: J, an energy.
        field: h of the cells, an energy.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: no charger, more excited ones than chargers, a strength that is 0 or not
            finite, or a state of too many sites.

    Reference: Liu et al., PRB 104, 245418 (2021), arXiv:2205.11074 (central spins, Dicke states).
    """
    n = check_count("The number of chargers", chargers, least=1, most=_MOST)
    m = check_count("The number of excited chargers", excited, least=0, most=n)
    check_strengths(strength, field)
    check_finite("The coupling", coupling)
    own = (_charger(battery),) * n
    if m in (0, n):
        whole = joined(battery, own, (m // n,) * n)
    elif n > 16:
        raise InvalidRequest(
            f"A Dicke state is written out for 16 chargers at most, got {n}. "
            f"Use fewer, or excited = {n}."
        )
    else:
        whole = joined_in_state(battery, own, dicke_state(n, m))
    cells = battery.cells
    bonds = list(itertools.pairwise(cells)) if coupling else []
    return ChargingProtocol.constant(
        whole,
        _exchange(cells, range(battery.n_sites, whole.n_sites), strength)
        + tuple(Term("ZZ", bond, -coupling) for bond in bonds)
        + uniform_field(cells, field),
        shift=coupling * len(bonds),
        name="central-spin-chain",
    )


def mediated(
    battery: Battery, *, mediators: int = 1, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Every cell charged by its own charger through mediators.

    H = g sum_b [s+_b s-_(1) + s+_(1) s-_(2) + ... + s+_(M) s-_c + h.c.] + h sum_b Z_b, with M
    mediators in level 0 between cell b and its excited charger c. M = 0 is the exchange between
    charger and battery, W(t) = N Delta sin^2(g t); M = 1 gives N Delta sin^4(g t/sqrt(2)); any M
    the walk on a path of M + 2 sites. k = 2, m = 1 for M = 0, else 2. Norms per cell are g for
    M = 0 and g sqrt(2) for M = 1 (C0, C2); Delta H = g per cell (C1).

    Args:
        battery: N cells; mediators and chargers come after them, chargers with their levels.
        mediators: M, 0 or more, for each cell.
        field: h of the cells, an energy.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 0 mediators, a strength that is 0 or not finite, or a field
            that is not finite.

    Reference: Andolina et al., PRB 98, 205423 (2018), arXiv:1807.04031 (charger-mediated).
    """
    n = check_count("The number of mediators", mediators, least=0, most=_MOST)
    check_strengths(strength, field)
    levels = battery.sites[battery.cells[0]].levels
    between = (Site(levels=levels, role=Role.ANCILLA),) * n
    whole, paths = battery, []
    for cell in battery.cells:
        paths.append((cell, *range(whole.n_sites, whole.n_sites + n + 1)))
        whole = joined(whole, (*between, _charger(battery)), (*(0,) * n, 1))
    terms = tuple(Term("+-", bond, strength) for path in paths for bond in itertools.pairwise(path))
    return ChargingProtocol.constant(
        whole, terms + uniform_field(battery.cells, field), name="mediated"
    )


def _charger(battery: Battery) -> Site:
    """A charger in resonance with the cells."""
    return Site(levels=battery.sites[battery.cells[0]].levels, role=Role.CHARGER)


def _exchange(cells: tuple[int, ...], chargers: range, strength: float) -> tuple[Term, ...]:
    return tuple(Term("+-", pair, strength) for pair in itertools.product(cells, chargers))


_CHARGERS = Parameter(name="chargers", default=4, help="number of chargers n")

FAMILIES = (
    Family(
        name="star",
        summary="Cells that share n excited chargers (star, central spins).",
        hamiltonian="g sum_(b,c) (s+_b s-_c + h.c.), cells b, chargers c",
        order="2",
        participation="n, or N if larger",
        bound="one cell: √n times as fast at fixed g, Γ_C0 = 2√n/(n+1) for odd n, Γ_C1 = 1",
        reference="Joshi, Mahesh, PRA 106, 042601 (2022), arXiv:2112.15437",
        constructor=star,
        fixed_order=lambda n: 2,
        parameters=(_CHARGERS,),
    ),
    Family(
        name="central-spin-chain",
        summary="A chain of cells charged by a star of chargers in a Dicke state.",
        hamiltonian="g sum_(b,c) (s+_b s-_c + h.c.) + J sum_b (1 - Z_b Z_(b+1))",
        order="2",
        participation="n+2 in the bulk",
        bound="Γ_C0 < gamma k; J takes the cells out of one spin N/2",
        reference="Liu et al., PRB 104, 245418 (2021), arXiv:2205.11074",
        constructor=central_spin_chain,
        fixed_order=lambda n: 2,
        parameters=(
            _CHARGERS,
            Parameter(name="excited", default=2, help="chargers in level 1 at time 0"),
            Parameter(name="coupling", default=1.0, help="J of the chain, an energy"),
        ),
    ),
    Family(
        name="mediated",
        summary="Every cell charged by its own charger through M mediators.",
        hamiltonian="g sum_bonds (s+_i s-_j + h.c.), bonds cell - mediators - charger",
        order="2",
        participation="1 without mediators, else 2",
        bound="M = 0: W = N sin²(gt), ergotropy max(0, 2 sin²(gt) - 1) a cell; M = 1: sin⁴(gt/√2)",
        reference="Andolina et al., PRB 98, 205423 (2018), arXiv:1807.04031",
        constructor=mediated,
        fixed_order=lambda n: 2,
        parameters=(Parameter(name="mediators", default=1, help="mediators M for each cell"),),
    ),
)
