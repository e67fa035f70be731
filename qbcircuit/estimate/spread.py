"""Variance of energy and work, and the angle from the start, from shots in the basis of levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import RunFailed
from qbcircuit.estimate.interval import NORMAL_QUANTILE, Estimate

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sampled:
    """Values seen after one start.

    Args:
        values: each once, shape (B,), energies or works.
        times: how often each was seen, shape (B,).
        weight: probability of that start.
        draws: how often it was drawn, where starts are drawn; 0 where all of them are there.
    """

    values: Array
    times: Array
    weight: float = 1.0
    draws: int = 0


def variance_estimate(groups: Sequence[Sampled], lump: float) -> Estimate:
    """Variance of a value whose starts are drawn with known weights.

    sum_g w_g <x^2>_g - (sum_g w_g <x>_g)^2, corrected for its bias; the interval is that of the
    delta method with the fourth moments, widened by half an event of one lump, so that equal
    outcomes do not claim certainty, and by the chance that drew the starts.

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
    half = NORMAL_QUANTILE * math.sqrt(error + _of_draws(groups, mean))
    return Estimate(value=value, low=max(value - half, 0.0), high=value + half)


def _of_draws(groups: Sequence[Sampled], mean: float) -> float:
    """What the chance that drew the starts adds to the squared error."""
    draws = sum(one.draws for one in groups)
    if draws < 2:
        return 0.0
    second = np.array([one.times @ (one.values - mean) ** 2 / one.times.sum() for one in groups])
    shares = np.array([one.draws / draws for one in groups])
    return float(shares @ (second - shares @ second) ** 2) / (draws - 1)


def angle_estimate(returned: float, shots: float) -> Estimate:
    """Bures angle from a start that is one product of levels: arccos of the root of its share.

    The interval is Wilson's for the share.

    Args:
        returned: shots that found the start.
        shots: all shots.
    """
    share = Estimate.of_share(returned, shots)
    found = math.acos(math.sqrt(share.value))
    return Estimate(
        value=found,
        low=min(math.acos(math.sqrt(share.high)), found),
        high=max(math.acos(math.sqrt(share.low)), found),
    )
