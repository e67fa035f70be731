"""The operator of the power against dense commutators, and its norm against Bernstein's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import generator_extremes, power_extremes, power_terms
from qbcircuit.starts import BasisStart
from qbcircuit.terms import MODE_LETTERS, Term
from tests.reference.test_levels import random_levels_protocol


def dense_power(protocol, step):
    energy = testing.energy_matrix(protocol.battery)
    drive = testing.dense_hamiltonian(step.terms, protocol.battery.dimensions)
    return 1j * (drive @ energy - energy @ drive)


def has_modes(step):
    return any(not MODE_LETTERS.isdisjoint(term.operators) for term in step.terms)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_power_operator_is_the_dense_commutator(seed):
    protocol = random_levels_protocol(np.random.default_rng(seed), "basis")
    for index, step in enumerate(protocol.evolutions):
        expected = dense_power(protocol, step)
        if has_modes(step):
            continue
        terms = power_terms(protocol.battery, step.terms)
        found = testing.dense_hamiltonian(terms, protocol.battery.dimensions)
        np.testing.assert_allclose(found, expected, atol=1e-12)
        low, high, kind = power_extremes(protocol, index)
        levels = np.linalg.eigvalsh(expected)
        if kind == "exact":
            assert (low, high) == (
                pytest.approx(levels[0], abs=1e-9),
                pytest.approx(levels[-1], abs=1e-9),
            )
        else:
            assert high >= levels[-1] - 1e-9 and low <= levels[0] + 1e-9


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_bernstein_bounds_it_by_order_splitting_and_width(seed):
    """‖[I,H]‖ <= k Delta min_c‖H-c‖ on dense matrices, any levels."""
    protocol = random_levels_protocol(np.random.default_rng(seed), "basis")
    for step in protocol.evolutions:
        drive = testing.dense_hamiltonian(step.terms, protocol.battery.dimensions)
        width = np.ptp(np.linalg.eigvalsh(drive)) / 2
        order = max(len(set(term.sites) & set(protocol.battery.cells)) for term in step.terms)
        speed = np.linalg.norm(dense_power(protocol, step), 2)
        assert speed <= order * protocol.battery.splitting * width * (1 + 1e-9) + 1e-12


def test_a_mode_is_judged_on_the_sector_that_is_reached():
    # N = 1: |1, n=0> and |0, n=1> make one two-level system with coupling g.
    sites = (Site(levels=(0.0, 1.5)), Site(levels=(0.0,) * 4, role=Role.MODE))
    battery = Battery(sites=sites, start=BasisStart(levels=(0, 1)))
    protocol = ChargingProtocol.constant(battery, [Term(("+", "a"), (0, 1), 0.7)])
    assert power_extremes(protocol) == (pytest.approx(-1.05), pytest.approx(1.05), "exact")
    assert generator_extremes(protocol).high == pytest.approx(0.7)


def test_interacting_cells_have_no_power_operator_here():
    battery = replace(Battery.qubits(2), interactions=(Term("XX", (0, 1)),))
    with pytest.raises(InvalidRequest, match="cells that do not interact"):
        power_extremes(ChargingProtocol.constant(battery, [Term("X", (0,))]))


def test_many_cells_need_no_dense_matrix():
    protocol = protocols.blocks(Battery.qubits(60), order=4)
    found = power_extremes(protocol)
    assert (found.high, found.kind) == (pytest.approx(60.0), "exact")
