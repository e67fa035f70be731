"""Tomography of a few cells: unbiased in the mean, truth inside the pair, errors undone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from qbcircuit import merit
from qbcircuit.backend import Counts
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.tomography import (
    capacity_witness,
    ergotropy_witness,
    local_witness,
    tomogram,
    tomography_bases,
)
from tests.estimate.sampling import probabilities, read_in
from tests.merit.states import random_density, random_vector

LEVELS = [(0.0, 1.0), (0.0, 1.4)]
ENERGIES = merit.product_energies(LEVELS)


def certain(rho, settings, shots=10**12):
    """Counts as they are expected, to 12 digits."""
    n = len(settings[0])
    found = {}
    for bases in settings:
        seen = np.round(probabilities(rho, bases) * shots).astype(int)
        found[bases] = Counts.from_mapping({f"{i:0{n}b}": t for i, t in enumerate(seen)})
    return found


@pytest.mark.parametrize("cells", [(0,), (1,), (2, 0), (0, 1, 2)])
def test_expected_counts_give_the_state_itself(cells):
    rho = random_density(8, 5)
    counts = certain(rho, tomography_bases(3, cells))
    tensor = rho.reshape((2,) * 6)
    rest = [c for c in range(3) if c not in cells]
    order = [2 - c for c in reversed(cells)] + [2 - c for c in rest]
    size = 2 ** len(cells)
    shape = (size, 8 // size) * 2
    reduced = np.einsum("arbr->ab", tensor.transpose(order + [3 + a for a in order]).reshape(shape))
    found = tomogram(counts, cells)
    np.testing.assert_allclose(found.state(), reduced, atol=1e-10)


def test_a_mean_is_unbiased_and_its_error_is_what_it_says():
    rho = random_density(4, 2)
    observable = random_density(4, 3)
    exact = np.trace(rho @ observable).real
    rng = np.random.default_rng(11)
    settings = tomography_bases(2, (0, 1))
    found = np.array(
        [tomogram(read_in(rho, settings, 60, rng), (0, 1)).mean(observable) for _ in range(300)]
    )
    spread = found[:, 0].std(ddof=1)
    assert found[:, 0].mean() == pytest.approx(exact, abs=4 * spread / np.sqrt(300))
    assert found[:, 1].mean() == pytest.approx(spread, rel=0.12)


def test_witnesses_reach_the_figures():
    rho = random_density(4, 7)
    for witness, value in (
        (ergotropy_witness(LEVELS), merit.ergotropy(rho, ENERGIES)),
        (capacity_witness(LEVELS), merit.state_capacity(rho, ENERGIES)),
        (local_witness(LEVELS), merit.local_ergotropy(rho, LEVELS)),
    ):
        assert np.trace(rho @ witness(rho)).real == pytest.approx(value)
        for seed in range(20):
            other = random_density(4, seed)
            assert np.trace(rho @ witness(other)).real <= value + 1e-12


def states():
    pure = random_vector(4, 3)
    thermal = np.exp(-0.8 * ENERGIES)
    return {
        "pure": np.outer(pure, pure.conj()),
        "mixed": random_density(4, 4),
        "passive": np.diag(thermal / thermal.sum()).astype(complex),
        "nearly passive": np.diag([0.4, 0.25, 0.27, 0.08]).astype(complex),
    }


@pytest.mark.parametrize("name", ["pure", "mixed", "passive", "nearly passive"])
def test_the_pair_holds_the_ergotropy_between_its_means_and_in_its_interval(name):
    rho = states()[name]
    exact = merit.ergotropy(rho, ENERGIES)
    rng = np.random.default_rng(21)
    settings = tomography_bases(2, (0, 1))
    held, lows, highs = 0, [], []
    runs = 150
    for run in range(runs):
        found = tomogram(read_in(rho, settings, 200, rng), (0, 1))
        pair = found.bracket(ergotropy_witness(LEVELS), seed=run)
        lows.append(pair.lower)
        highs.append(pair.upper)
        held += pair.estimate.low <= exact <= pair.estimate.high
        assert pair.estimate.low <= pair.estimate.value <= pair.estimate.high
    assert np.mean(lows) <= exact + 3 * np.std(lows) / np.sqrt(runs)
    assert np.mean(highs) >= exact - 3 * np.std(highs) / np.sqrt(runs)
    assert held >= 0.94 * runs
    if name == "passive":
        assert np.mean(lows) < 0 < np.mean(highs)


def test_a_pair_that_says_too_little_is_refused():
    rho = states()["passive"]
    counts = read_in(rho, tomography_bases(2, (0, 1)), 20, np.random.default_rng(5))
    pair = tomogram(counts, (0, 1)).bracket(ergotropy_witness(LEVELS))
    assert "10% of the capacity apart; use more shots or fewer cells" in pair.objection(2.4)
    many = read_in(rho, tomography_bases(2, (0, 1)), 4000, np.random.default_rng(5))
    assert tomogram(many, (0, 1)).bracket(ergotropy_witness(LEVELS)).objection(2.4) is None


def test_read_out_errors_are_undone_in_the_mean():
    rho, confusion = random_density(4, 8), np.array([[0.97, 0.03], [0.08, 0.92]])
    settings = tomography_bases(2, (0, 1))
    counts = read_in(rho, settings, 10**9, np.random.default_rng(2), confusion)
    inverse = np.linalg.inv(confusion).T
    found = tomogram(counts, (0, 1), inverses=[inverse, inverse]).state()
    np.testing.assert_allclose(found, rho, atol=1e-3)
    assert np.abs(tomogram(counts, (0, 1)).state() - rho).max() > 0.01


def test_settings_that_agree_on_the_cells_are_pooled():
    rho = random_density(8, 6)
    every = list(itertools.product("XYZ", repeat=3))
    counts = read_in(rho, every, 50, np.random.default_rng(4))
    found = tomogram(counts, (1,))
    np.testing.assert_allclose(found.seen.sum(axis=1), 9 * 50)


def test_what_tomography_cannot_do():
    with pytest.raises(InvalidRequest, match="takes 243 settings, and 4 cells are the most"):
        tomography_bases(6, range(5))
    counts = read_in(random_density(4, 1), [("Z", "Z")], 100, np.random.default_rng(1))
    with pytest.raises(RunFailed, match="20 shots or more in each of 9 bases, got 0 in one"):
        tomogram(counts, (0, 1))
