"""Gates left out of a wall, as long as it stays near enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qbcircuit.compile.compressed.fitting import Fitted, Fitting
from qbcircuit.compile.compressed.turns import Floats, Rows
from qbcircuit.compile.compressed.walls import Wall
from qbcircuit.compile.exact.matchgates import weight_of

_AT_ONCE = 12
"""One in so many gates is left out at once, at most."""

_FAILURES = 3
"""Gates in a row that cannot be left out, until no more are tried."""

_MOST_WORK = 1e9
"""Products of all trials together, about."""

Place = tuple[int, int]
"""Layer and left site of a gate."""


def thinned(found: Fitted, target: Rows, *, enough: float, allowed: float) -> Fitted:
    """The wall without the gates that matter least, its other angles found anew.

    Args:
        found: a wall that is near enough.
        target: the evolution on ``after``.
        enough: how far apart is near enough.
        allowed: how far apart it may be.
    """
    most = max(1, sum(gate.kind != "turn" for gate in found.wall.gates) // _AT_ONCE)
    at_once, failures, work = max(1, most // 4), 0, 0.0
    kept: set[Place] = set()
    while failures < _FAILURES and work + found.fit.work < _MOST_WORK:
        left_out = _ordered(found, target, kept)[:at_once]
        if not left_out:
            break
        wall = replace(found.wall, left_out=found.wall.left_out.union(left_out))
        fitting = Fitting(wall, found.fitting.goal)
        values = _carried(found, wall)
        fit = fitting.fitted(target, values, enough=enough, allowed=allowed)
        work += fit.work
        if fit.apart <= allowed and weight_of(wall.gates) < weight_of(found.wall.gates):
            found = Fitted(fitting=fitting, fit=fit)
            at_once, failures = min(2 * at_once, most), 0
        elif len(left_out) > 1:
            at_once = len(left_out) // 2
        else:
            kept.update(left_out)
            failures += 1
    return found


def _ordered(found: Fitted, target: Rows, kept: set[Place]) -> list[Place]:
    """Gates that may go, those first whose loss the others can make up for best.

    |K|^2 grows by g^T S^-1 g, with g the angles of the gate and S their block of the inverse of
    the Gauss-Newton matrix.

    Reference: Hassibi and Stork, NIPS 5, 164 (1992).
    """
    spread = found.fitting.spread(found.fit.values, target)
    costs: dict[Place, float] = {}
    for brick in found.wall.bricks:
        place = brick.layer, brick.gate.sites[0]
        if brick.gate.kind != "turn" and place not in kept:
            own = sorted(set(brick.parameters))
            angles, block = found.fit.values[own], np.diag(spread[0, own])
            if len(own) == 2:
                block[0, 1] = block[1, 0] = spread[1, own[0]]
            costs[place] = float(angles @ np.linalg.solve(block, angles))
    return sorted(costs, key=lambda place: (costs[place], place))


def _carried(found: Fitted, onto: Wall) -> Floats:
    """The parameters of the gates that are left; some gates may now act on known levels."""
    old = {(one.layer, one.gate.sites): one for one in found.wall.bricks}
    values = found.fit.values
    carried = np.zeros(len(onto.sites))
    for brick in onto.bricks:
        before = old[brick.layer, brick.gate.sites]
        driven = zip(before.parameters, before.factors, strict=True)
        angles = [by * values[free] for free, by in driven]
        if brick.gate.kind != before.gate.kind:
            alike = len({onto.levels[site] for site in brick.gate.sites}) == 1
            angles = [angles[0] - angles[1] if alike else angles[0] + angles[1]]
        for free, by, angle in zip(brick.parameters, brick.factors, angles, strict=True):
            carried[free] = angle / by
    return carried
