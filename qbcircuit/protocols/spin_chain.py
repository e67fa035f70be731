"""The spin chain whose couplings are always on, driven across its field."""

from __future__ import annotations

import itertools
from dataclasses import replace

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import unknown_name
from qbcircuit.protocols.chain_battery import NO_BOUND, chain_cells, couplings
from qbcircuit.protocols.checks import check_finite, check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import Term, uniform_field

RANGES = ("nearest", "power-law", "all-to-all")


def driven_spin_chain(
    battery: Battery,
    *,
    coupling: float = 0.5,
    anisotropy: float = 0.0,
    reach: str = "nearest",
    decay: float = 3.0,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """Cells whose couplings are always on, driven across their field.

    H = w sum_j X_j - sum_(i<j) g_ij [Z_i Z_j + a (X_i X_j + Y_i Y_j)] + h sum_j Z_j, the couplings
    being part of the battery too; while it charges, the drive takes the place of the cells'
    levels, which ``field`` = -Delta/2 leaves on. From |0...0>, which is kept as the start, the
    isotropic chain (a = 1) drops out: W(t) = N Delta sin^2(w t) whatever g_ij. k = 2,
    m = 2 (nearest neighbours) or N - 1. Constraints scale drive and couplings of the charger
    together; capacity and work count the couplings.

    Args:
        battery: N >= 2 two-level cells in the order of the chain.
        coupling: g, an energy.
        anisotropy: a; 1 for XXX, 0 for Ising couplings.
        reach: nearest, power-law (g_ij = g/(j - i)^p) or all-to-all (g_ij = g).
        decay: p of the power law.
        field: h while charging, an energy.
        strength: w, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 2 cells, an unknown reach, or numbers that are not finite.

    Reference: Le et al., PRA 97, 022106 (2018), arXiv:1712.03559.
    """
    check_strengths(strength, field)
    for what, value in (("coupling", coupling), ("anisotropy", anisotropy), ("decay", decay)):
        check_finite(f"The {what}", value)
    if reach not in RANGES:
        raise unknown_name("reach", reach, RANGES)
    cells = chain_cells("spin-chain", battery)
    power = 0.0 if reach == "all-to-all" else decay
    inner: list[Term] = []
    for i, j in itertools.combinations(range(len(cells)), 2):
        if reach != "nearest" or j == i + 1:
            g = -coupling / (j - i) ** power
            inner += couplings([(cells[i], cells[j])], g * anisotropy, g * anisotropy, g)
    drive = tuple(Term("X", (cell,), strength) for cell in cells)
    return ChargingProtocol.constant(
        replace(battery, interactions=tuple(inner)),
        drive + tuple(inner) + uniform_field(cells, field),
        name="spin-chain",
    )


FAMILIES = (
    Family(
        name="spin-chain",
        summary="Cells whose couplings are always on, driven across their field.",
        hamiltonian="w sum_j X_j - sum_(i<j) g_ij [Z_i Z_j + a (X_i X_j + Y_i Y_j)]",
        order="2",
        participation="2 (nearest) or N-1",
        bound=f"{NO_BOUND}; a = 1 charges like parallel",
        reference="Le et al., PRA 97, 022106 (2018), arXiv:1712.03559",
        constructor=driven_spin_chain,
        fixed_order=lambda n: 2,
        parameters=(
            Parameter(name="coupling", default=0.5, help="g, an energy"),
            Parameter(name="anisotropy", default=0.0, help="a, 1 for XXX"),
            Parameter(name="reach", default="nearest", help="of the couplings", choices=RANGES),
            Parameter(name="decay", default=3.0, help="p of the power law 1/r^p"),
        ),
    ),
)
