"""Work distributions, energy variances and powers against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import merit, protocols, testing
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.errors import InvalidRequest
from tests.merit.states import random_density, random_vector


def test_work_moments_of_parallel_charging_are_binomial():
    n, p = 6, math.sin(0.4) ** 2
    weights = [math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    mean, variance = merit.work_moments(range(n + 1), weights)
    assert mean == pytest.approx(n * p)
    assert variance == pytest.approx(n * p * (1 - p))
    with pytest.raises(InvalidRequest, match=r"sum of 0\.5"):
        merit.work_moments([0, 1], [0.25, 0.25])


def test_the_work_of_a_thermal_cell_has_three_values():
    # p_0 sin^2 up, p_1 sin^2 down, the rest stays.
    beta, time = 0.8, 0.5
    battery = Battery.qubits(1, start=ThermalStart(beta=beta))
    (found,) = merit.work_distributions(protocols.parallel(battery), [time])
    low, high = battery.start_populations[0]
    turned = math.sin(time) ** 2
    np.testing.assert_allclose(found.work, [-1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(found.probabilities, [high * turned, 1 - turned, low * turned])
    mean = (low - high) * turned
    assert found.mean == pytest.approx(mean)
    assert found.variance == pytest.approx(turned - mean**2)
    expected = 1 - turned + turned * (low * np.exp(0.3j) + high * np.exp(-0.3j))
    assert found.characteristic([0.3])[0] == pytest.approx(expected)
    assert found.exponential_mean(beta) == pytest.approx(1.0)


def test_slopes_of_the_characteristic_function_are_the_moments():
    battery = Battery.qubits(4, start=ThermalStart(beta=0.5))
    (found,) = merit.work_distributions(protocols.windows(battery, order=2), [0.4])
    step = 1e-4
    below, here, above = found.characteristic([-step, 0.0, step])
    assert here == pytest.approx(1.0)
    assert ((above - below) / (2j * step)).real == pytest.approx(found.mean, abs=1e-6)
    second = -((above - 2 * here + below) / step**2).real
    assert second - found.mean**2 == pytest.approx(found.variance, abs=1e-5)


def test_probabilities_of_a_distribution_add_up():
    with pytest.raises(InvalidRequest, match=r"sum of 0\.9"):
        merit.WorkDistribution(work=np.zeros(2), probabilities=np.array([0.5, 0.4]))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_power_exceeds_twice_the_spreads(seed):
    rho = random_density(6, seed)
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(6, 6)) + 1j * rng.normal(size=(6, 6))
    drive, energy = matrix + matrix.conj().T, np.diag(rng.normal(size=6))
    power = merit.instantaneous_power(rho, drive, energy)
    assert power == pytest.approx(np.trace(1j * (drive @ energy - energy @ drive) @ rho).real)

    def variance(observable):
        mean = np.trace(observable @ rho).real
        return np.trace(observable @ observable @ rho).real - mean**2

    assert abs(power) <= merit.power_limit(variance(energy), variance(drive)) * (1 + 1e-12)


def test_a_superposition_saturates_the_power_limit():
    # X turns (|0> + i|1>)/sqrt 2 as fast as anything can: |P| = 1 = 2 (1/2) 1.
    state = np.array([1, 1j]) / math.sqrt(2)
    rho, drive, energy = np.outer(state, state.conj()), testing.LETTERS["X"], np.diag([0.0, 1.0])
    assert merit.instantaneous_power(rho, drive, energy) == pytest.approx(-1.0)
    assert merit.power_limit(0.25, 1.0) == pytest.approx(1.0)


def test_power_is_zero_for_a_passive_state_that_the_generator_leaves():
    rho = np.diag([0.6, 0.4])
    assert merit.instantaneous_power(rho, np.diag([1.0, 2.0]), np.diag([0.0, 1.0])) == 0.0


def ghz(size):
    state = np.zeros(1 << size)
    state[0] = state[-1] = math.sqrt(0.5)
    return state


def variance_of(state):
    charged = np.array([index.bit_count() for index in range(len(state))])
    weights = np.abs(state) ** 2
    return weights @ charged**2 - (weights @ charged) ** 2


@pytest.mark.parametrize(("n", "size"), [(4, 1), (4, 2), (5, 2), (6, 4), (5, 5)])
def test_blocks_between_empty_and_full_reach_the_producible_variance(n, size):
    state = np.ones(1)
    for block in [size] * (n // size) + ([n % size] if n % size else []):
        state = np.kron(ghz(block), state)
    limit = merit.producible_variance(n, size)
    assert variance_of(state) == pytest.approx(limit)
    assert merit.entanglement_depth(limit, n) == size
    if size < n:
        assert merit.entanglement_depth(limit * 1.001, n) > size


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 3))
def test_products_of_entangled_blocks_stay_below_the_producible_variance(seed, size):
    n, state, left = 5, np.ones(1), 5
    while left:
        block = min(size, left)
        state = np.kron(random_vector(1 << block, seed + left), state)
        left -= block
    assert variance_of(state) <= merit.producible_variance(n, size) * (1 + 1e-12)
    assert merit.entanglement_depth(variance_of(state), n) <= size


def test_variances_that_no_state_has_are_refused():
    with pytest.raises(InvalidRequest, match=r"above 4, got 4\.5"):
        merit.entanglement_depth(4.5, 4)
    with pytest.raises(InvalidRequest, match="must be 4 or less, got 5"):
        merit.producible_variance(4, 5)
    assert merit.producible_variance(4, 2, splitting=2.0) == pytest.approx(8.0)
