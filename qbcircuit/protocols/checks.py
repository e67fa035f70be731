"""What every family asks of its numbers."""

from __future__ import annotations

import math
import operator

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, whole_number


def check_order(order: int, n_cells: int) -> int:
    """The interaction order k as a whole number in 1..N.

    Raises:
        InvalidRequest: not a whole number, below 1, or larger than N.
    """
    k = _whole("Order k", order)
    if k < 1:
        raise InvalidRequest(f"Order k must be 1 or more, got {k}. Use -k 1..{n_cells}.")
    if k > n_cells:
        raise InvalidRequest(
            f"Order k={k} is larger than the number of cells N={n_cells}. Use -k 1..{n_cells}."
        )
    return k


def check_stride(stride: int) -> int:
    """The distance between windows as a whole number, 1 or more.

    Raises:
        InvalidRequest: not a whole number, or below 1.
    """
    steps = _whole("The stride", stride)
    if steps < 1:
        raise InvalidRequest(
            f"The stride must be 1 or more, got {steps}. Use 1 for a window at every cell."
        )
    return steps


def check_strengths(strength: float, field: float) -> None:
    """A strength that charges and a field that is a number.

    Raises:
        InvalidRequest: a strength that is 0 or not finite, or a field that is not finite.
    """
    if not math.isfinite(strength) or strength == 0:
        raise InvalidRequest(f"The strength must be finite and not 0, got {strength}. Use 1.0.")
    if not math.isfinite(field):
        raise InvalidRequest(f"The field must be finite, got {field}. Use 0 for none.")


def check_cells(name: str, n_cells: int) -> None:
    """At least two cells for a family of pairs.

    Raises:
        InvalidRequest: fewer than two cells.
    """
    if n_cells < 2:
        raise InvalidRequest(f"{name} needs at least 2 cells, got N={n_cells}. Use -N 2 or more.")


def check_count(what: str, value: int, *, least: int, most: int | None = None) -> int:
    """A number of things as a whole number within its limits.

    Raises:
        InvalidRequest: not a whole number, or outside the limits.
    """
    within = f"{least} or more" if most is None else f"{least}..{most}"
    return whole_number(what, value, least=least, most=most, hint=f"Use {within}.")


def check_finite(what: str, value: float) -> None:
    """A number that is finite.

    Raises:
        InvalidRequest: infinite, or no number.
    """
    if not math.isfinite(value):
        raise InvalidRequest(f"{what} must be finite, got {value}.")


def check_two_levels(name: str, battery: Battery, instead: str) -> None:
    """Cells of two levels, for a family written in Pauli letters.

    Raises:
        InvalidRequest: cells of more levels.
    """
    most = max(battery.sites[j].dimension for j in battery.cells)
    if most > 2:
        raise InvalidRequest(f"{name} is for cells of 2 levels, got {most} levels. {instead}")


def check_field(battery: Battery, field: float) -> None:
    """A field h sum_j Z_j only where cells have two levels.

    Raises:
        InvalidRequest: a field on cells of more levels.
    """
    if field:
        check_two_levels("A field h ΣZ", battery, "Use 0 for none.")


def _whole(what: str, value: int) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidRequest(f"{what} must be a whole number, got {value!r}.") from None
