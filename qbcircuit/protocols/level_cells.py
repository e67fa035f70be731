"""Chargers of cells with more than two levels, climbed one level at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.protocols.checks import check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import Term

_RUNGS: dict[str, Callable[[int, int], float]] = {
    "equal": lambda rung, top: 1.0,
    "harmonic": lambda rung, top: math.sqrt(rung + 1),
    "spin": lambda rung, top: math.sqrt((rung + 1) * (top - rung)),
}
"""c_l of a rung l -> l + 1 below the level ``top``, by the name of a ladder."""


def ladder(battery: Battery, *, rungs: str = "equal", strength: float = 1.0) -> ChargingProtocol:
    """Cells that climb level by level: H = g sum_j sum_l c_l (|l+1><l|_j + h.c.).

    c_l = 1 (equal), sqrt(l+1) (harmonic) or sqrt((l+1)(d-1-l)) (spin; H = 2 g J_x of a spin
    (d-1)/2). From the ground state, with d levels: spin W(t) = N (d-1) sin^2(g t) for evenly
    spaced levels; equal amplitudes (2/(d+1)) sum_j sin(pi j/(d+1)) sin(pi j (l+1)/(d+1))
    exp(-2 i g t cos(pi j/(d+1))). k = m = 1; |H| is 2 N g cos(pi/(d+1)) for equal rungs and
    N g (d-1) for a spin, so that C0 leaves less than parallel |d-1><0| + h.c. has.

    Args:
        battery: N cells of any number of levels.
        rungs: ``"equal"``, ``"harmonic"`` or ``"spin"``.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: an unknown kind of rungs, or a strength that is 0 or not finite.

    Reference: Hu et al., Quantum Sci. Technol. 7, 045018 (2022), arXiv:2108.04298 (three levels).
    """
    return _ladder(battery, rungs, strength, "ladder")


def qutrit_ladder(battery: Battery, *, strength: float = 1.0) -> ChargingProtocol:
    """Three levels, both transitions driven alike: H = g sum_j (|1><0| + |2><1| + h.c.)_j.

    From the ground state P_2(t) = sin^4(g t/sqrt(2)) and P_1(t) = sin^2(sqrt(2) g t)/2; full
    charge at T = pi/(sqrt(2) g). k = m = 1; C0 leaves g = 1/sqrt(2) and an advantage of 1/2, C1
    leaves g = 1 and 1/sqrt(2).

    Args:
        battery: N cells of three levels.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: cells of another number of levels, or a strength that is 0 or not finite.

    Reference: Hu et al., Quantum Sci. Technol. 7, 045018 (2022), arXiv:2108.04298.
    """
    found = {battery.sites[j].dimension for j in battery.cells}
    if found != {3}:
        raise InvalidRequest(
            f"qutrit-ladder needs cells of 3 levels, got {max(found)}. Use --levels 0,1,2."
        )
    return _ladder(battery, "equal", strength, "qutrit-ladder")


def _ladder(battery: Battery, rungs: str, strength: float, name: str) -> ChargingProtocol:
    check_strengths(strength, 0.0)
    if rungs not in _RUNGS:
        raise unknown_name("kind of rungs", rungs, _RUNGS)
    weight = _RUNGS[rungs]
    tops = {j: battery.sites[j].dimension - 1 for j in battery.cells}
    terms = [
        Term((f"|{rung + 1}><{rung}|",), (j,), strength * weight(rung, top))
        for j, top in tops.items()
        for rung in range(top)
    ]
    return ChargingProtocol.constant(battery, terms, name=name)


FAMILIES = (
    Family(
        name="ladder",
        summary="Every cell climbs its levels one by one (give --levels 0,1,2,...).",
        hamiltonian="g sum_j sum_l c_l (|l+1><l|_j + h.c.), c_l = 1, √(l+1) or √((l+1)(d-1-l))",
        order="1",
        participation="1",
        bound="no collective advantage: k = 1; under C0 at most gamma",
        reference="Hu et al., Quantum Sci. Technol. 7, 045018 (2022), arXiv:2108.04298",
        constructor=ladder,
        takes_field=False,
        fixed_order=lambda n: 1,
        parameters=(
            Parameter(
                name="rungs",
                default="equal",
                help="how couplings grow along the ladder",
                choices=tuple(_RUNGS),
            ),
        ),
    ),
    Family(
        name="qutrit-ladder",
        summary="Three levels climbed by two equal resonant drives; P_2 = sin^4(g t/√2).",
        hamiltonian="g sum_j (|1><0| + |2><1| + h.c.)_j",
        order="1",
        participation="1",
        bound="Γ_C0 = 1/2, Γ_C1 = 1/√2 against parallel |2><0| + h.c.",
        reference="Hu et al., Quantum Sci. Technol. 7, 045018 (2022), arXiv:2108.04298",
        constructor=qutrit_ladder,
        takes_field=False,
        fixed_order=lambda n: 1,
    ),
)
