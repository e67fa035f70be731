"""Ergotropy of populations from shots: biased down and up, the truth between."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from qbcircuit import merit
from qbcircuit.errors import RunFailed
from qbcircuit.estimate.populations import FOLDS, population_bracket, split


def seen_of(p, shots, rng, levels):
    """Outcomes of a distribution over products of levels, those never seen left out."""
    times = rng.multinomial(shots, p)
    table = np.array(
        [row[::-1] for row in itertools.product(*(range(len(one)) for one in levels[::-1]))]
    )
    kept = np.flatnonzero(times)
    return table[kept], times[kept].astype(float)


def thermal(n, epsilon):
    levels = [(0.0, 1.0)] * n
    weights = np.exp(-epsilon * merit.product_energies(levels))
    return weights / weights.sum(), levels


def test_frequencies_beyond_doubt_give_the_ergotropy():
    levels = [(0.0, 1.0), (0.0, 0.7, 1.9)]
    p = np.array([0.05, 0.3, 0.02, 0.25, 0.31, 0.07])
    rng = np.random.default_rng(1)
    found = population_bracket(*seen_of(p, 10**8, rng, levels), levels)
    exact = merit.population_ergotropy(p, merit.product_energies(levels))
    assert exact > 0.5
    assert found.lower == pytest.approx(exact, abs=1e-3)
    assert found.upper == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize(("n", "about"), [(6, 0.003), (8, 0.03), (10, 0.1), (12, 0.3)])
def test_the_plug_in_of_a_thermal_state_is_biased_up(n, about):
    """Truth 0 at 2000 shots and epsilon = 1; the split sample never shows a gain."""
    p, levels = thermal(n, 1.0)
    rng = np.random.default_rng(n)
    pairs = [population_bracket(*seen_of(p, 2000, rng, levels), levels, seed=s) for s in range(40)]
    upper = np.mean([one.upper for one in pairs])
    assert about / 3 < upper < 3 * about
    assert np.mean([one.lower for one in pairs]) <= 0.0
    held = np.mean([one.estimate.low == 0.0 for one in pairs])
    assert held >= 0.95


def distributions():
    rng = np.random.default_rng(8)
    inverted, levels = thermal(4, -0.7)
    return {
        "inverted": (inverted, levels),
        "random": (rng.dirichlet(np.ones(16)), levels),
        "thermal": thermal(4, 0.7),
        "two of many": (np.bincount([0, 63], [0.5, 0.5], minlength=64), [(0.0, 1.0)] * 6),
    }


@pytest.mark.parametrize("name", ["inverted", "random", "thermal", "two of many"])
def test_the_pair_holds_the_truth(name):
    p, levels = distributions()[name]
    exact = merit.population_ergotropy(p, merit.product_energies(levels))
    rng = np.random.default_rng(12)
    held, lows, highs, runs = 0, [], [], 400
    for run in range(runs):
        pair = population_bracket(*seen_of(p, 300, rng, levels), levels, seed=run)
        lows.append(pair.lower)
        highs.append(pair.upper)
        held += pair.estimate.low <= exact <= pair.estimate.high
    assert np.mean(lows) <= exact + 3 * np.std(lows) / np.sqrt(runs)
    assert np.mean(highs) >= exact - 3 * np.std(highs) / np.sqrt(runs)
    assert held >= 0.94 * runs


def test_too_few_shots_for_the_levels_are_refused():
    p, levels = thermal(12, 0.2)
    pair = population_bracket(*seen_of(p, 500, np.random.default_rng(3), levels), levels)
    assert "more than 10% of the capacity apart" in pair.objection(12.0)
    p, levels = thermal(3, 1.0)
    fine = population_bracket(*seen_of(p, 4000, np.random.default_rng(3), levels), levels)
    assert fine.objection(3.0) is None


def test_sixty_cells_are_counted_not_listed():
    # two outcomes far apart: empty and full, half each; they go to the two lowest levels
    levels = [(0.0, 1.0)] * 60
    outcomes = np.array([[0] * 60, [1] * 60])
    found = population_bracket(outcomes, np.array([500.0, 500.0]), levels)
    assert found.upper == pytest.approx(30 - 0.5)
    assert found.lower == pytest.approx(30 - 0.5, abs=0.2)


def test_outcomes_that_were_never_seen_go_behind_the_seen_ones():
    # one shot of its own level in every fold: each is judged by the places left for its energy
    levels = [(0.0, 1.0)] * 5
    outcomes = np.array(list(itertools.product((0, 1), repeat=5)))[:20]
    pair = population_bracket(outcomes, np.ones(20), levels, seed=4)
    by_hand = unseen_by_hand(outcomes, levels, seed=4)
    assert pair.lower == pytest.approx(by_hand)


def unseen_by_hand(outcomes, levels, seed):
    energies = outcomes.sum(axis=1).astype(float)
    every = np.sort(merit.product_energies(levels))
    folds = split(np.ones(20), np.random.default_rng([seed, 0]))
    total = 0.0
    for fold in folds:
        known = np.flatnonzero(fold == 0)
        left = list(range(len(known), 32))
        rest = [math.comb(5, m) - int(np.sum(energies[known] == m)) for m in range(6)]
        for one in np.flatnonzero(fold):
            begin = sum(rest[: int(energies[one])])
            places = left[begin : begin + rest[int(energies[one])]]
            total += energies[one] - np.mean(every[places])
    return total / 20


def test_a_split_deals_out_every_shot():
    times = np.array([7.0, 0.0, 25.0, 1.0])
    parts = split(times, np.random.default_rng(0))
    assert parts.shape == (FOLDS, 4)
    np.testing.assert_array_equal(parts.sum(axis=0), times)
    assert np.ptp(parts.sum(axis=1)) <= 1
    with pytest.raises(RunFailed, match="20 shots or more, got 19"):
        population_bracket(np.zeros((1, 1), dtype=int), np.array([19.0]), [(0.0, 1.0)])
