"""Purity from random bases: unbiased at any number of shots, intervals that cover."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from qbcircuit import merit
from qbcircuit.backend import Counts
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.interval import Estimate
from qbcircuit.estimate.randomised import purity_estimate, random_bases, renyi_estimate
from tests.estimate.sampling import probabilities, read_in
from tests.merit.states import random_density, random_vector


def multinomial(histogram, p):
    return (
        math.factorial(sum(histogram))
        / math.prod(math.factorial(k) for k in histogram)
        * math.prod(q**k for q, k in zip(p, histogram, strict=True))
    )


def histograms(shots, size):
    if size == 1:
        yield (shots,)
        return
    for first in range(shots + 1):
        for rest in histograms(shots - first, size - 1):
            yield (first, *rest)


def test_four_shots_a_basis_are_unbiased():
    """Every possible set of counts of one cell, weighed by its probability."""
    rho = random_density(2, 3)
    by_basis = []
    for letter in "XYZ":
        p = probabilities(rho, (letter,))
        by_basis.append([(h, multinomial(h, p)) for h in histograms(4, 2)])
    mean = total = 0.0
    for choice in itertools.product(*by_basis):
        counts = {
            (letter,): Counts.from_mapping({"0": h[0], "1": h[1]})
            for letter, (h, _) in zip("XYZ", choice, strict=True)
        }
        weight = math.prod(w for _, w in choice)
        total += weight
        mean += weight * purity_estimate(counts, (0,)).value
    assert total == pytest.approx(1.0)
    assert mean == pytest.approx(merit.purity(rho), abs=1e-12)


@pytest.mark.parametrize("cells", [(0, 1, 2), (2, 0), (1,)])
def test_all_bases_without_shot_noise_give_the_purity(cells):
    rho = random_density(8, 4)
    counts = {}
    for bases in itertools.product("XYZ", repeat=3):
        seen = np.round(probabilities(rho, bases) * 10**9).astype(int)
        counts[bases] = Counts.from_mapping({f"{i:03b}": t for i, t in enumerate(seen)})
    found = purity_estimate(counts, cells)
    assert found.value == pytest.approx(merit.purity(rho, cells), abs=1e-6)
    assert found.high - found.low < 1e-3


def test_the_spread_of_shots_is_what_the_interval_says():
    """All bases read: nothing but shot noise is left, of first and second order."""
    every = list(itertools.product("XYZ", repeat=2))
    for rho, most in ((random_density(4, 5), 1.15), (np.eye(4, dtype=complex) / 4, 1.5)):
        rng = np.random.default_rng(13)
        found = [purity_estimate(read_in(rho, every, 12, rng), (0, 1)) for _ in range(600)]
        said = np.mean([((one.high - one.low) / 2 / 1.95996) ** 2 for one in found])
        seen = np.var([one.value for one in found])
        assert 0.87 * seen < said < most * seen


def states():
    pure = random_vector(16, 8)
    product = np.ones(1)
    for seed in range(4):
        product = np.kron(random_vector(2, seed), product)
    return {
        "entangled": np.outer(pure, pure.conj()),
        "product": np.outer(product, product.conj()),
        "even": np.eye(16, dtype=complex) / 16,
    }


@pytest.mark.parametrize("name", ["entangled", "product", "even"])
@pytest.mark.parametrize(("n_settings", "shots"), [(81, 60), (30, 150)])
def test_the_interval_covers_the_purity(name, n_settings, shots):
    rho = states()[name]
    cells = (0, 1, 2, 3) if n_settings == 30 else (0, 1, 2)
    exact = merit.purity(rho, cells)
    rng = np.random.default_rng(31)
    held, values, runs = 0, [], 120
    for run in range(runs):
        bases = random_bases(4, cells, n_settings=n_settings, seed=run)
        assert len(bases) == min(n_settings, 3 ** len(cells))
        found = purity_estimate(read_in(rho, bases, shots, rng), cells)
        values.append(found.value)
        held += found.low <= exact <= found.high
    assert np.mean(values) == pytest.approx(exact, abs=3.5 * np.std(values) / np.sqrt(runs))
    assert held >= 0.9 * runs


def test_read_out_errors_are_undone_in_the_mean():
    state = random_vector(4, 2)
    rho, confusion = np.outer(state, state.conj()), np.array([[0.98, 0.02], [0.07, 0.93]])
    every = list(itertools.product("XYZ", repeat=2))
    counts = read_in(rho, every, 10**8, np.random.default_rng(7), confusion)
    inverse = np.linalg.inv(confusion).T
    assert purity_estimate(counts, (0, 1)).value < 0.9
    found = purity_estimate(counts, (0, 1), inverses=[inverse, inverse])
    assert found.value == pytest.approx(1.0, abs=1e-3)


def test_random_bases_are_different_and_even():
    drawn = [random_bases(9, range(1, 9), n_settings=50, seed=seed) for seed in range(40)]
    assert all(len(set(bases)) == 50 for bases in drawn)
    assert all(one[0] == "Z" for bases in drawn for one in bases)
    letters = "".join("".join(one[1:]) for bases in drawn for one in bases)
    for letter in "XYZ":
        assert letters.count(letter) / len(letters) == pytest.approx(1 / 3, abs=0.01)
    assert random_bases(3, (1,)) == [("Z", letter, "Z") for letter in "XYZ"]


def test_renyi_entropy_follows_the_purity():
    found = renyi_estimate(Estimate(value=0.5, low=0.4, high=1.1), 2)
    assert (found.value, found.low) == (pytest.approx(math.log(2)), 0.0)
    assert found.high == pytest.approx(-math.log(0.4))
    assert "not positive" in renyi_estimate(Estimate(value=-0.1, low=-0.3, high=0.2), 3)
    low = renyi_estimate(Estimate(value=0.1, low=-0.1, high=0.3), 2)
    assert low.value == low.high == pytest.approx(math.log(4))


def test_what_a_purity_cannot_come_from():
    counts = read_in(np.eye(4, dtype=complex) / 4, [("X", "Z")], 100, np.random.default_rng(1))
    with pytest.raises(RunFailed, match="two random bases or more, got 1"):
        purity_estimate(counts, (0, 1))
    with pytest.raises(InvalidRequest, match=r"1\.\.16 cells here, got 0"):
        purity_estimate(counts, ())
    few = read_in(
        np.eye(4, dtype=complex) / 4, [("X", "Z"), ("Z", "Z")], 3, np.random.default_rng(1)
    )
    with pytest.raises(RunFailed, match="4 shots or more in each basis, got 3"):
        purity_estimate(few, (0, 1))
