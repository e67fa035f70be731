"""Chargers on a line of cells whose interactions overlap."""

from __future__ import annotations

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.protocols.checks import (
    check_cells,
    check_field,
    check_order,
    check_strengths,
    check_stride,
    check_two_levels,
)
from qbcircuit.protocols.collective import together
from qbcircuit.terms import uniform_field


def windows(
    battery: Battery, *, order: int, stride: int = 1, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Sliding windows: H = strength * sum_i X_i X_(i+1) ... X_(i+k-1) + field * sum_j Z_j.

    Windows start at cells 0, stride, 2 stride, ... while they fit; where cells at the end
    would be left out, a last window over the last k cells is added. A stride larger than k
    leaves the cells between windows uncharged.

    Args:
        battery: N cells, in the order of the line (open ends).
        order: k, the number of cells in a window, 1..N.
        stride: distance between the first cells of neighbouring windows, 1 or more.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, a stride below 1, a strength that is 0 or not
            finite, or a field that is not finite.

    Reference: Theorem 2 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    return _windows(battery, "X", order, stride, field=field, strength=strength, name="windows")


def transition_windows(
    battery: Battery, *, order: int, stride: int = 1, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Sliding windows moved as one: H = strength * sum_i (|1^k><0^k| + h.c.) + field * sum_j Z_j.

    Windows are laid as in :func:`windows`. Cells of more levels are moved between the lowest
    and the highest one, 1 standing for the highest.

    Args:
        battery: N cells, in the order of the line (open ends).
        order: k, the number of cells in a window, 1..N.
        stride: distance between the first cells of neighbouring windows, 1 or more.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, a stride below 1, a strength that is 0 or not
            finite, or a field that is not finite.

    Reference: Theorem 2 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    return _windows(
        battery, "+", order, stride, field=field, strength=strength, name="transition-windows"
    )


def double_excitation(
    battery: Battery, *, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Neighbours charged in pairs: H = g sum_j (s+_j s+_(j+1) + h.c.) + field * sum_j Z_j.

    An open chain of free fermions; in the bulk of a long one W/(N Delta) = [1 - J_0(4 g t)]/2
    from the ground state without field.

    Args:
        battery: N >= 2 cells, in the order of the chain.
        field: h, an energy.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 2 cells, a strength that is 0 or not finite, or a field that
            is not finite.

    Reference: Le et al., PRA 97, 022106 (2018), arXiv:1712.03559 (spin-chain quantum battery).
    """
    check_cells("double-excitation", battery.n_cells)
    return _windows(battery, "+", 2, 1, field=field, strength=strength, name="double-excitation")


def _windows(
    battery: Battery,
    letter: str,
    order: int,
    stride: int,
    *,
    field: float,
    strength: float,
    name: str,
) -> ChargingProtocol:
    cells = battery.cells
    k = check_order(order, len(cells))
    check_strengths(strength, field)
    check_field(battery, field)
    if letter == "X":
        check_two_levels(name, battery, "Use transition-windows.")
    last = len(cells) - k
    starts = list(range(0, last + 1, check_stride(stride)))
    if starts[-1] != last:
        starts.append(last)
    terms = tuple(together(battery, letter, cells[i : i + k], strength) for i in starts)
    return ChargingProtocol.constant(battery, terms + uniform_field(cells, field), name=name)
