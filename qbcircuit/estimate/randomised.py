"""Purity of some cells from measurements in random product Pauli bases."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.interval import CONFIDENCE, NORMAL_QUANTILE, Estimate
from qbcircuit.estimate.tomography import Bases, SettingCounts, restricted

Array = NDArray[np.float64]

MOST_CELLS = 16
"""Most cells whose purity is estimated: 2^n outcomes."""

N_SETTINGS = 81
"""Settings that are drawn where there are more."""

_NO_SKEW = 1e-6
"""Skewness of a mean below which its distribution is taken as symmetric."""

_KERNEL = np.array([[2.0, -1.0], [-1.0, 2.0]])
"""2 (-2)^(-D) of one cell's two outcomes."""


def random_bases(
    n_cells: int, cells: Sequence[int], *, n_settings: int = N_SETTINGS, seed: int = 0
) -> list[Bases]:
    """Different product bases for some of the cells, drawn evenly; all 3^n where they are few.

    Args:
        n_cells: N, all that are read.
        cells: which, as places among them; the others are read in Z.
        n_settings: most settings.
        seed: of the draw.
    """
    n = len(cells)
    rng = np.random.default_rng([seed, 2])
    if 3**n <= n_settings:
        drawn: list[tuple[str, ...]] = list(itertools.product("XYZ", repeat=n))
    else:
        different: dict[tuple[str, ...], None] = {}
        while len(different) < n_settings:
            different[tuple("XYZ"[i] for i in rng.integers(0, 3, size=n))] = None
        drawn = list(different)
    found = []
    for letters in drawn:
        basis = ["Z"] * n_cells
        for cell, letter in zip(cells, letters, strict=True):
            basis[cell] = letter
        found.append(tuple(basis))
    return found


def purity_estimate(
    counts: SettingCounts, cells: Sequence[int], *, inverses: Sequence[Array] | None = None
) -> Estimate:
    """tr(rho_A^2) of some cells, unbiased, from random product bases.

    2^n mean over bases of sum_(s, s') (-2)^(-D(s, s')) P(s) P(s'), with D the Hamming distance and
    the product of probabilities estimated by pairs of different shots. Unbiased where bases are
    drawn evenly, or all of them read; the value may lie above 1. The interval holds the spread
    between bases, which falls to 0 as all are read, and the spread of shots.

    Args:
        counts: of all cells that were read, by their bases.
        cells: A, as places among them.
        inverses: as in :func:`qbcircuit.estimate.tomography.tomogram`.

    Raises:
        InvalidRequest: no cells, or too many.
        RunFailed: fewer than two bases, or fewer than four shots in one of them.

    Reference: Elben et al., PRA 99, 052323 (2019), arXiv:1812.02624; Brydges et al., Science 364,
    260 (2019), arXiv:1806.05747.
    """
    n = len(cells)
    if not 1 <= n <= MOST_CELLS:
        raise InvalidRequest(f"A purity is of 1..{MOST_CELLS} cells here, got {n}.")
    kernels = [_kernel(inverses, cell) for cell in range(n)]
    pooled: dict[Bases, Array] = defaultdict(lambda: np.zeros(1 << n))
    for bases, one in counts.items():
        histogram = pooled[tuple(bases[cell] for cell in cells)]
        for outcome, times in restricted(one, cells):
            histogram[outcome] += times
    found = [_pairs(histogram, kernels) for histogram in pooled.values()]
    if len(found) < 2:
        raise RunFailed("A purity needs two random bases or more, got 1. Read more settings.")
    values, first, second = np.array(found).T
    within = max(float(first.mean()), 0.0) + float(second.mean())
    mean, read = float(values.mean()), len(values) / 3**n
    low, high = _between(values)
    shots = NORMAL_QUANTILE * math.sqrt(read * within / len(values))
    return Estimate(
        value=mean,
        low=mean - math.hypot(math.sqrt(1 - read) * low, shots),
        high=mean + math.hypot(math.sqrt(1 - read) * high, shots),
    )


def _between(values: Array) -> tuple[float, float]:
    """How far below and above their mean that of all bases may lie, corrected for skewness.

    Reference: Hall, J. R. Stat. Soc. B 54, 221 (1992).
    """
    n = len(values)
    spread = float(values.std(ddof=1))
    if spread == 0:
        return 0.0, 0.0
    skew = float(np.mean((values - values.mean()) ** 3)) / spread**3
    slope = skew / math.sqrt(n)
    quantile = float(student.ppf((1 + CONFIDENCE) / 2, n - 1))
    if abs(slope) < _NO_SKEW:
        ends = [-quantile, quantile]
    else:
        ends = [
            3 / slope * (math.cbrt(1 + slope * (end - slope / 6)) - 1)
            for end in (-quantile, quantile)
        ]
    unit = spread / math.sqrt(n)
    return max(ends[1], 0.0) * unit, max(-ends[0], 0.0) * unit


def renyi_estimate(purity: Estimate, n_cells: int) -> Estimate | str:
    """S_2 = -ln tr(rho^2) from an estimate of the purity, or why there is none.

    The ends are those of the purity, between 2^-n and 1; the value has the bias of a logarithm.

    Args:
        purity: of the cells.
        n_cells: how many these are.
    """
    least = 0.5**n_cells
    if purity.value <= 0 or purity.high <= least:
        return "the purity found is not positive; use more shots or settings"
    low, high = (min(max(end, least), 1.0) for end in (purity.low, purity.high))
    middle = min(max(purity.value, least), 1.0)
    return Estimate(value=-math.log(middle), low=-math.log(high), high=-math.log(low))


def _kernel(inverses: Sequence[Array] | None, cell: int) -> Array:
    if inverses is None:
        return _KERNEL
    return np.asarray(inverses[cell].T @ _KERNEL @ inverses[cell])


def _pairs(histogram: Array, kernels: Sequence[Array]) -> tuple[float, float, float]:
    """Mean of the kernel over pairs of different shots, and the two parts of its variance.

    Var = [4 (m - 2) zeta_1 + 2 zeta_2] / (m (m - 1)), zeta_1 the variance over a shot of the
    kernel's mean over the other, zeta_2 that of the kernel; both from averages over different
    shots, so without bias.
    """
    m = float(histogram.sum())
    if m < 4:
        raise RunFailed(f"A purity needs 4 shots or more in each basis, got {m:.0f}.")
    own = _applied(None, kernels)
    others = _applied(histogram, kernels) - own
    squares = float(histogram @ (_applied(histogram, [k**2 for k in kernels]) - own**2))
    total, shared = float(histogram @ others), float(histogram @ others**2) - squares
    pairs, threes = m * (m - 1), m * (m - 1) * (m - 2)
    squared_mean = (total**2 - 4 * shared - 2 * squares) / (threes * (m - 3))
    first = 4 * (m - 2) * (shared / threes - squared_mean) / pairs
    second = 2 * max(squares / pairs - squared_mean, 0.0) / pairs
    return total / pairs, first, second


def _applied(histogram: Array | None, kernels: Sequence[Array]) -> Array:
    """Sum over shots of the kernel with each outcome; of each outcome with itself for ``None``."""
    n = len(kernels)
    found = np.ones((2,) * n) if histogram is None else histogram.reshape((2,) * n)
    for cell, kernel in enumerate(kernels):
        axis = n - 1 - cell
        if histogram is None:
            found = found * np.diag(kernel).reshape((-1,) + (1,) * cell)
        else:
            found = np.moveaxis(np.tensordot(kernel, found, axes=(1, axis)), 0, axis)
    return np.asarray(found).ravel()
