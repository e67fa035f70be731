"""Figures of merit against closed forms, limits and independent formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm, sqrtm
from scipy.stats import unitary_group

from qbcircuit import merit, protocols
from qbcircuit.battery import Battery, Site, ThermalStart
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import simulate


def random_density(dimension, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(dimension, dimension)) + 1j * rng.normal(size=(dimension, dimension))
    rho = matrix @ matrix.conj().T
    return rho / np.trace(rho)


def test_parallel_power_constants_are_the_maximum_of_sine_squared_over_t():
    time, power = merit.PARALLEL_POWER_TIME, merit.PARALLEL_POWER
    assert time == pytest.approx(1.165561, abs=1e-6)
    assert power == pytest.approx(0.724611, abs=1e-6)
    times = np.linspace(0.01, 3, 200_001)
    assert np.max(np.sin(times) ** 2 / times) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("start", ["ground", "0100", ThermalStart(beta=0.7)])
def test_parallel_crossing_time_is_where_the_curve_is(start):
    battery = Battery.qubits(4, levels=(0.5, 2.0), start=start)
    full = merit.parallel_capacity(battery)
    for fraction in (0.0, 0.3, 0.9, 1.0):
        time = merit.parallel_crossing_time(battery, fraction * full, strength=2.0)
        # One cell at a time: exp(-iXt) moves sin^2(t) of the population imbalance.
        unitary = expm(-2j * time * np.array([[0, 1], [1, 0]]))
        work = 0.0
        for before in battery.start_populations:
            after = np.real(np.diag(unitary @ np.diag(before) @ unitary.conj().T))
            work += 1.5 * (after[1] - before[1])
        assert work == pytest.approx(fraction * full, abs=1e-9)


def test_parallel_capacity_of_a_thermal_battery():
    battery = Battery.qubits(3, levels=(0.0, 2.0), start=ThermalStart(beta=0.4))
    assert merit.parallel_capacity(battery) == pytest.approx(3 * 2 * math.tanh(0.4), rel=1e-12)


def test_parallel_crossing_refuses_what_is_never_reached():
    battery = Battery.qubits(4)
    with pytest.raises(InvalidRequest, match=r"works from 0 to 4 from this start, got 4\.5"):
        merit.parallel_crossing_time(battery, 4.5)
    with pytest.raises(InvalidRequest, match=r"works from 0 to 0 from this start"):
        merit.parallel_crossing_time(Battery.qubits(2, start="11"), 1.0)
    with pytest.raises(InvalidRequest, match="got nan"):
        merit.parallel_crossing_time(battery, math.nan)


def test_parallel_charging_swaps_the_outer_levels():
    qutrit = Battery(sites=(Site(levels=(0.0, 1.0, 2.5)),), start=ThermalStart(beta=1.0))
    low, _, top = qutrit.start_populations[0]
    found = simulate(protocols.parallel(qutrit), [0.4, math.pi / 2]).work
    full = 2.5 * (low - top)
    assert merit.parallel_capacity(qutrit) == pytest.approx(full)
    np.testing.assert_allclose(found, full * np.sin([0.4, math.pi / 2]) ** 2, atol=1e-12)
    assert merit.parallel_crossing_time(qutrit, found[0]) == pytest.approx(0.4)


def test_work_moments_of_parallel_charging_are_binomial():
    n, p = 6, math.sin(0.4) ** 2
    weights = [math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    mean, variance = merit.work_moments(range(n + 1), weights)
    assert mean == pytest.approx(n * p)
    assert variance == pytest.approx(n * p * (1 - p))
    with pytest.raises(InvalidRequest, match=r"sum of 0\.5"):
        merit.work_moments([0, 1], [0.25, 0.25])


def test_half_chain_renyi_of_the_double_excitation_chain():
    # Le et al. chain, N = 4, g = 1: values recomputed by an independent code.
    raising = np.array([[0, 0], [1, 0]])
    chain = np.zeros((16, 16))
    for j in range(3):
        pair = np.kron(np.kron(np.eye(2 ** (2 - j)), np.kron(raising, raising)), np.eye(2**j))
        chain += pair + pair.T
    for time, expected in [
        (0.3, 0.1638051510917348),
        (0.7, 0.5752754953023134),
        (1.0, 0.8467908427695897),
    ]:
        state = expm(-1j * chain * time)[:, 0]
        assert merit.renyi2(state, [0, 1]) == pytest.approx(expected, abs=1e-10)


def test_purity_picks_the_named_cells_little_endian():
    # Cell 2 in a product with a Bell pair of cells 0 and 1: (|00> + |11>)/sqrt 2, cell 2 in |1>.
    state = np.zeros(8)
    state[0b100] = state[0b111] = math.sqrt(0.5)
    assert merit.purity(state, [2]) == pytest.approx(1.0)
    assert merit.purity(state, [0]) == pytest.approx(0.5)
    assert merit.purity(state, [0, 1]) == pytest.approx(1.0)
    assert merit.purity(state) == pytest.approx(1.0)
    with pytest.raises(InvalidRequest, match=r"cells 0\.\.2"):
        merit.purity(state, [3])
    with pytest.raises(InvalidRequest, match="2\\^N entries, got 3"):
        merit.purity(np.ones(3))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), cells=st.sets(st.integers(0, 2), min_size=1))
def test_purity_of_vector_and_density_matrix_agree_and_complements_match(seed, cells):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=8) + 1j * rng.normal(size=8)
    state /= np.linalg.norm(state)
    rho = np.outer(state, state.conj())
    value = merit.purity(state, cells)
    assert value == pytest.approx(merit.purity(rho, cells), abs=1e-12)
    # Schmidt: both halves of a pure state have the same purity.
    assert value == pytest.approx(merit.purity(state, {0, 1, 2} - cells), abs=1e-12)


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


def test_bures_angle_of_known_pairs():
    zero, one = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    assert merit.bures_angle(zero, one) == pytest.approx(math.pi / 2)
    assert merit.bures_angle(zero, zero) == pytest.approx(0.0, abs=1e-7)
    angle = 0.3
    turned = np.array([math.cos(angle), math.sin(angle)])
    assert merit.bures_angle(zero, np.outer(turned, turned)) == pytest.approx(angle)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**31))
def test_bures_angle_is_uhlmanns_and_symmetric(seed):
    rho, sigma = random_density(3, seed), random_density(3, seed + 1)
    root = sqrtm(rho)
    fidelity = np.real(np.trace(sqrtm(root @ sigma @ root))) ** 2
    assert merit.bures_angle(rho, sigma) == pytest.approx(math.acos(math.sqrt(fidelity)), abs=1e-7)
    assert merit.bures_angle(sigma, rho) == pytest.approx(merit.bures_angle(rho, sigma), abs=1e-7)


def test_product_bures_angle_is_the_angle_of_the_product():
    first, second = [(0.8, 0.2), (0.6, 0.4)], [(0.2, 0.8), (0.5, 0.5)]
    rho = np.diag(np.kron(*first))
    sigma = np.diag(np.kron(*second))
    assert merit.product_bures_angle(first, second) == pytest.approx(
        merit.bures_angle(rho, sigma), abs=1e-9
    )
