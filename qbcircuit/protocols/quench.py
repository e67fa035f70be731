"""Spin chains whose couplings are part of the battery, quenched from their ground state.

The cells' own levels are the field of the battery: a splitting Delta is -h0 Z with h0 = Delta/2.
Cells that start in their lowest levels start in the ground state of the interacting battery; any
other start is kept as it is.
"""

from __future__ import annotations

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.protocols.chain_battery import (
    BOUNDARIES,
    NO_BOUND,
    bonds_of,
    couplings,
    in_ground_state,
)
from qbcircuit.protocols.checks import check_finite, check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import uniform_field


def tfim_quench(
    battery: Battery,
    *,
    coupling: float = 1.0,
    charger_field: float = 0.0,
    boundary: str = "open",
    strength: float = 1.0,
) -> ChargingProtocol:
    """An Ising chain in a transverse field that is quenched from h0 to h1.

    H(h) = -J sum_j X_j X_(j+1) - h sum_j Z_j; the battery is H(h0), h0 = Delta/2, in its ground
    state, the charger strength * H(h1). On a ring of even N,
    W(t) = sum_(k>0) 2 e0(k) [1 - cos^2 theta_k] sin^2(e1(k) t) with e(k) = 2 |n(k)|,
    n(k) = (J sin k, h - J cos k), theta_k between n of h0 and h1, k = (2n + 1) pi/N. k = 2,
    m = 2. Constraints scale the charger only; capacity and work count the couplings.

    Args:
        battery: N >= 2 two-level cells in the order of the chain.
        coupling: J, an energy.
        charger_field: h1, an energy.
        boundary: open or periodic.
        strength: multiplies the charger.

    Raises:
        InvalidRequest: fewer than 2 cells, an unknown boundary, numbers that are not finite, or a
            charger without terms.

    Reference: Grazi et al., arXiv:2503.20424; Hoang et al., arXiv:2308.03334 (open chain, h1 = h0).
    """
    return _xy(
        "tfim-quench",
        battery,
        coupling=coupling,
        anisotropies=(1.0, 1.0),
        charger_field=charger_field,
        boundary=boundary,
        strength=strength,
    )


def xy_quench(
    battery: Battery,
    *,
    coupling: float = 1.0,
    anisotropy: float = 0.5,
    charger_anisotropy: float = 0.5,
    charger_field: float = 0.0,
    boundary: str = "open",
    strength: float = 1.0,
) -> ChargingProtocol:
    """An XY chain in a transverse field whose field and anisotropy are quenched.

    H(h, a) = -(J/2) sum_j [(1 + a) X_j X_(j+1) + (1 - a) Y_j Y_(j+1)] - h sum_j Z_j; the battery is
    H(h0, a0), h0 = Delta/2, in its ground state, the charger strength * H(h1, a1). On a ring of
    even N whose ground state has even parity W(t) is that of :func:`tfim_quench` with
    n(k) = (J a sin k, h - J cos k). k = 2, m = 2. Constraints scale the charger only; capacity
    and work count the couplings.

    Args:
        battery: N >= 2 two-level cells in the order of the chain.
        coupling: J, an energy.
        anisotropy: a0; 1 is the Ising chain, 0 the XX chain.
        charger_anisotropy: a1.
        charger_field: h1, an energy.
        boundary: open or periodic.
        strength: multiplies the charger.

    Raises:
        InvalidRequest: fewer than 2 cells, an unknown boundary, numbers that are not finite, or a
            charger without terms.

    Reference: Grazi et al., arXiv:2503.20424; Lieb, Schultz and Mattis, Ann. Phys. 16, 407 (1961).
    """
    return _xy(
        "xy-quench",
        battery,
        coupling=coupling,
        anisotropies=(anisotropy, charger_anisotropy),
        charger_field=charger_field,
        boundary=boundary,
        strength=strength,
    )


def xxz_quench(
    battery: Battery,
    *,
    coupling: float = 1.0,
    anisotropy: float = 0.5,
    charger_anisotropy: float = 2.0,
    boundary: str = "open",
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """An XXZ chain whose anisotropy is quenched.

    H(d) = J sum_j [X_j X_(j+1) + Y_j Y_(j+1) + d Z_j Z_(j+1)]; the battery is H(d0) and the cells'
    own levels, in its ground state, the charger strength * H(d1) + field * sum_j Z_j. The number
    of charged cells is conserved, so all work goes into the couplings, and a field does nothing.
    k = 2, m = 2. Constraints scale the charger only; capacity and work count the couplings.

    Args:
        battery: N >= 2 two-level cells in the order of the chain.
        coupling: J, an energy; above 0 antiferromagnetic.
        anisotropy: d0.
        charger_anisotropy: d1.
        boundary: open or periodic.
        field: h of the charger, an energy.
        strength: multiplies the charger's couplings.

    Raises:
        InvalidRequest: fewer than 2 cells, an unknown boundary, numbers that are not finite, or a
            charger without terms.

    Reference: Ghosh, Chanda and Sen(De), PRA 101, 032115 (2020), arXiv:1905.12377 (XXZ batteries).
    """
    name = "xxz-quench"
    for what, value in (("coupling", coupling), ("anisotropy", anisotropy)):
        check_finite(f"The {what}", value)
    check_finite("The charger's anisotropy", charger_anisotropy)
    check_strengths(strength, field)
    bonds = bonds_of(name, battery, boundary)
    inner = couplings(bonds, coupling, coupling, coupling * anisotropy)
    outer = couplings(bonds, coupling, coupling, coupling * charger_anisotropy)
    terms = tuple(term.scaled(strength) for term in outer) + uniform_field(battery.cells, field)
    return ChargingProtocol.constant(in_ground_state(battery, inner), terms, name=name)


def _xy(
    name: str,
    battery: Battery,
    *,
    coupling: float,
    anisotropies: tuple[float, float],
    charger_field: float,
    boundary: str,
    strength: float,
) -> ChargingProtocol:
    check_strengths(strength, charger_field)
    for what, value in (("coupling", coupling), *(("anisotropy", a) for a in anisotropies)):
        check_finite(f"The {what}", value)
    bonds = bonds_of(name, battery, boundary)
    inner, outer = (
        couplings(bonds, -coupling * (1 + a) / 2, -coupling * (1 - a) / 2, 0.0)
        for a in anisotropies
    )
    terms = tuple(
        term.scaled(strength) for term in (*outer, *uniform_field(battery.cells, -charger_field))
    )
    return ChargingProtocol.constant(in_ground_state(battery, inner), terms, name=name)


_COUPLING = Parameter(name="coupling", default=1.0, help="J, an energy")
_FIELD = Parameter(name="charger-field", default=0.0, help="h1 of the charger, an energy")
_BOUNDARY = Parameter(name="boundary", default="open", help="ends of the chain", choices=BOUNDARIES)
FAMILIES = (
    Family(
        name="tfim-quench",
        summary="An Ising chain in its ground state, its transverse field quenched.",
        hamiltonian="-J sum_j X_j X_(j+1) - h1 sum_j Z_j; battery: h0 = Delta/2 instead of h1",
        order="2",
        participation="2",
        bound=NO_BOUND,
        reference="Grazi et al., arXiv:2503.20424; arXiv:2308.03334",
        constructor=tfim_quench,
        takes_field=False,
        fixed_order=lambda n: 2,
        parameters=(_COUPLING, _FIELD, _BOUNDARY),
    ),
    Family(
        name="xy-quench",
        summary="An XY chain in its ground state, field and anisotropy quenched.",
        hamiltonian="-(J/2) sum_j [(1+a1) X_j X_(j+1) + (1-a1) Y_j Y_(j+1)] - h1 sum_j Z_j",
        order="2",
        participation="2",
        bound=NO_BOUND,
        reference="Grazi et al., arXiv:2503.20424",
        constructor=xy_quench,
        takes_field=False,
        fixed_order=lambda n: 2,
        parameters=(
            _COUPLING,
            Parameter(name="anisotropy", default=0.5, help="a0 of the battery"),
            Parameter(name="charger-anisotropy", default=0.5, help="a1 of the charger"),
            _FIELD,
            _BOUNDARY,
        ),
    ),
    Family(
        name="xxz-quench",
        summary="An XXZ chain in its ground state, its anisotropy quenched.",
        hamiltonian="J sum_j [X_j X_(j+1) + Y_j Y_(j+1) + d1 Z_j Z_(j+1)]",
        order="2",
        participation="2",
        bound=NO_BOUND,
        reference="Ghosh, Chanda, Sen(De), PRA 101, 032115 (2020), arXiv:1905.12377",
        constructor=xxz_quench,
        fixed_order=lambda n: 2,
        parameters=(
            _COUPLING,
            Parameter(name="anisotropy", default=0.5, help="d0 of the battery"),
            Parameter(name="charger-anisotropy", default=2.0, help="d1 of the charger"),
            _BOUNDARY,
        ),
    ),
)
