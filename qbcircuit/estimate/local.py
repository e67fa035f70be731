"""Ergotropy of single cells, all at once, from three settings: every cell in X, in Y and in Z."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import RunFailed
from qbcircuit.estimate.bracket import Bracket
from qbcircuit.estimate.populations import FOLDS, split

Array = NDArray[np.float64]

LETTERS = ("X", "Y", "Z")


def local_bracket(
    signs: Mapping[str, Array],
    times: Mapping[str, Array],
    splittings: Sequence[float],
    *,
    seed: int = 0,
) -> Bracket:
    """Sum over two-level cells of (Delta/2)(|r| - r_z), r the Bloch vector, from below and above.

    Upper: with r as found. Lower: (Delta/2)(n r - r_z) of every tenth of the shots, with the
    direction n that the others point to.

    Args:
        signs: by letter X, Y, Z, +1 or -1 of every cell in each outcome, shape (B, N); or what to
            count instead, so that read-out errors are undone in the mean.
        times: by letter, how often each outcome was seen, shape (B,).
        splittings: Delta of every cell.
        seed: of the split.

    Raises:
        RunFailed: fewer shots than parts.

    Reference: Allahverdyan, Balian, Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
    """
    if (least := min(one.sum() for one in times.values())) < 2 * FOLDS:
        raise RunFailed(
            f"A split sample needs {2 * FOLDS} shots or more a setting, got {least:.0f}."
        )
    rng = np.random.default_rng([seed, 3])
    folds = {letter: split(times[letter], rng) for letter in LETTERS}
    halves = np.asarray(splittings, dtype=float) / 2
    chosen = [
        _directions(signs, {a: times[a] - folds[a][k] for a in LETTERS}) for k in range(FOLDS)
    ]
    lower, lower_error = _mean(signs, folds, chosen, halves)
    every = _directions(signs, times)
    whole = {letter: times[letter][None] for letter in LETTERS}
    upper, upper_error = _mean(signs, whole, [every], halves)
    return Bracket(lower=lower, lower_stderr=lower_error, upper=upper, upper_stderr=upper_error)


def _directions(signs: Mapping[str, Array], times: Mapping[str, Array]) -> Array:
    """Unit vectors along the Bloch vectors of all cells, shape (3, N)."""
    vectors = np.array([times[a] @ signs[a] / times[a].sum() for a in LETTERS])
    lengths = np.linalg.norm(vectors, axis=0)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))


def _mean(
    signs: Mapping[str, Array],
    parts: Mapping[str, Array],
    directions: Sequence[Array],
    halves: Array,
) -> tuple[float, float]:
    """Sum over settings of the mean over shots, every part by its own directions."""
    total = error = 0.0
    for row, letter in enumerate(LETTERS):
        first = second = shots = 0.0
        for part, direction in zip(parts[letter], directions, strict=True):
            scores = signs[letter] @ (halves * (direction[row] - (letter == "Z")))
            first += float(part @ scores)
            second += float(part @ scores**2)
            shots += float(part.sum())
        mean = first / shots
        total += mean
        error += max(second / shots - mean**2, 0.0) / (shots - 1)
    return total, math.sqrt(error)
