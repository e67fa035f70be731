"""What the parallel charger does: the reference that every collective charger is held against."""

from __future__ import annotations

import math

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest

_ROUNDING = 1e-9


def _power_root() -> float:
    """The positive root of tan x = 2x, by the contraction x -> arctan 2x."""
    x = 1.0
    for _ in range(60):
        x = math.atan(2 * x)
    return x


PARALLEL_POWER_TIME = _power_root()
"""Time (unit strength) at which parallel charging has its best average power: 1.165561..."""

PARALLEL_POWER = math.sin(PARALLEL_POWER_TIME) ** 2 / PARALLEL_POWER_TIME
"""max_t sin^2(t)/t = 0.724611..., the best average power of parallel charging over N Delta."""


def parallel_capacity(battery: Battery) -> float:
    """Work that the parallel charger deposits at t = pi/2 from the battery's start.

    sum_j |top><0| + h.c. (X for two levels) swaps lowest and highest level of every cell:
    sum_j Delta_j (p_0 - p_top), the capacity from the ground state, N Delta tanh(beta Delta/2)
    from a thermal one of two levels. Negative where the start is mostly excited.

    Args:
        battery: cells that do not interact with each other, in a product start.

    Returns:
        The work, in the unit of the levels.

    Raises:
        InvalidRequest: an entangled start.

    Reference: Proposition 1 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    populations = battery.start_populations
    return math.fsum(
        battery.sites[j].splitting * (populations[j][0] - populations[j][-1]) for j in battery.cells
    )


def parallel_crossing_time(battery: Battery, work: float, *, strength: float = 1.0) -> float:
    """When parallel charging first reaches a given work.

    T = arcsin(sqrt(W / W_full)) / strength, with W_full of :func:`parallel_capacity`
    (N Delta from the ground state).

    Args:
        battery: two-level cells in a product start.
        work: W, in the unit of the levels; from 0 to W_full.
        strength: of sum_j X_j, an energy.

    Returns:
        The time, in the inverse unit of the strength.

    Raises:
        InvalidRequest: a work that parallel charging never reaches from this start.
    """
    full = parallel_capacity(battery)
    if not (0 <= work <= full * (1 + _ROUNDING) and full > 0):
        raise InvalidRequest(
            f"Parallel charging reaches works from 0 to {max(full, 0.0):.6g} from this start, "
            f"got {work:.6g}."
        )
    return math.asin(math.sqrt(min(1.0, work / full))) / strength
