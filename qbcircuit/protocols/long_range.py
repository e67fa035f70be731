"""Chargers in which every cell interacts with every other."""

from __future__ import annotations

import itertools

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.protocols.checks import check_cells, check_strengths, check_two_levels
from qbcircuit.terms import Term, uniform_field


def all_to_all(battery: Battery, *, field: float = 0.0, strength: float = 1.0) -> ChargingProtocol:
    """Lipkin-Meshkov-Glick, or Moelmer-Soerensen: H = chi J_x^2 + field * sum_j Z_j.

    chi J_x^2 = (chi/4)(N + 2 sum_(i<j) X_i X_j); the multiple of the identity is kept as the
    step's shift, so that the raw operator norm is the printed chi N^2/4. From the ground state
    without field W(t) = (N Delta/2)[1 - cos^(N-1)(chi t)].

    Args:
        battery: N >= 2 cells.
        field: h, an energy.
        strength: chi, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 2 cells, a strength that is 0 or not finite, or a field that
            is not finite.

    Reference: Lipkin, Meshkov, Glick, Nucl. Phys. 62, 188 (1965); Moelmer and Soerensen,
    PRL 82, 1835 (1999), arXiv:quant-ph/9810040.
    """
    cells = battery.cells
    check_cells("all-to-all", len(cells))
    check_strengths(strength, field)
    check_two_levels("all-to-all", battery, "Use transition-blocks.")
    terms = tuple(Term("XX", pair, strength / 2) for pair in itertools.combinations(cells, 2))
    return ChargingProtocol.constant(
        battery,
        terms + uniform_field(cells, field),
        shift=strength * len(cells) / 4,
        name="all-to-all",
    )
