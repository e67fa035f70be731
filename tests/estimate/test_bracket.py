"""Pairs of estimates around a truth: their interval, their difference, what they refuse."""

from __future__ import annotations

import pytest

from qbcircuit.estimate import Bracket

PAIR = Bracket(lower=0.4, lower_stderr=0.01, upper=0.5, upper_stderr=0.02)


def test_the_interval_reaches_beyond_both_ends():
    found = PAIR.estimate
    assert found.value == pytest.approx(0.45)
    assert found.low == pytest.approx(0.4 - 1.96 * 0.01, abs=1e-4)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.02, abs=1e-4)


def test_no_figure_is_negative():
    below = Bracket(lower=-0.2, lower_stderr=0.1, upper=-0.1, upper_stderr=0.001).estimate
    assert (below.value, below.low, below.high) == (0.0, 0.0, 0.0)


def test_a_difference_keeps_the_truth_between_its_ends():
    other = Bracket(lower=0.1, lower_stderr=0.003, upper=0.25, upper_stderr=0.005)
    found = PAIR.minus(other)
    assert (found.lower, found.upper) == (pytest.approx(0.15), pytest.approx(0.4))
    assert found.lower_stderr == pytest.approx(0.015)
    assert found.upper_stderr == pytest.approx(0.023)


def test_a_common_error_widens_both_ends():
    found = PAIR.wider(0.02)
    assert found.lower_stderr == pytest.approx((0.01**2 + 0.02**2) ** 0.5)
    assert found.upper_stderr == pytest.approx((0.02**2 + 0.02**2) ** 0.5)


def test_a_pair_too_far_apart_is_refused():
    assert PAIR.objection(1.01) is None
    assert "between 0.4 (split sample) and 0.5 (plug-in)" in PAIR.objection(0.9)
