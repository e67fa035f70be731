"""The angles of a wall: least squares, by Levenberg and Marquardt.

Reference: Marquardt, J. Soc. Ind. Appl. Math. 11, 431 (1963), doi:10.1137/0111030.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

from qbcircuit.compile.compressed.bands import near_diagonal
from qbcircuit.compile.compressed.goals import Goal
from qbcircuit.compile.compressed.pictures import turns_of
from qbcircuit.compile.compressed.turns import Floats, Rows
from qbcircuit.compile.compressed.walls import Wall

_CHUNK = 64
"""Parameters whose products are formed at once."""

_ROUNDING = 1e-9
"""Damping, in units of the mean of the diagonal, that keeps flat directions finite."""

_MOST_STEPS = 40
"""Steps of the search from one guess."""

_WORTH = (0.98, 0.7, 0.1)
"""What a step may leave of |K|^2 to be worth one more: where too far, allowed, and near enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """Parameters of a wall, how far apart they leave it (:meth:`Goal.apart`), and at what work."""

    values: Floats
    apart: float
    work: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Linear:
    """K, and of |K|^2 / 2 the gradient and the Gauss-Newton matrix, its lower band."""

    residual: Rows
    gradient: Floats
    band: Floats


class Fitting:
    """Finds the parameters of a wall.

    The derivative of K by a parameter is a sum of entries f^* x, where f are the rows of the
    wall's layers up to its gate on ``before``, and x the rows of what the layers from there on
    leave of the evolution on ``after``. Of an operator products of rows x do not depend on the
    evolution and are those of rows f. These reach as far as the layers, so that products of
    derivatives form a band where parameters are taken along the chain.

    Args:
        wall: whose parameters are sought.
        goal: what it is to reach.
    """

    def __init__(self, wall: Wall, goal: Goal) -> None:
        self.wall, self.goal = wall, goal
        self._turns = turns_of(wall)
        self._reach = wall.n_layers + 2
        self._order = np.argsort(wall.sites, kind="stable")
        self._sites = wall.sites[self._order]
        driven = [one.parameters for one in self._turns]
        self._taken = np.argsort(np.concatenate([np.zeros(0, dtype=np.intp), *driven]))[self._order]
        self._slopes = self._gathered([one.slopes for one in self._turns])

    def residual(self, values: Floats, target: Rows) -> Rows:
        """K where the wall has these parameters."""
        rows = target.copy()
        for one in reversed(self._turns):
            one.turn(rows, values, -1.0)
        return self.goal.residual(rows)

    def _linear(self, values: Floats, target: Rows) -> _Linear:
        seen, left = self._passed(self.goal.before, values), [target]
        for one in reversed(self._turns):
            left.append(left[-1].copy())
            one.turn(left[-1], values, -1.0)
        residual = self.goal.residual(left[-1])
        before, after = self._ends(seen), self._ends(left[:0:-1])
        return _Linear(
            residual=residual,
            gradient=self._gradient(residual, before, after),
            band=self._band(before, after if self.goal.of_state else before),
        )

    def _passed(self, rows: Rows, values: Floats) -> list[Rows]:
        """The rows before every turn."""
        seen = [rows]
        for one in self._turns[:-1]:
            seen.append(seen[-1].copy())
            one.turn(seen[-1], values)
        return seen

    def _ends(self, stages: Sequence[Rows]) -> Rows:
        pairs = zip(self._turns, stages, strict=True)
        return self._gathered([one.ends(rows) for one, rows in pairs])

    def _gathered(self, of_turns: Sequence[Rows]) -> Rows:
        """Along the chain, from turn by turn."""
        return np.concatenate(of_turns, axis=1)[:, self._taken] if of_turns else np.zeros((2, 0))

    def _gradient(self, residual: Rows, seen: Rows, left: Rows) -> Floats:
        gradient = np.zeros(len(self._order))
        for first in range(0, len(gradient), _CHUNK):
            some = slice(first, min(len(gradient), first + _CHUNK))
            low, high = self._cone(some.start, some.stop)
            r = _window(self.goal.before_sites, low, high)
            for by, i, j in zip(self._slopes.conj(), seen, left[::-1], strict=True):
                slopes = np.sum((i[some, r] @ residual[r]) * j[some].conj(), axis=1)
                gradient[some] += (by[some] * slopes).real
        return gradient

    def _band(self, seen: Rows, after: Rows) -> Floats:
        """Products of derivatives."""
        n, goal = len(self._order), self.goal
        ends = np.searchsorted(self._sites, self._sites + 2 * self._reach, side="right")
        band = np.zeros((int(np.max(ends - np.arange(n))), n))
        for first in range(0, n, _CHUNK):
            last = min(n, first + _CHUNK)
            low, high = self._cone(first, last)
            some, others = slice(first, last), slice(first, int(ends[last - 1]))
            f = _overlaps(seen, some, others, _window(goal.before_sites, low, high))
            x = f
            if after is not seen:
                c = _window(goal.after_sites, low - self._reach, high + self._reach)
                x = _overlaps(after, some, others, c)
            block = np.zeros((last - first, others.stop - first))
            for i, by in enumerate(self._slopes.conj()):
                for j, other in enumerate(self._slopes):
                    product = f[i][j] * x[1 - i][1 - j].conj()
                    product *= by[some, None] * other[others]
                    block += product.real
            for i, row in enumerate(block):
                wide = min(len(band), others.stop - first - i)
                band[:wide, first + i] = row[i : i + wide]
        return band

    def _cone(self, first: int, last: int) -> tuple[int, int]:
        """The sites that parameters in order may reach."""
        return self._sites[first] - self._reach, self._sites[last - 1] + self._reach

    def fitted(self, target: Rows, values: Floats, *, enough: float, allowed: float) -> Fit:
        """The best parameters found from these.

        Args:
            target: the evolution on ``after``, shape of the goal's ``after``.
            values: to begin with.
            enough: how far apart is near enough, if the next step does not promise much more.
            allowed: how far apart is worth going on for.
        """
        if not len(values):
            return Fit(values=values, apart=self.goal.apart(self.residual(values, target)))
        linear = self._linear(values, target)
        square = float(np.sum(np.abs(linear.residual) ** 2))
        aparts = [self.goal.apart(linear.residual)]
        damping, left = 1e-3, 0.0
        for rest in reversed(range(_MOST_STEPS)):
            wish = sum(aparts[-1] <= limit for limit in (allowed, enough))
            if left > _WORTH[wish] or _is_hopeless(aparts, allowed, rest):
                break
            found = values + self._step(linear, damping)
            residual = self.residual(found, target)
            now = float(np.sum(np.abs(residual) ** 2))
            if now < square:
                left, square, values = now / square, now, found
                aparts.append(self.goal.apart(residual))
                linear = self._linear(values, target)
                damping = max(damping / 8, _ROUNDING)
            elif wish < 2 and damping < 1e4:
                damping *= 6
            else:
                break
        return Fit(values=values, apart=aparts[-1], work=len(aparts) * self.wall.work)

    def spread(self, values: Floats, target: Rows) -> Floats:
        """The inverse of the Gauss-Newton matrix, slightly damped: what of it a gate asks for.

        Returns:
            the diagonal, and every parameter's entry with the next one (where they share a
            gate), shape (2, parameters).
        """
        linear, damping = self._linear(values, target), _ROUNDING
        while (root := _root(linear, damping)) is None:
            damping *= 100
        spread = np.empty((2, len(values)))
        spread[:, self._order] = near_diagonal(root)
        return spread

    def _step(self, linear: _Linear, damping: float) -> Floats:
        root = _root(linear, damping)
        step = np.zeros_like(linear.gradient)
        if root is not None:
            step[self._order] = cho_solve_banded((root, True), -linear.gradient, check_finite=False)
        return step


def _root(linear: _Linear, damping: float) -> Floats | None:
    """The damped matrix's lower root, a band; ``None`` where rounding leaves it indefinite."""
    band = linear.band.copy()
    band[0] += damping * float(band[0].mean()) + 1e-300
    try:
        root: Floats = cholesky_banded(band, lower=True, overwrite_ab=True, check_finite=False)
    except LinAlgError:
        return None
    return root


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """A wall, and parameters that were found for it."""

    fitting: Fitting
    fit: Fit

    @property
    def wall(self) -> Wall:
        """The wall."""
        return self.fitting.wall


def _is_hopeless(aparts: Sequence[float], allowed: float, rest: int) -> bool:
    """Whether so many more steps like the last three do not lead there."""
    if len(aparts) < 6 or aparts[-1] <= allowed:
        return False
    rate = (aparts[-1] / aparts[-4]) ** (1 / 3)
    return bool(aparts[-1] * rate**rest > allowed)


def _window(sites: npt.NDArray[np.intp], low: int, high: int) -> slice:
    return slice(int(np.searchsorted(sites, low)), int(np.searchsorted(sites, high, side="right")))


def _overlaps(ends: Rows, some: slice, others: slice, window: slice) -> list[list[Rows]]:
    """i i'^dag, i j'^dag, j i'^dag and j j'^dag."""
    return [[one[some, window] @ other[others, window].conj().T for other in ends] for one in ends]
