"""Walls of as few gates as an error allows, at all times of a plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.compressed.fitting import Fit, Fitted, Fitting
from qbcircuit.compile.compressed.goals import goal_of
from qbcircuit.compile.compressed.guesses import Guesses
from qbcircuit.compile.compressed.thinning import thinned
from qbcircuit.compile.compressed.turns import Floats, Rows
from qbcircuit.compile.compressed.walls import Wall
from qbcircuit.compile.exact.chains import Chain
from qbcircuit.compile.exact.matchgates import weight_of

Elapsed = tuple[float, ...]
"""How long every step of the schedule has acted."""

_FEW, _MANY = 3, 8
"""Guesses that are tried for a wall, and for a small one."""

_AGAIN, _FAR = 1.05, 10.0
"""Times the nearest fit within which another is the same; times what is allowed that is too far."""

_ENDS = 40
"""Sites, about, by which two walls of as many layers differ; in long chains they are alike."""

_LONG, _PART = 60, 40
"""Sites of a chain of which only a part is asked how many layers it takes, and of that part."""

_OF_MOVE = 0.05
"""Largest error, in units of what the evolution moves in all."""

_SLACK = 1.25
"""Times the limit that a wall may cost before gates are left out."""

_SMALL = 100
"""Parameters up to which a wall is small; then gates are left out of others as well."""

_MOST_WORK = 2e9
"""Products, about, after which what has been found must do."""

_MOST_MODES, _MOST_AMPLITUDES = 2e6, 1e7
"""Layers times sites squared that fit in memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A wall that is near enough at all times.

    Args:
        wall: its layers.
        values: of all parameters at every time.
        apart: at every time (:meth:`Goal.apart`), in their order.
    """

    wall: Wall
    values: Mapping[Elapsed, Floats]
    apart: tuple[float, ...]


class Search:
    """The cheapest wall that is near enough.

    Args:
        chain: what evolves.
        levels: the basis state that it starts from; empty: the whole operator.
        times: how long every step has acted, in order.
        allowed: largest :meth:`Goal.apart` at any time; a part of what the evolution itself does
            is not exceeded either.
        limit: two-qubit gates and depth that it must stay below, the more important one first.
        optimise: ``"gates"`` or ``"depth"``, the more important one.
    """

    def __init__(
        self,
        chain: Chain,
        levels: tuple[int, ...],
        *,
        times: Sequence[Elapsed],
        allowed: float,
        limit: tuple[int, int],
        optimise: str,
    ) -> None:
        self.chain, self.levels, self.times = chain, levels, times
        self.limit, self.optimise = limit, optimise
        self._goal = goal_of(chain, levels)
        self._last = self._target(times[-1])
        moved = self._goal.apart(self._goal.residual(self._last))
        self.allowed = min(allowed, moved * (_OF_MOVE**2 if self._goal.of_state else _OF_MOVE))
        self._work = 0.0

    def found(self) -> Found | None:
        """The wall; ``None`` where all below the limit are too far."""
        best = self._shallowest()
        while best is not None:
            for one in self._thinned(best):
                whole = self._everywhere(one)
                if whole is not None:
                    return whole
            spent = self._work > _MOST_WORK
            best = None if spent else self._near(best.wall.n_layers + 1)
        return None

    def _target(self, elapsed: Elapsed) -> Rows:
        return self._goal.target(self.chain.rotation(elapsed))

    def _weight(self, wall: Wall) -> tuple[int, int]:
        gates, depth = weight_of(wall.gates)
        return (gates, depth) if self.optimise == "gates" else (depth, gates)

    def _walls(self, n_layers: int) -> list[Wall]:
        """The walls of so many layers that are not too costly, the cheaper one first."""
        walls = [
            Wall(chain=self.chain, levels=self.levels, n_layers=n_layers, begins=begins)
            for begins in (0, 1)
        ]
        most = _MOST_MODES if self.chain.flipped is None else _MOST_AMPLITUDES
        if n_layers * len(self.chain.sites) ** 2 > most:
            return []
        kept = [one for one in walls if self._weight(one) < (self.limit[0] * _SLACK, math.inf)]
        return sorted(kept, key=self._weight)

    def _shallowest(self) -> Fitted | None:
        """The wall of fewest layers that is near enough at the last time, by bisection."""
        too_few = int(np.sum(self._goal.floors(self._last) > self.allowed)) - 1
        enough = max(2, too_few + 1, self._of_part())
        best = self._near(enough)
        parted = len(self.chain.sites) > _LONG
        if best is not None and parted:
            return best
        while best is None and self._walls(enough) and self._work < _MOST_WORK:
            too_few, enough = enough, enough + (1 if parted else (enough + 3) // 4)
            best = self._near(enough)
        while enough - too_few > 1 and self._work < _MOST_WORK:
            middle = (too_few + enough) // 2
            found = self._near(middle)
            if found is None and self._walls(middle):
                too_few = middle
            else:
                best, enough = found, middle
        return best

    def _of_part(self) -> int:
        """Layers that the middle of a long chain takes, with its share of the allowed distance."""
        n_sites = len(self.chain.sites)
        if n_sites <= _LONG:
            return 0
        first = (n_sites - _PART) // 2
        modes = slice(2 * first, 2 * (first + _PART))
        part = Search(
            Chain(
                sites=self.chain.sites[first : first + _PART],
                axes=self.chain.axes[first : first + _PART],
                couplings=tuple(one[modes, modes] for one in self.chain.couplings),
            ),
            self.levels[first : first + _PART],
            times=self.times[-1:],
            allowed=self.allowed * _PART / n_sites,
            limit=self.limit,
            optimise=self.optimise,
        )
        found = part._shallowest()
        return found.wall.n_layers if found else 0

    def _near(self, n_layers: int) -> Fitted | None:
        """A wall of so many layers that is near enough at the last time."""
        hopeless = 1 + _ENDS / len(self.chain.sites)
        for wall in self._walls(n_layers):
            one = self._tried(wall)
            if one.fit.apart <= self.allowed:
                return one
            if one.fit.apart > self.allowed * (hopeless**2 if self._goal.of_state else hopeless):
                break
        return None

    def _tried(self, wall: Wall) -> Fitted:
        """The nearest fit at the last time of several guesses, until one has come up twice."""
        fitting, guesses = Fitting(wall, self._goal), Guesses(wall, self.times[-1])
        fits: list[Fit] = []
        for seed in range(_MANY if len(wall.sites) <= _SMALL else _FEW):
            fits.append(self._fitted(fitting, self._last, guesses(seed), self.times[-1]))
            self._work += fits[-1].work
            fits.sort(key=lambda one: one.apart)
            if fits[0].apart <= self.allowed:
                break
            if not self._goal.of_state and fits[0].apart > _FAR * self.allowed:
                break
            if seed and fits[1].apart < _AGAIN * fits[0].apart:
                break
        return Fitted(fitting=fitting, fit=fits[0])

    def _thinned(self, best: Fitted) -> list[Fitted]:
        """Walls below the limit with gates left out, the cheapest first, then the wall itself."""
        share = 0.25 if self._goal.of_state else 0.5
        found = [
            thinned(one, self._last, enough=share * self.allowed, allowed=self.allowed)
            for one in (best, *self._others(best))
        ]
        kept = [one for one in (*found, best) if self._weight(one.wall) < self.limit]
        return sorted(kept, key=lambda one: self._weight(one.wall))

    def _others(self, best: Fitted) -> Iterator[Fitted]:
        """Other walls that are near enough, where they are small."""
        layers = best.wall.n_layers
        walls = self._walls(layers)
        if self.optimise == "gates":
            walls += self._walls(layers + 1)
        for wall in walls:
            known = (wall.n_layers, wall.begins) == (layers, best.wall.begins)
            if not known and len(wall.sites) <= _SMALL:
                one = self._tried(wall)
                if one.fit.apart <= self.allowed:
                    yield one

    def _everywhere(self, last: Fitted) -> Found | None:
        """The wall at all times, from the last one backwards."""
        end = self.times[-1]
        fits: dict[Elapsed, Fit] = {end: last.fit}
        near, far = end, end
        for time in dict.fromkeys(reversed(self.times)):
            if time not in fits:
                start = _extrapolated(time, (near, fits[near].values), (far, fits[far].values))
                fit = self._nearby(last.fitting, time, start)
                if fit.apart > self.allowed:
                    return None
                fits[time] = fit
            near, far = time, near
        return Found(
            wall=last.wall,
            values={time: fit.values for time, fit in fits.items()},
            apart=tuple(fits[time].apart for time in self.times),
        )

    def _nearby(self, fitting: Fitting, now: Elapsed, start: Floats) -> Fit:
        """The fit at a time from an extrapolation, or else from guesses."""
        if not any(now):
            return Fit(values=np.zeros_like(start), apart=0.0)
        target = self._target(now)
        fit = self._fitted(fitting, target, start, now)
        for seed in range(_FEW):
            if fit.apart <= self.allowed:
                break
            fit = self._fitted(fitting, target, Guesses(fitting.wall, now)(seed), now)
        return fit

    def _fitted(self, fitting: Fitting, target: Rows, start: Floats, now: Elapsed) -> Fit:
        """As near as half the allowed error, and nearer for shorter times, with their square."""
        share = 0.5 * (sum(now) / sum(self.times[-1])) ** 2
        enough = self.allowed * (share**2 if self._goal.of_state else share)
        return fitting.fitted(target, start, enough=enough, allowed=self.allowed)


def _extrapolated(
    now: Elapsed, after: tuple[Elapsed, Floats], later: tuple[Elapsed, Floats]
) -> Floats:
    """Parameters at a time from those at the two next ones, or in proportion to the next one."""
    here, one, two = sum(now), sum(after[0]), sum(later[0])
    if two > one:
        ahead: Floats = min(2.0, (one - here) / (two - one)) * (after[1] - later[1])
        return after[1] + ahead
    return after[1] * (here / one)
