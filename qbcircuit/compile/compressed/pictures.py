"""What the gates of a wall do: to one particle's amplitudes where it is conserved, else to modes.

With c_2j = Z...Z X_j and c_2j+1 = Z...Z Y_j, exp(-i(a XX + b YY)/2) turns the modes
(2j+1, 2j+2) by a and (2j+3, 2j) by b, and exp(-i a Z/2) turns (2j, 2j+1) by a. Of the amplitudes
of :func:`goals.goal_of` a hopping or pairing gate turns (j, j+1) by a, and a z turn is a phase.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from qbcircuit.compile.compressed.turns import Phases, Planes, Turns
from qbcircuit.compile.compressed.walls import Brick, Wall


def turns_of(wall: Wall) -> tuple[Turns, ...]:
    """The turns of a wall's gates in time order, many at once."""
    flipped = wall.chain.flipped
    found: list[Turns] = []
    for (_, across), bricks in itertools.groupby(
        wall.bricks, key=lambda one: (one.layer, one.gate.kind != "turn")
    ):
        if flipped is None:
            found.append(Planes.of(turn for one in bricks for turn in _of_modes(one)))
        elif across:
            found.append(Planes.of(map(_of_particle, bricks)))
        else:
            found.append(Phases.of(_phase(one, flipped) for one in bricks))
    return tuple(found)


def _of_particle(brick: Brick) -> tuple[int, int, int, float]:
    """XX and YY act alike; on two known levels one angle is that of both together."""
    left, right = brick.gate.sites
    return left, right, brick.parameters[0], 0.5 if brick.gate.kind == "pair" else 1.0


def _phase(brick: Brick, flipped: Sequence[bool]) -> tuple[int, int, float]:
    (site,) = brick.gate.sites
    return site, brick.parameters[0], 1.0 if flipped[site] else -1.0


def _of_modes(brick: Brick) -> Iterator[tuple[int, int, int, float]]:
    """On two known levels XX flips as YY does, and one of them is enough."""
    first = 2 * brick.gate.sites[0]
    pairs = {
        "turn": ((first, first + 1),),
        "pair": ((first + 1, first + 2),),
        "match": ((first + 1, first + 2), (first + 3, first)),
    }
    for pair, free in zip(pairs[brick.gate.kind], brick.parameters, strict=True):
        yield (*pair, free, 1.0)
