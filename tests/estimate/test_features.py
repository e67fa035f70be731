"""Maxima, crossings and steepest chords of curves with closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.estimate.features import (
    Extremum,
    best_average_power,
    crossing,
    first_crossings,
    first_maximum,
    largest,
)
from qbcircuit.estimate.smooth import Curves

TIMES = np.linspace(0.0, 3.0, 301)


def curves(function, *, noise=0.0, draws=50, times=TIMES):
    rng = np.random.default_rng(1)
    value = function(times)
    return Curves(
        times=times, value=value, draws=value + noise * rng.standard_normal((draws, len(times)))
    )


@settings(deadline=None, max_examples=50)
@given(
    top=st.floats(0.3, 2.7),
    height=st.floats(-5, 5),
    bend=st.floats(0.1, 10),
    seed=st.integers(0, 1000),
)
def test_the_top_of_any_parabola_is_found_on_any_grid(top, height, bend, seed):
    times = np.sort(np.random.default_rng(seed).uniform(0, 3, 40))
    times = np.r_[0.0, times[np.diff(times, prepend=0.0) > 1e-3], 3.1]
    value = height - bend * (times - top) ** 2
    found = largest(times, value, value[None, :], 0, len(times) - 1)
    assert found.time == pytest.approx(top, abs=1e-6)
    assert found.height == pytest.approx(height, abs=1e-6)
    assert found.times[0] == found.time


def test_the_first_of_several_maxima_is_taken():
    found = first_maximum(curves(lambda t: np.sin(2 * t) ** 2 * (1 + t)))
    assert isinstance(found, Extremum)
    grid = np.linspace(0.5, 1.2, 100001)
    truth = grid[np.argmax(np.sin(2 * grid) ** 2 * (1 + grid))]
    assert found.time == pytest.approx(truth, abs=1e-4)


def test_a_ripple_within_the_noise_is_not_a_maximum():
    def rippled(t):
        return np.sin(t) ** 2 + 0.03 * np.sin(20 * t)

    noisy = first_maximum(curves(rippled, noise=0.03))
    assert isinstance(noisy, Extremum) and noisy.time == pytest.approx(np.pi / 2, abs=0.2)
    sharp = first_maximum(curves(rippled, noise=1e-5))
    assert isinstance(sharp, Extremum) and sharp.time < 0.5


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_curve_that_still_rises_has_no_maximum(noise):
    found = first_maximum(curves(lambda t: np.sin(t / 2) ** 2, noise=noise))
    assert isinstance(found, str)
    assert "still rises at the last time, 3" in found and "longer --times" in found


def test_noise_alone_has_no_maximum():
    rng = np.random.default_rng(8)
    value = 0.05 * rng.standard_normal(len(TIMES))
    flat = Curves(
        times=TIMES, value=value, draws=value + 0.05 * rng.standard_normal((200, len(TIMES)))
    )
    found = first_maximum(flat)
    assert isinstance(found, str) and "does not rise out of the shot noise" in found


def test_crossings_of_a_sine():
    times = np.linspace(0.1, 3.0, 2001)
    rows = np.outer([1.0, 2.0, 0.4], np.sin(times))
    found = first_crossings(times, rows, 0.5)
    assert found[:2] == pytest.approx([np.pi / 6, np.arcsin(0.25)], abs=1e-6)
    assert np.isnan(found[2])
    assert np.isnan(first_crossings(times, rows, 0.01)).all()  # crossed before it was watched
    several = first_crossings(times, rows[:1], np.array([0.2, 0.5]))
    assert several == pytest.approx([np.arcsin(0.2), np.pi / 6], abs=1e-6)


def test_a_crossing_that_is_not_reached_says_how_far_the_curve_goes():
    found = crossing(curves(lambda t: np.sin(t) ** 2), 1.5)
    assert isinstance(found, str) and "not surely seen to cross 1.5 between times 0 and 3" in found
    assert "from 0 to 1)" in found


def test_best_average_power_of_parallel_charging():
    found = best_average_power(curves(lambda t: np.sin(t) ** 2))
    assert isinstance(found, Extremum)
    assert found.time == pytest.approx(1.165561185, abs=1e-4)  # root of tan x = 2x
    assert found.height == pytest.approx(0.724611354, abs=1e-6)


def test_best_average_power_ignores_noise_over_short_times():
    found = best_average_power(curves(lambda t: np.sin(t) ** 2 + 0.1 * np.exp(-50 * t), noise=0.01))
    assert isinstance(found, Extremum) and found.time == pytest.approx(1.17, abs=0.1)


def test_best_average_power_needs_the_curve_to_bend():
    found = best_average_power(curves(lambda t: t**2))
    assert isinstance(found, str) and "still grows at the last time, 3" in found
    found = best_average_power(curves(lambda t: -t))
    assert isinstance(found, str) and "nowhere positive" in found
