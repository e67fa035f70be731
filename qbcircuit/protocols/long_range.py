"""Chargers in which every cell interacts with every other."""

from __future__ import annotations

import itertools

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.protocols.checks import (
    check_cells,
    check_finite,
    check_strengths,
    check_two_levels,
)
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import Term, uniform_field


def all_to_all(
    battery: Battery, *, anisotropy: float = 0.0, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Lipkin-Meshkov-Glick: H = chi (J_x^2 + a J_y^2) + h sum_j Z_j.

    chi J_x^2 = (chi/4)(N + 2 sum_(i<j) X_i X_j), and so for J_y; the multiple of the identity is
    kept as the step's shift, so that the raw operator norm of chi J_x^2 is the printed chi N^2/4.
    Without anisotropy it is the Moelmer-Soerensen gate: from the ground state without field
    W(t) = (N Delta/2)[1 - cos^(N-1)(chi t)], and for even N Gamma_C0 = 4/N (2/N for the raw
    norm), Gamma_C1 = sqrt(2/(N-1)), Gamma_C2 = 2. k = 2, m = N - 1.

    Args:
        battery: N >= 2 cells.
        anisotropy: a; 0 for J_x^2 alone, -1 for :func:`two_axis`.
        field: h, an energy.
        strength: chi, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 2 cells, a strength that is 0 or not finite, or an anisotropy
            or a field that is not finite.

    Reference: Lipkin, Meshkov, Glick, Nucl. Phys. 62, 188 (1965); Moelmer and Soerensen,
    PRL 82, 1835 (1999), arXiv:quant-ph/9810040; as batteries: Dou et al., arXiv:2208.04831.
    """
    cells = battery.cells
    check_cells("all-to-all", len(cells))
    check_two_levels("all-to-all", battery, "Use transition-blocks.")
    check_strengths(strength, field)
    check_finite("The anisotropy", anisotropy)
    pairs = list(itertools.combinations(cells, 2))
    along_y = strength * anisotropy
    terms = tuple(Term("XX", pair, strength / 2) for pair in pairs)
    terms += tuple(Term("YY", pair, along_y / 2) for pair in pairs if along_y)
    return ChargingProtocol.constant(
        battery,
        terms + uniform_field(cells, field),
        shift=(strength + along_y) * len(cells) / 4,
        name="all-to-all",
    )


def two_axis(battery: Battery, *, field: float = 0.0, strength: float = 1.0) -> ChargingProtocol:
    """Every pair of cells charged together: H = (chi/2)(J_+^2 + J_-^2) + h sum_j Z_j.

    H = chi sum_(i<j) (s+_i s+_j + h.c.) = chi (J_x^2 - J_y^2), pairing or two-axis twisting. From
    the ground state only every second of the N + 1 symmetric states is reached; four cells are
    full at chi t = pi/sqrt(12). k = 2, m = N - 1. Its power ratio under C1 grows with N at k = 2
    (4.88 at N = 256), under C0 it falls below 1: what C1 counts is not what C0 counts.

    Args:
        battery: N >= 2 cells.
        field: h, an energy.
        strength: chi, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 2 cells, a strength that is 0 or not finite, or a field that
            is not finite.

    Reference: Kitagawa and Ueda, PRA 47, 5138 (1993), doi:10.1103/PhysRevA.47.5138.
    """
    cells = battery.cells
    check_cells("two-axis", len(cells))
    check_two_levels("two-axis", battery, "Use transition-blocks.")
    check_strengths(strength, field)
    terms = tuple(Term("++", pair, strength) for pair in itertools.combinations(cells, 2))
    return ChargingProtocol.constant(battery, terms + uniform_field(cells, field), name="two-axis")


FAMILIES = (
    Family(
        name="all-to-all",
        summary="Every pair of cells interacts (Lipkin-Meshkov-Glick, Moelmer-Soerensen).",
        hamiltonian="chi (J_x^2 + a J_y^2); a = 0: (chi/4)(N + 2 sum_(i<j) X_i X_j)",
        order="2",
        participation="N-1",
        bound="a = 0: Γ_C0 = 4/N (even N), Γ_C1 = √(2/(N-1)); odd N never passes half charge",
        reference="Lipkin, Meshkov, Glick, Nucl. Phys. 62, 188 (1965)",
        constructor=all_to_all,
        fixed_order=lambda n: 2,
        parameters=(Parameter(name="anisotropy", default=0.0, help="a, weight of J_y^2"),),
    ),
    Family(
        name="two-axis",
        summary="Every pair of cells charged together (pairing, two-axis twisting).",
        hamiltonian="(chi/2)(J_+^2 + J_-^2) = chi sum_(i<j) (s+_i s+_j + h.c.)",
        order="2",
        participation="N-1",
        bound="power ratio under C1 grows with N (4.88 at N = 256), under C0 it falls (0.86)",
        reference="Kitagawa, Ueda, PRA 47, 5138 (1993)",
        constructor=two_axis,
        fixed_order=lambda n: 2,
    ),
)
