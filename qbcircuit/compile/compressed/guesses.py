"""Where the search for the angles of a wall begins: a product formula of as many layers.

Angles that repeat from cell to cell are a saddle of the search: the best walls of a uniform
chain are not uniform. So the guess is modulated with a period of three cells, by fixed random
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.compressed.turns import Floats
from qbcircuit.compile.compressed.walls import Brick, Wall
from qbcircuit.compile.exact.chains import Chain

_PERIOD = 3
_MODULATION = 0.3


class Guesses:
    """Parameters of a wall near the evolution.

    A gate stands for the time between the middles of the layers without its bond below and above
    it; z turns catch up with the fields, and turn bonds that mix X with Y to XX and YY and back.

    Args:
        wall: the layers.
        elapsed: how long every step of the schedule has acted.
    """

    def __init__(self, wall: Wall, elapsed: Sequence[float]) -> None:
        self._wall = wall
        self._acted = _Acted(wall.chain, elapsed)
        self._layers = [self._acted.layer(n, wall.n_layers) for n in range(wall.n_layers)]
        self._values = np.zeros(len(wall.sites))
        self._fill()

    def __call__(self, seed: int) -> Floats:
        """The guess whose modulation is drawn with this seed."""
        rng = np.random.default_rng(seed)
        modulation = _MODULATION * rng.normal(size=(max(1, self._wall.n_layers), _PERIOD))
        values = self._values.copy()
        for brick in self._wall.bricks:
            if brick.gate.kind != "turn":
                cell = brick.gate.sites[0] // 2 % _PERIOD
                for free in set(brick.parameters):
                    values[free] *= 1 + modulation[brick.layer, cell]
        return values

    def _fill(self) -> None:
        """Every gate's parameters, and the z turns that have come due before it."""
        wall = self._wall
        waiting = [_Waiting(known=bool(wall.levels)) for _ in wall.chain.sites]
        turning: dict[int, int] = {}
        for brick in wall.bricks:
            now = (brick.layer + 0.5) / wall.n_layers if brick.layer < wall.n_layers else 1.0
            for site in brick.gate.sites:
                due = waiting[site]
                due.turn += self._acted.field(site, due.since, now)
                due.since = now
            if brick.gate.kind == "turn":
                turning[brick.gate.sites[0]] = brick.parameters[0]
            else:
                self._pass(brick, [waiting[site] for site in brick.gate.sites], turning)
                turning = {k: v for k, v in turning.items() if k not in brick.gate.sites}
                self._values[list(brick.parameters)] = self._driven(brick)
        for site, free in turning.items():
            self._values[free] = waiting[site].turn

    def _pass(self, brick: Brick, waiting: Sequence[_Waiting], turning: Mapping[int, int]) -> None:
        """Turns into the gate's frame, done before it or carried past it, and out of it again."""
        sign = self._wall.signs[brick.gate.sites[0]]
        frames = [side[brick.gate.sites[0]] for side in self._layers[brick.layer].frames]
        turns = [
            0.0 if one.known else one.turn - by for one, by in zip(waiting, frames, strict=True)
        ]
        if sign is None:
            carried = [0.0, 0.0]
        elif any(one.known for one in waiting):
            common = turns[0] + sign * turns[1]
            carried = [common, sign * common]
        else:
            carried = [sign * turns[1], turns[1]]
        for site, before, after in zip(brick.gate.sites, turns, carried, strict=True):
            if site in turning:
                self._values[turning[site]] = before - after
        for one, after, by in zip(waiting, carried, frames, strict=True):
            one.turn, one.known = after + by, False

    def _driven(self, brick: Brick) -> tuple[float, ...]:
        """The parameters of a gate; on two known levels XX and YY are one flip."""
        left, right = brick.gate.sites
        layer, levels = self._layers[brick.layer], self._wall.levels
        a, b = layer.a[left], layer.b[left]
        if brick.gate.kind == "match":
            return a, b / brick.factors[1]
        return (a - b if levels[left] == levels[right] else a + b,)


@dataclass(kw_only=True, slots=True)
class _Waiting:
    """The z turn that a site waits for, of its field up to some moment; none in a known level."""

    known: bool
    turn: float = 0.0
    since: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layer:
    """exp(-i(a XX + b YY)/2) of every bond, between z turns back by the frames and by them."""

    a: list[float]
    b: list[float]
    frames: tuple[list[float], list[float]]


class _Acted:
    """What acts between two moments; the schedule runs from 0 to 1, evenly in action."""

    def __init__(self, chain: Chain, elapsed: Sequence[float]) -> None:
        scaled = [time * one for time, one in zip(elapsed, chain.couplings, strict=True)]
        actions = np.array([0.0, *(np.abs(one).max() for one in scaled)])
        self._ends = np.cumsum(actions) / (actions.sum() or 1.0)
        even = np.arange(0, 2 * len(chain.sites), 2)
        rows = even[:-1, None, None] + np.arange(2)[:, None]
        self._bonds = np.array([one[rows, rows.swapaxes(1, 2) + 2] for one in scaled])
        self._fields = np.array([one[even + 1, even] for one in scaled])

    def field(self, site: int, start: float, stop: float) -> float:
        """The z turn of a site."""
        return float(self._shares(start, stop) @ self._fields[:, site])

    def layer(self, number: int, n_layers: int) -> _Layer:
        """The gates of a layer, on every bond."""
        start = (number - 0.5) / n_layers if number > 1 else 0.0
        stop = (number + 1.5) / n_layers if number < n_layers - 2 else 1.0
        blocks = np.einsum("k,kjab->abj", self._shares(start, stop), self._bonds)
        (xy, yy), (xx, yx) = blocks[0], -blocks[1]
        both, between = _polar(yy + xx, -yx + xy)
        less, across = _polar(yy - xx, -yx - xy)
        return _Layer(
            a=((both - less) / 2).tolist(),
            b=((both + less) / 2).tolist(),
            frames=(((across + between) / 2).tolist(), ((across - between) / 2).tolist()),
        )

    def _shares(self, start: float, stop: float) -> Floats:
        """The part of every step that lies between two moments."""
        begins, ends = self._ends[:-1], self._ends[1:]
        inside = np.clip(np.minimum(stop, ends) - np.maximum(start, begins), 0.0, None)
        lasts = ends - begins
        shares: Floats = np.divide(inside, lasts, out=np.zeros_like(lasts), where=lasts > 0)
        return shares


def _polar(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """(length, angle) with the angle between -pi/2 and pi/2 and the sign in the length."""
    side, length = np.where(x < 0, -1.0, 1.0), np.hypot(x, y)
    rounding = 1e-9 * length.max(initial=0.0)
    return side * length, np.where(length > rounding, np.arctan2(side * y, side * x), 0.0)
