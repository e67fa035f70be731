"""Ergotropy of single cells from three settings: a pair around the truth."""

from __future__ import annotations

import numpy as np
import pytest

from qbcircuit import merit
from qbcircuit.errors import RunFailed
from qbcircuit.estimate.local import LETTERS, local_bracket


def read(vectors, shots, rng):
    """Independent cells with these Bloch vectors, every shot its own outcome."""
    signs = {
        letter: np.where(rng.random((shots, len(vectors))) < (1 + vectors[:, row]) / 2, 1.0, -1.0)
        for row, letter in enumerate(LETTERS)
    }
    return signs, {letter: np.ones(shots) for letter in LETTERS}


def state(vector):
    x, y, z = vector
    return np.array([[1 + z, x - 1j * y], [x + 1j * y, 1 - z]]) / 2


CASES = {
    "charged and tilted": np.array([[0.3, -0.5, -0.6], [0.0, 0.7, 0.1], [0.1, 0.0, 0.9]]),
    "passive": np.array([[0.0, 0.0, 0.4]] * 3),
    "even": np.zeros((3, 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_pair_holds_the_sum_of_the_cells_ergotropies(name):
    vectors, splittings = CASES[name], [1.0, 1.5, 1.0]
    exact = sum(
        merit.ergotropy(state(v), [0.0, gap]) for v, gap in zip(vectors, splittings, strict=True)
    )
    rng = np.random.default_rng(6)
    held, lows, highs, runs = 0, [], [], 300
    for run in range(runs):
        pair = local_bracket(*read(vectors, 150, rng), splittings, seed=run)
        lows.append(pair.lower)
        highs.append(pair.upper)
        held += pair.estimate.low <= exact <= pair.estimate.high
    assert np.mean(lows) <= exact + 3 * np.std(lows) / np.sqrt(runs)
    assert np.mean(highs) >= exact - 3 * np.std(highs) / np.sqrt(runs)
    if name == "even":
        assert np.mean(lows) < 0.02
        assert np.mean(highs) > 0.1
    assert held >= 0.94 * runs


def test_a_setting_with_too_few_shots_is_refused():
    signs, times = read(np.zeros((1, 3)), 19, np.random.default_rng(1))
    with pytest.raises(RunFailed, match="20 shots or more a setting, got 19"):
        local_bracket(signs, times, [1.0])
