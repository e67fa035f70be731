"""Variance of energy and work, and the angle from the start, from shots in the basis of levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from qbcircuit.errors import RunFailed
from qbcircuit.estimate.interval import CONFIDENCE, NORMAL_QUANTILE, Estimate

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sampled:
    """Values seen after one start.

    Args:
        values: each once, shape (B,), energies or works.
        times: how often each was seen, shape (B,).
        weight: probability of that start.
    """

    values: Array
    times: Array
    weight: float = 1.0


def variance_estimate(groups: Sequence[Sampled], lump: float) -> Estimate:
    """Variance of a value whose starts are drawn with known weights.

    sum_g w_g <x^2>_g - (sum_g w_g <x>_g)^2, corrected for its bias; the interval is that of the
    delta method with the fourth moments, widened by half an event of one lump, so that equal
    outcomes do not claim certainty.

    Args:
        groups: what was seen after each start; the weights add up to 1.
        lump: energy that moves at once at least, a splitting.

    Raises:
        RunFailed: fewer than two shots after a start.
    """
    if any(one.times.sum() < 2 for one in groups):
        raise RunFailed("A variance needs two shots or more after every start. Use more shots.")
    mean = math.fsum(one.weight * float(one.times @ one.values) / one.times.sum() for one in groups)
    value = error = 0.0
    for one in groups:
        shots = float(one.times.sum())
        shares, gaps = one.times / shots, one.values - mean
        own = float(shares @ gaps)
        spread = float(shares @ (gaps - own) ** 2)
        value += one.weight * float(shares @ gaps**2) + one.weight**2 * spread / (shots - 1)
        fourth = float(shares @ (gaps**2 - shares @ gaps**2) ** 2)
        second = 2 * (one.weight * spread) ** 2 / (shots * (shots - 1))
        error += one.weight**2 * (fourth / shots + second + 0.5 * (lump**2 / shots) ** 2)
    half = NORMAL_QUANTILE * math.sqrt(error)
    return Estimate(value=value, low=max(value - half, 0.0), high=value + half)


def angle_estimate(returned: int, shots: int) -> Estimate:
    """Bures angle from a start that is one product of levels: arccos of the root of its share.

    The interval is Wilson's for the share.

    Args:
        returned: shots that found the start.
        shots: all shots.

    Reference: Wilson, J. Am. Stat. Assoc. 22, 209 (1927).
    """
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    share = returned / shots
    middle = (share + z**2 / (2 * shots)) / (1 + z**2 / shots)
    half = z / (1 + z**2 / shots) * math.sqrt(share * (1 - share) / shots + (z / (2 * shots)) ** 2)

    def angle(fidelity: float) -> float:
        return math.acos(math.sqrt(min(max(fidelity, 0.0), 1.0)))

    found = angle(share)
    return Estimate(
        value=found,
        low=min(angle(middle + half), found),
        high=max(angle(middle - half), found),
    )
