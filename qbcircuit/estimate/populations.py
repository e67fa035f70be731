"""Ergotropy of populations from shots in the basis of levels: a pair around the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import RunFailed
from qbcircuit.estimate.bracket import Bracket
from qbcircuit.merit import product_spectrum

Array = NDArray[np.float64]
Levels = NDArray[np.intp]

FOLDS = 10
"""Parts of the shots, each judged by an order that the others chose."""


def population_bracket(
    outcomes: Levels, times: Array, levels: Sequence[Sequence[float]], *, seed: int = 0
) -> Bracket:
    """Ergotropy of the populations of levels (the incoherent part), from below and from above.

    Upper: sum_x f_x e_x - sum f(falling) e(rising) of the frequencies f. Lower: every tenth of the
    shots is judged by the order of levels that the other nine tenths chose; outcomes that those
    never saw come last, by energy.

    Args:
        outcomes: level of every cell in each outcome, shape (B, N), each outcome once.
        times: how often each was seen, shape (B,).
        levels: level energies of every cell.
        seed: of the split.

    Raises:
        RunFailed: fewer shots than parts.

    Reference: Allahverdyan, Balian, Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
    """
    shots = int(times.sum())
    if shots < 2 * FOLDS:
        raise RunFailed(f"A split sample needs {2 * FOLDS} shots or more, got {shots}.")
    energies = np.sum([np.asarray(own)[outcomes[:, c]] for c, own in enumerate(levels)], axis=0)
    ladder = _Ladder(levels)
    folds = split(times, np.random.default_rng([seed, 0]))
    first = second = 0.0
    for fold in folds:
        scores = energies - ladder.after(energies, times - fold)
        first += float(fold @ scores)
        second += float(fold @ scores**2)
    every = energies - ladder.after(energies, times)
    upper = float(times @ every) / shots
    return Bracket(
        lower=first / shots,
        lower_stderr=_stderr(first, second, shots),
        upper=upper,
        upper_stderr=_stderr(float(times @ every), float(times @ every**2), shots),
    )


def split(times: Array, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shots dealt out at random to equal parts, shape (FOLDS, B)."""
    left = times.astype(np.int64)
    parts = []
    for index in range(FOLDS, 1, -1):
        share = rng.multivariate_hypergeometric(left, int(left.sum()) // index, method="marginals")
        parts.append(share)
        left = left - share
    return np.array([*parts, left], dtype=float)


def _stderr(first: float, second: float, shots: int) -> float:
    mean = first / shots
    return math.sqrt(max(second / shots - mean**2, 0.0) / (shots - 1))


class _Ladder:
    """Energies of all products of levels in rising order, counted rather than listed."""

    def __init__(self, levels: Sequence[Sequence[float]]) -> None:
        self.energies, counts = product_spectrum(levels)
        self.tops = np.cumsum(counts)

    def after(self, energies: Array, seen: Array) -> Array:
        """Energy that each outcome is sent to when the most frequent come lowest.

        Args:
            energies: of the outcomes, shape (B,).
            seen: how often each was seen, shape (B,).
        """
        order = np.lexsort((energies, -seen))
        n_seen = int(np.count_nonzero(seen))
        ranks = np.arange(n_seen)
        found = np.empty(len(energies))
        found[order[:n_seen]] = self.energies[np.searchsorted(self.tops, ranks, side="right")]
        unseen = order[n_seen:]
        if len(unseen):
            group = self._group(energies)
            within = np.bincount(group[order[:n_seen]], minlength=len(self.energies))
            for one in np.unique(group[unseen]):
                found[unseen[group[unseen] == one]] = self._spread(int(one), within, n_seen)
        return found

    def _group(self, energies: Array) -> NDArray[np.int64]:
        """Which of the different energies each outcome has."""
        above = np.searchsorted(self.energies, energies).clip(1, len(self.energies) - 1)
        lower = energies - self.energies[above - 1] < self.energies[above] - energies
        return np.asarray(above - lower, dtype=np.int64)

    def _spread(self, group: int, within: NDArray[np.int64], n_seen: int) -> float:
        """Mean energy of the places for the unseen products of one energy, behind all seen ones."""
        below = int(self.tops[group - 1]) if group else 0
        begin = n_seen + below - int(within[:group].sum())
        end = begin + int(self.tops[group]) - below - int(within[group])
        places = np.searchsorted(self.tops, np.array([begin, end - 1]), side="right")
        total, at = 0.0, begin
        for place in range(int(places[0]), int(places[1]) + 1):
            top = min(int(self.tops[place]), end)
            total += float(self.energies[place]) * (top - at) / (end - begin)
            at = top
        return total
