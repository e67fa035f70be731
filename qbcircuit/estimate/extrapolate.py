"""Work at no noise, from circuits stretched to several lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate.trace import EnergyTrace

Array = NDArray[np.float64]

ASSUMPTION = "gate errors are taken to change the work in proportion to the number of gates"
"""What a straight line through stretched circuits assumes."""


def extrapolated(traces: Mapping[int, EnergyTrace]) -> EnergyTrace:
    """The straight line through W against the stretch factor, read at factor 0.

    W = sum_i c_i W_i with c_i = 1/n - mean (s_i - mean) / sum_j (s_j - mean)^2: exact where the
    errors act in proportion to the gates (see :data:`ASSUMPTION`), with the covariance of the sum.

    Args:
        traces: by stretch factor, on the same times.

    Raises:
        InvalidRequest: fewer than two factors, or traces on different times.

    Reference: Temme, Bravyi, Gambetta, PRL 119, 180509 (2017), arXiv:1612.02058.
    """
    if len(traces) < 2:
        raise InvalidRequest(
            f"Extrapolation needs two stretch factors or more, got {len(traces)}. Use --zne 1,3."
        )
    factors = np.array(sorted(traces), dtype=float)
    several = [traces[int(factor)] for factor in factors]
    first = several[0]
    if any(not np.array_equal(one.times, first.times) for one in several):
        raise InvalidRequest("Stretched circuits are extrapolated time by time; times differ.")
    away = factors - factors.mean()
    weights = 1 / len(factors) - factors.mean() * away / (away @ away)
    common = _sum(weights, [one.common for one in several])
    independent = sum(
        weight**2 * (one.covariance - _square(one.common))
        for weight, one in zip(weights, several, strict=True)
    )
    noise = _sum(weights, [one.noise_work for one in several])
    errors = [one.noise_stderr for one in several]
    return replace(
        first,
        work=np.sum([w * one.work for w, one in zip(weights, several, strict=True)], axis=0),
        covariance=independent + _square(common),
        common=common,
        noise_work=noise,
        noise_stderr=None if noise is None else _root_sum(weights, errors),
    )


def _square(common: Array | None) -> Array | float:
    return 0.0 if common is None else common.T @ common


def _sum(weights: Array, parts: list[Array | None]) -> Array | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return np.asarray(sum(w * part for w, part in zip(weights, known, strict=True)))


def _root_sum(weights: Array, errors: list[Array | None]) -> Array:
    known = [error for error in errors if error is not None]
    return np.asarray(np.linalg.norm([w * e for w, e in zip(weights, known, strict=True)], axis=0))
