"""Chargers that flip disjoint groups of cells: one cell, k cells, or all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.protocols.checks import (
    check_field,
    check_order,
    check_strengths,
    check_two_levels,
)
from qbcircuit.terms import Term, uniform_field


def parallel(battery: Battery, *, field: float = 0.0, strength: float = 1.0) -> ChargingProtocol:
    """Every cell charged on its own: H = strength * sum_j X_j + field * sum_j Z_j.

    From the ground state W(t) = N Delta sin^2(t) at unit strength and no field. Cells of more
    levels are moved between the lowest and the highest one, |top><0| + h.c. instead of X.

    Args:
        battery: N cells.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: a strength that is 0 or not finite, or a field that is not finite.

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    if {battery.sites[j].dimension for j in battery.cells} == {2}:
        return _blocks(battery, "X", 1, field=field, strength=strength, name="parallel")
    return _blocks(battery, "+", 1, field=field, strength=strength, name="parallel")


def global_charging(
    battery: Battery, *, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """All cells flipped together: H = strength * X_1 ... X_N + field * sum_j Z_j.

    Args:
        battery: N cells.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: a strength that is 0 or not finite, or a field that is not finite.

    Reference: Binder et al., New J. Phys. 17, 075015 (2015), arXiv:1503.07005.
    """
    return _blocks(battery, "X", battery.n_cells, field=field, strength=strength, name="global")


def blocks(
    battery: Battery, *, order: int, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Disjoint blocks flipped together: H = strength * sum_b X^(x k) + field * sum_j Z_j.

    Where k does not divide N the blocks have k, ..., k and the remaining cells.

    Args:
        battery: N cells.
        order: k, the number of cells in a block, 1..N.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, a strength that is 0 or not finite, or a field
            that is not finite.

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    return _blocks(battery, "X", order, field=field, strength=strength, name="blocks")


def transition_blocks(
    battery: Battery, *, order: int, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Disjoint blocks moved as one: H = strength * sum_b (|1^k><0^k| + h.c.) + field * sum_j Z_j.

    Where k does not divide N the blocks have k, ..., k and the remaining cells. Cells of more
    levels are moved between the lowest and the highest one, 1 standing for the highest. With
    alpha the strength, W(t) = sum_b E_b (p_0^b - p_top^b) sin^2(alpha t) from levels, E_b the
    capacity of block b and p^b the chance that all its cells are in the level named.

    Args:
        battery: N cells.
        order: k, the number of cells in a block, 1..N.
        field: h, an energy; for cells of two levels.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, a strength that is 0 or not finite, or a field
            that is not finite or on cells of more levels.

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    return _blocks(battery, "+", order, field=field, strength=strength, name="transition-blocks")


def _blocks(
    battery: Battery, letter: str, order: int, *, field: float, strength: float, name: str
) -> ChargingProtocol:
    cells = battery.cells
    k = check_order(order, len(cells))
    check_strengths(strength, field)
    check_field(battery, field)
    if letter == "X":
        check_two_levels(name, battery, "Use transition-blocks.")
    groups = [cells[first : first + k] for first in range(0, len(cells), k)]
    terms = tuple(together(battery, letter, group, strength) for group in groups)
    return ChargingProtocol.constant(battery, terms + uniform_field(cells, field), name=name)


def together(battery: Battery, letter: str, cells: Sequence[int], strength: float) -> Term:
    """One term with the same letter on every cell; + stands for |top><0| on more levels."""
    tops = [battery.sites[j].dimension - 1 for j in cells]
    return Term([letter if top == 1 else f"|{top}><0|" for top in tops], cells, strength)
