"""Variances and angles from shots: unbiased where that is possible, intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit.errors import RunFailed
from qbcircuit.estimate.spread import Sampled, angle_estimate, variance_estimate


def drawn(values, p, shots, rng, weight=1.0):
    return Sampled(
        values=np.asarray(values, float),
        times=rng.multinomial(shots, p).astype(float),
        weight=weight,
    )


CASES = {
    "binomial": (np.arange(7), [math.comb(6, m) * 0.3**m * 0.7 ** (6 - m) for m in range(7)]),
    "all or nothing": ([0, 4], [0.5, 0.5]),
    "rarely": ([0, 1], [0.97, 0.03]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_variance_is_unbiased_and_covered(name):
    values, p = CASES[name]
    mean = np.dot(p, values)
    exact = np.dot(p, (np.asarray(values) - mean) ** 2)
    rng = np.random.default_rng(17)
    runs = 600
    found = [variance_estimate([drawn(values, p, 400, rng)], 1.0) for _ in range(runs)]
    middle = [one.value for one in found]
    assert np.mean(middle) == pytest.approx(exact, abs=3.5 * np.std(middle) / np.sqrt(runs))
    held = np.mean([one.low <= exact <= one.high for one in found])
    assert held >= 0.92


def test_the_variance_over_starts_counts_what_lies_between_them():
    """Three starts with known weights: within each, and between their means."""
    parts = [
        (0.6, [0, 1], [0.9, 0.1]),
        (0.3, [-1, 0, 1], [0.2, 0.5, 0.3]),
        (0.1, [-2, 2], [0.5, 0.5]),
    ]
    first = sum(w * np.dot(p, v) for w, v, p in parts)
    exact = sum(w * np.dot(p, (np.asarray(v) - first) ** 2) for w, v, p in parts)
    rng = np.random.default_rng(5)
    runs = 600
    found = [
        variance_estimate(
            [drawn(v, p, n, rng, w) for (w, v, p), n in zip(parts, (90, 60, 30), strict=True)], 1.0
        )
        for _ in range(runs)
    ]
    middle = [one.value for one in found]
    assert np.mean(middle) == pytest.approx(exact, abs=3.5 * np.std(middle) / np.sqrt(runs))
    assert 0.92 <= np.mean([one.low <= exact <= one.high for one in found]) <= 0.995


def test_starts_that_are_drawn_add_their_own_chance():
    """Forty draws among three starts whose values differ more than their shots do."""
    weights, values = np.array([0.5, 0.3, 0.2]), [[0.0, 1.0], [4.0, 5.0], [-3.0, -2.0]]
    first = weights @ [0.5, 4.5, -2.5]
    exact = sum(
        w * np.mean((np.array(v) - first) ** 2) for w, v in zip(weights, values, strict=True)
    )
    rng = np.random.default_rng(15)
    held, runs = 0, 400
    for _ in range(runs):
        counts = rng.multinomial(40, weights)
        groups = [
            Sampled(
                values=np.array(v),
                times=rng.multinomial(200, [0.5, 0.5]).astype(float),
                weight=int(n) / 40,
                draws=int(n),
            )
            for v, n in zip(values, counts, strict=True)
            if n
        ]
        found = variance_estimate(groups, 1.0)
        held += found.low <= exact <= found.high
    assert 0.9 * runs <= held <= 0.99 * runs


def test_equal_outcomes_do_not_claim_certainty():
    same = Sampled(values=np.array([3.0]), times=np.array([100.0]))
    found = variance_estimate([same], 1.0)
    assert found.value == found.low == 0.0
    assert 0 < found.high < 0.05
    with pytest.raises(RunFailed, match="two shots or more"):
        variance_estimate([Sampled(values=np.array([3.0]), times=np.array([1.0]))], 1.0)


@pytest.mark.parametrize("angle", [0.05, 0.4, 1.2, math.pi / 2])
def test_the_angle_is_covered(angle):
    rng = np.random.default_rng(9)
    share, runs = math.cos(angle) ** 2, 500
    found = [angle_estimate(int(rng.binomial(300, share)), 300) for _ in range(runs)]
    assert np.mean([one.low <= angle + 1e-9 and angle <= one.high + 1e-9 for one in found]) >= 0.92
    assert np.mean([one.value for one in found]) == pytest.approx(angle, abs=0.05)
    assert all(one.low <= one.value + 1e-12 <= one.high + 1e-9 for one in found)
