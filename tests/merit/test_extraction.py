"""Extractable work of known and random states."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import unitary_group

from qbcircuit import merit
from qbcircuit.errors import InvalidRequest
from tests.merit.states import random_density, random_vector


def test_ergotropy_of_known_states():
    levels = np.array([0.0, 1.0])
    assert merit.ergotropy(np.diag([0.3, 0.7]), levels) == pytest.approx(0.4)
    assert merit.ergotropy(np.diag([0.7, 0.3]), levels) == pytest.approx(0.0)
    plus = np.full((2, 2), 0.5)
    assert merit.ergotropy(plus, levels) == pytest.approx(0.5)
    assert merit.incoherent_ergotropy(plus, levels) == pytest.approx(0.0)
    assert merit.state_capacity(plus, levels) == pytest.approx(1.0)
    with pytest.raises(InvalidRequest, match="3 energies"):
        merit.ergotropy(plus, [0, 1, 2])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_unitary_takes_out_more_than_the_ergotropy(seed):
    rho, levels = random_density(4, seed), np.array([1.0, 0.0, 1.7, 0.3])
    most = merit.ergotropy(rho, levels)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        unitary = unitary_group.rvs(4, random_state=rng)
        after = unitary @ rho @ unitary.conj().T
        assert np.real(np.diag(rho - after)) @ levels <= most + 1e-12
        assert merit.state_capacity(after, levels) == pytest.approx(
            merit.state_capacity(rho, levels)
        )
    assert most >= merit.incoherent_ergotropy(rho, levels) - 1e-12
    # The eigenbasis permutation reaches it.
    values, vectors = np.linalg.eigh(rho)
    passive = np.eye(4)[:, np.argsort(levels)] @ vectors[:, ::-1].conj().T
    after = passive @ rho @ passive.conj().T
    assert np.real(np.diag(rho - after)) @ levels == pytest.approx(most)
    assert values[0] > 0


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_passive_energy_of_counted_numbers_is_that_of_the_lists(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5, size=4)
    places = rng.integers(1, 6, size=5)
    places[0] += max(counts.sum() - places.sum(), 0)
    weights, energies = rng.uniform(size=4), rng.normal(size=5)
    found = merit.passive_energy(weights, energies, weight_counts=counts, energy_counts=places)
    falling = np.sort(np.repeat(weights, counts))[::-1]
    rising = np.sort(np.repeat(energies, places))[: len(falling)]
    assert found == pytest.approx(falling @ rising)


def test_more_populations_than_levels_are_refused():
    with pytest.raises(InvalidRequest, match="3 populations do not fit on 2 levels"):
        merit.passive_energy([0.5, 0.3, 0.2], [0.0, 1.0])
    with pytest.raises(InvalidRequest, match="2 populations but 3 energies"):
        merit.population_ergotropy([0.5, 0.5], [0.0, 1.0, 2.0])


def test_passive_energy_at_numbers_beyond_floats():
    # one weight spread over C(80, 40) products of one energy, on the spectrum of 80 cells
    counts = [math.comb(80, m) for m in range(81)]
    energies = np.arange(81.0)
    even = merit.passive_energy([1 / 2**80], energies, weight_counts=[2**80], energy_counts=counts)
    assert even == pytest.approx(40.0)


def test_coherent_and_incoherent_parts_of_a_tilted_cell():
    # (cos a |0> + sin a |1>): everything is sin^2 a, populations give 2 sin^2 a - 1 at most
    levels = [0.0, 1.0]
    for angle in (0.3, 1.2):
        state = np.array([math.cos(angle), math.sin(angle)])
        rho = np.outer(state, state)
        share = math.sin(angle) ** 2
        assert merit.ergotropy(rho, levels) == pytest.approx(share)
        assert merit.incoherent_ergotropy(rho, levels) == pytest.approx(max(2 * share - 1, 0))
        assert merit.coherent_ergotropy(rho, levels) == pytest.approx(share - max(2 * share - 1, 0))


def test_passive_states_hold_nothing_of_any_kind():
    rho = np.diag([0.4, 0.3, 0.2, 0.1])
    levels = [(0.0, 1.0), (0.0, 1.5)]
    energies = merit.product_energies(levels)
    np.testing.assert_allclose(energies, [0.0, 1.0, 1.5, 2.5])
    assert merit.ergotropy(rho, energies) == 0.0
    assert merit.incoherent_ergotropy(rho, energies) == 0.0
    assert merit.coherent_ergotropy(rho, energies) == 0.0
    assert merit.local_ergotropy(rho, levels) == 0.0
    assert merit.locked_ergotropy(rho, levels) == 0.0


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_products_of_pure_states_lock_nothing_and_no_state_locks_less(seed):
    levels = [(0.0, 1.0), (0.2, 0.9, 2.0)]
    energies = merit.product_energies(levels)
    first, second = random_vector(2, seed), random_vector(3, seed + 1)
    product = np.kron(second, first)
    pure = np.outer(product, product.conj())
    assert merit.locked_ergotropy(pure, levels) == pytest.approx(0.0, abs=1e-12)
    one, other = random_density(2, seed), random_density(3, seed + 1)
    mixed = np.kron(other, one)
    expected = merit.ergotropy(one, levels[0]) + merit.ergotropy(other, levels[1])
    assert merit.local_ergotropy(mixed, levels) == pytest.approx(expected, abs=1e-12)
    anything = random_density(6, seed)
    assert merit.locked_ergotropy(anything, levels) >= -1e-12
    assert merit.coherent_ergotropy(anything, energies) >= -1e-12
    # capacity and ergotropy of a product are at least the sums of those of its parts
    assert merit.state_capacity(mixed, energies) >= (
        merit.state_capacity(one, levels[0]) + merit.state_capacity(other, levels[1]) - 1e-12
    )


def test_a_bell_pair_locks_all_its_work():
    # (|00> + |11>)/sqrt 2: each cell alone is the even mixture, the pair gives 1.
    bell = np.zeros((4, 4))
    bell[np.ix_([0, 3], [0, 3])] = 0.5
    levels = [(0.0, 1.0)] * 2
    assert merit.local_ergotropy(bell, levels) == pytest.approx(0.0)
    assert merit.locked_ergotropy(bell, levels) == pytest.approx(1.0)


def test_energies_of_many_cells_are_counted_not_listed():
    energies, counts = merit.product_spectrum([(0.5, 2.0)] * 70)
    np.testing.assert_allclose(energies, 35 + 1.5 * np.arange(71))
    assert list(counts) == [math.comb(70, m) for m in range(71)]
    energies, counts = merit.product_spectrum([(0.0, 1.0), (0.0, 1.0, 3.0)])
    np.testing.assert_allclose(energies, [0, 1, 2, 3, 4])
    assert list(counts) == [1, 2, 1, 1, 1]
    with pytest.raises(InvalidRequest, match="to list"):
        merit.product_energies([(0.0, 1.0)] * 23)
    with pytest.raises(InvalidRequest, match="different energies"):
        merit.product_spectrum([(0.0, math.sqrt(2 + j)) for j in range(24)])


def test_the_ladder_is_the_symmetric_sector():
    # (|01> + |10>)/sqrt 2 is the middle rung: passive on the ladder it is not on all products.
    middle = np.zeros((4, 4))
    middle[np.ix_([1, 2], [1, 2])] = 0.5
    rung = merit.symmetric_state(middle)
    np.testing.assert_allclose(rung, np.diag([0.0, 1.0, 0.0]), atol=1e-15)
    np.testing.assert_allclose(merit.ladder_energies(2, (0.5, 1.5)), [1.0, 2.0, 3.0])
    mixed = (np.diag([1.0, 0, 0, 0]) + middle + np.diag([0, 0, 0, 1.0])) / 3
    assert merit.ergotropy(merit.symmetric_state(mixed), [0.0, 1.0, 2.0]) == pytest.approx(0.0)
    # three weights of 1/3 on 0, 1, 2 of the ladder, but on 0, 1, 1 of all products
    assert merit.ergotropy(mixed, [0.0, 1.0, 1.0, 2.0]) == pytest.approx(1 / 3)
    with pytest.raises(InvalidRequest, match=r"not with weight 0\.5"):
        merit.symmetric_state(np.diag([0.0, 1.0, 0.0, 0.0]))
