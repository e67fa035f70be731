"""Ergotropy of several copies against products written out, and its limit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import merit
from qbcircuit.errors import InvalidRequest
from qbcircuit.merit.copies import thermal_energy
from tests.merit.states import random_density

LEVELS = np.array([0.0, 0.7, 1.9])


def written_out(rho, levels, n):
    """E(rho^(x n))/n with the product as one matrix."""
    state, energies = np.ones((1, 1)), np.zeros(1)
    for _ in range(n):
        state, energies = np.kron(rho, state), np.add.outer(levels, energies).ravel()
    return merit.ergotropy(state, energies) / n


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 4))
def test_copies_are_the_product_written_out(seed, n):
    rho = random_density(3, seed)
    expected = written_out(rho, LEVELS, n)
    assert merit.copies_ergotropy(rho, LEVELS, n) == pytest.approx(expected, abs=1e-12)


def test_a_passive_state_that_copies_unlock():
    # r = (0.5, 0.5, 0): passive, but two copies hold work where a level lies off the mean.
    rho = np.diag([0.5, 0.5, 0.0])
    levels = np.array([0.0, 1.0, 1.2])
    assert merit.copies_ergotropy(rho, levels, 1) == pytest.approx(0.0, abs=1e-15)
    # two copies: four populations of 1/4 go from 0, 1, 1, 2 to 0, 1, 1, 1.2
    assert merit.copies_ergotropy(rho, levels, 2) == pytest.approx(0.8 / 4 / 2)


@pytest.mark.parametrize("beta", [0.0, 0.6, 3.0])
def test_thermal_states_are_passive_in_any_number(beta):
    weights = np.exp(-beta * LEVELS)
    rho = np.diag(weights / weights.sum())
    for n in (1, 2, 5):
        assert merit.copies_ergotropy(rho, LEVELS, n) == pytest.approx(0.0, abs=1e-12)
    assert merit.many_copies_ergotropy(rho, LEVELS) == pytest.approx(0.0, abs=1e-12)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_doubling_never_loses_and_many_copies_are_the_limit(seed):
    rho = random_density(3, seed)
    limit = merit.many_copies_ergotropy(rho, LEVELS)
    found = [merit.copies_ergotropy(rho, LEVELS, n) for n in (1, 2, 4, 8, 16)]
    assert np.all(np.diff(found) >= -1e-12)
    assert found[-1] <= limit + 1e-12


def test_many_copies_come_close_to_the_limit():
    rho = np.diag([0.6, 0.05, 0.35])
    limit = merit.many_copies_ergotropy(rho, LEVELS)
    gaps = [limit - merit.copies_ergotropy(rho, LEVELS, n) for n in (1, 40, 80)]
    assert gaps[0] > 0.01
    assert 0 < gaps[2] < 0.6 * gaps[1] < 0.1 * gaps[0]


def test_pure_states_give_everything_in_any_number():
    state = np.array([0.6, 0.0, 0.8])
    rho = np.outer(state, state)
    mean = 0.64 * 1.9
    assert merit.copies_ergotropy(rho, LEVELS, 3) == pytest.approx(mean)
    assert merit.many_copies_ergotropy(rho, LEVELS) == pytest.approx(mean)


def test_thermal_energy_of_degenerate_levels():
    # entropy ln 3 over levels 0 (once) and 1 (twice) is the even mixture; ln 1 the ground state
    assert thermal_energy([1 / 3] * 3, [0.0, 1.0], [1, 2]) == pytest.approx(2 / 3)
    assert thermal_energy([1.0], [0.0, 1.0], [1, 2]) == 0.0
    # entropy ln 2 of a doubly degenerate ground level
    assert thermal_energy([0.5, 0.5], [0.0, 1.0], [2, 2]) == 0.0
    beta = 1.3
    shares = np.exp(-beta * np.array([0.0, 1.0, 1.0]))
    shares /= shares.sum()
    assert thermal_energy(shares, [0.0, 1.0], [1, 2]) == pytest.approx(shares[1] + shares[2])


def test_what_copies_cannot_be():
    rho = random_density(3, 1)
    with pytest.raises(InvalidRequest, match="1 or more, got 0"):
        merit.copies_ergotropy(rho, LEVELS, 0)
    with pytest.raises(InvalidRequest, match="Ask for fewer copies"):
        merit.copies_ergotropy(random_density(40, 1), np.sqrt(np.arange(40.0)), 9)
    with pytest.raises(InvalidRequest, match="3 energies"):
        merit.many_copies_ergotropy(np.eye(2) / 2, LEVELS)
    assert math.isfinite(merit.copies_ergotropy(rho, LEVELS, 60))
