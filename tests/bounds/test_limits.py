"""Bounds against the letter's values, and against what charging really reaches."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import bounds, merit, protocols
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term

HALF_PI = math.pi / 2


def thermal(n_cells, epsilon, splitting=1.0):
    start = ThermalStart(beta=epsilon / splitting)
    return Battery.qubits(n_cells, levels=(0.0, splitting), start=start)


def test_gamma_is_half_pi_from_ground_to_excited():
    # Campaioli et al., PRL 118, 150601 (2017).
    assert bounds.gamma(Battery.qubits(5)) == pytest.approx(HALF_PI)
    assert bounds.gamma(Battery.qubits(5, levels=(0.5, 3.0))) == pytest.approx(HALF_PI)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 4.0])
def test_gamma_of_a_thermal_start(epsilon):
    expected = HALF_PI / math.tanh(epsilon / 2)
    assert bounds.gamma(thermal(4, epsilon, splitting=2.0)) == pytest.approx(expected)


def test_gamma_at_partial_charge():
    battery = Battery.qubits(8, levels=(0.0, 2.0))
    for share in (0.2, 0.5, 0.9, 1.0):
        expected = math.asin(math.sqrt(share)) / share
        assert bounds.gamma(battery, work=share * 16) == pytest.approx(expected)


def test_gamma_is_none_where_parallel_charging_deposits_nothing():
    assert bounds.gamma(Battery.qubits(2, start="11")) is None
    assert bounds.gamma(thermal(2, 0.0)) is None
    assert bounds.gamma(Battery.qubits(2), work=0.0) is None
    with pytest.raises(InvalidRequest, match="works from 0 to 2"):
        bounds.gamma(Battery.qubits(2), work=2.5)


def test_rows_of_disjoint_and_overlapping_protocols():
    battery = Battery.qubits(12)
    blocks = protocols.blocks(battery, order=3, field=0.2)
    row = bounds.bounds_for(blocks, Constraint.C0)
    assert row == {
        "gamma": pytest.approx(HALF_PI),
        "order": pytest.approx(3 * HALF_PI),
        "theorem1": pytest.approx(3 * HALF_PI),
        "theorem2": pytest.approx(3 * HALF_PI),
        "speed_limit": None,
    }
    windows = protocols.windows(battery, order=3)
    row = bounds.bounds_for(windows, Constraint.C0)
    # m = 3: k^2 (m - 1) + k = 21.
    assert row["theorem1"] is None
    assert row["theorem2"] == pytest.approx(21 * HALF_PI)
    assert row["order"] == pytest.approx(3 * HALF_PI)
    row = bounds.bounds_for(windows, Constraint.C1)
    assert [row[key] for key in ("order", "theorem1", "theorem2")] == [None] * 3
    assert row["speed_limit"] == pytest.approx(math.sqrt(12))
    for constraint in (Constraint.C2, Constraint.NONE):
        row = bounds.bounds_for(windows, constraint)
        assert row.pop("gamma") == pytest.approx(HALF_PI)
        assert set(row.values()) == {None}


def test_theorem2_reduces_to_theorem1_for_disjoint_terms():
    for name, k in (("blocks", 4), ("transition-blocks", 3)):
        protocol = protocols.build(name, Battery.qubits(8), order=k)
        assert bounds.theorem2(protocol).value == bounds.theorem1(protocol).value


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_speed_limit_of_a_thermal_start(epsilon):
    # beta sqrt(N) L_1/L_N with beta = T_par Delta E / L_1, L_n from dense density matrices.
    n = 3
    cell = np.diag([1.0, math.exp(-epsilon)]) / (1 + math.exp(-epsilon))
    flipped = cell[::-1, ::-1]
    rho, sigma = cell, flipped
    for _ in range(n - 1):
        rho, sigma = np.kron(rho, cell), np.kron(sigma, flipped)
    single, many = merit.bures_angle(cell, flipped), merit.bures_angle(rho, sigma)
    beta = HALF_PI / single
    protocol = protocols.global_charging(thermal(n, epsilon))
    value = bounds.speed_limit(protocol).value
    assert value == pytest.approx(beta * math.sqrt(n) * single / many, rel=1e-9)
    # Proposition 1: sqrt(N) is reached from every thermal start.
    assert value >= math.sqrt(n)
    informative = bounds.speed_limit(protocol, Constraint.C2).value
    assert informative == pytest.approx(beta * n * single / many, rel=1e-9)


def test_speed_limit_is_silent_where_it_says_nothing():
    steps = (Evolve(terms=(Term("X", (0,)),), duration=1.0), Evolve(terms=(Term("Y", (0,)),)))
    driven = ChargingProtocol(battery=Battery.qubits(1), schedule=steps)
    assert bounds.speed_limit(driven, Constraint.C2).value is None
    assert bounds.speed_limit(driven).value == pytest.approx(1.0)
    assert bounds.speed_limit(protocols.parallel(thermal(2, 0.0))).value is None
    with pytest.raises(InvalidRequest, match="under C1 or C2, got C0"):
        bounds.speed_limit(driven, Constraint.C0)


def test_block_advantage_also_where_k_does_not_divide_n():
    # Derived from the letter's model: N/ceil(N/k), under C1 its root.
    assert bounds.block_advantage(12, 5, Constraint.C0) == pytest.approx(4.0)
    assert bounds.block_advantage(12, 5, Constraint.C2) == pytest.approx(4.0)
    assert bounds.block_advantage(12, 7, Constraint.C1) == pytest.approx(math.sqrt(6))
    assert bounds.block_advantage(4, 2, Constraint.NONE) is None
    with pytest.raises(InvalidRequest, match=r"k=5 is not within the number of cells N=4"):
        bounds.block_advantage(4, 5, Constraint.C0)


def test_the_readers_table_names_conditions_and_references():
    limits = bounds.theory_limits(protocols.windows(Battery.qubits(8), order=2))
    assert [limit.name for limit in limits] == [
        "gamma",
        "order bound",
        "Theorem 1",
        "Theorem 2",
        "speed limit (C1)",
        "speed limit (C2)",
        "reached by blocks (C0)",
        "reached by blocks (C1)",
        "reached by blocks (C2)",
    ]
    assert all(limit.condition and limit.reference for limit in limits)
    assert limits[2].value is None


PAULIS = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), order=st.integers(1, 3))
def test_the_order_bound_holds_for_random_k_body_hamiltonians(seed, order):
    """The inequality behind it: ‖[I, H]‖ <= k Delta (l_max - l_min)/2."""
    rng = np.random.default_rng(seed)
    hamiltonian = np.zeros((8, 8), dtype=complex)
    for letters in itertools.product("IXYZ", repeat=3):
        if 0 < 3 - letters.count("I") <= order:
            product = np.eye(1)
            for letter in letters:
                product = np.kron(product, PAULIS[letter])
            hamiltonian += rng.normal() * product
    battery = Battery.qubits(3, levels=(0.0, 1.5))
    energy = np.diag([1.5 * index.bit_count() for index in range(8)])
    speed = np.linalg.norm(energy @ hamiltonian - hamiltonian @ energy, 2)
    width = np.ptp(np.linalg.eigvalsh(hamiltonian)) / 2
    assert speed <= order * battery.splitting * width * (1 + 1e-12)
