"""Decay of stored charge against integrated master equations and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qbcircuit import merit
from qbcircuit.errors import InvalidRequest
from tests.merit.states import random_density


def lindblad(rho, operators, time):
    """The master equation with jump operators sqrt(rate) L, integrated as one matrix."""
    d = len(rho)
    unit = np.eye(d)
    total = np.zeros((d * d, d * d))
    for jump in operators:
        product = jump.conj().T @ jump
        total = total + np.kron(jump, jump.conj())
        total = total - (np.kron(product, unit) + np.kron(unit, product.T)) / 2
    return (expm(total * time) @ rho.reshape(-1)).reshape(d, d)


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    t1=st.floats(0.5, 5.0),
    share=st.floats(0.1, 1.0),
    delay=st.floats(0.0, 3.0),
)
def test_a_stored_state_solves_the_master_equation(seed, t1, share, delay):
    t2 = 2 * t1 * share
    rho, dimensions = random_density(6, seed), (3, 2)
    rate = 1 / t2 - 1 / (2 * t1)
    jumps = []
    for place, d in enumerate(dimensions):
        lowers = np.diag(np.sqrt(np.arange(1.0, d)), k=1)
        own = [lowers / math.sqrt(t1), np.diag(np.arange(float(d))) * math.sqrt(max(2 * rate, 0))]
        jumps += [np.kron(np.eye(2), one) if place == 0 else np.kron(one, np.eye(3)) for one in own]
    storage = merit.Storage(delay=delay, t1=t1, t2=t2)
    found = merit.stored_density(rho, dimensions, storage)
    np.testing.assert_allclose(found, lindblad(rho, jumps, delay), atol=1e-10)
    rows = merit.stored_populations(np.diag(rho).real, dimensions, storage)
    np.testing.assert_allclose(rows, np.diag(found).real, atol=1e-12)


def test_a_cell_loses_its_charge_with_t1_and_its_coherence_with_t2():
    rho = np.array([[0.3, 0.4j], [-0.4j, 0.7]])
    found = merit.stored_density(rho, [2], merit.Storage(delay=1.5, t1=2.0, t2=3.0))
    assert found[1, 1] == pytest.approx(0.7 * math.exp(-0.75))
    assert found[0, 1] == pytest.approx(0.4j * math.exp(-0.5))
    assert np.trace(found) == pytest.approx(1.0)


def test_without_decay_or_delay_nothing_is_lost():
    rho = random_density(4, 3)
    for storage in (merit.Storage(delay=5.0), merit.Storage(delay=0.0, t1=1.0, t2=1.0)):
        np.testing.assert_allclose(merit.stored_density(rho, [2, 2], storage), rho, atol=1e-12)


def test_a_charged_cell_becomes_passive_at_half_charge():
    levels = np.array([0.0, 1.0])
    for delay, left in ((0.0, 1.0), (1.0, 2 * math.exp(-1) - 1), (2.0, 0.0)):
        rho = merit.stored_density(np.diag([0.0, 1.0]), [2], merit.Storage(delay=delay, t1=1.0))
        assert merit.ergotropy(rho, levels) == pytest.approx(max(left, 0.0))


def test_what_storage_cannot_be():
    with pytest.raises(InvalidRequest, match="delay must be finite and not negative"):
        merit.Storage(delay=-1.0)
    with pytest.raises(InvalidRequest, match=r"T1 and T2 must be positive"):
        merit.Storage(delay=1.0, t1=0.0)
    with pytest.raises(InvalidRequest, match=r"at most 2 T1 = 4, got 5"):
        merit.Storage(delay=1.0, t1=2.0, t2=5.0)
    with pytest.raises(InvalidRequest, match="2 cells have 4 levels"):
        merit.stored_density(np.eye(2) / 2, [2, 2], merit.Storage(delay=1.0))
