"""Angles, Fisher information and speed limits against closed forms and independent formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm, sqrtm

from qbcircuit import merit
from qbcircuit.errors import InvalidRequest
from tests.merit.states import random_density


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


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_fisher_information_is_how_fast_the_state_moves(seed):
    rho = random_density(4, seed)
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    drive = matrix + matrix.conj().T
    step = 1e-3
    moved = expm(-1j * drive * step)
    found = merit.fisher_information(rho, drive)
    angle = merit.bures_angle(rho, moved @ rho @ moved.conj().T)
    assert found == pytest.approx(4 * (angle / step) ** 2, rel=1e-3)
    mean, second = np.trace(drive @ rho).real, np.trace(drive @ drive @ rho).real
    assert found <= 4 * (second - mean**2) * (1 + 1e-12)


def test_fisher_information_of_products_pure_and_still_states():
    drive = np.array([[0, 1], [1, 0]])
    zero = np.diag([1.0, 0.0])
    assert merit.fisher_information(zero, drive) == pytest.approx(4.0)
    mixed = np.diag([0.7, 0.3])
    assert merit.fisher_information(mixed, drive) == pytest.approx(4 * 0.4**2)
    both = np.kron(drive, np.eye(2)) + np.kron(np.eye(2), drive)
    product = np.kron(mixed, zero)
    assert merit.fisher_information(product, both) == pytest.approx(4 * 0.4**2 + 4.0)
    # a passive state that commutes with the generator does not move
    assert merit.fisher_information(mixed, np.diag([0.0, 1.0])) == 0.0
    with pytest.raises(InvalidRequest, match=r"\(2, 2\) but the generator \(4, 4\)"):
        merit.fisher_information(zero, both)


def test_a_flip_arrives_in_the_mandelstam_tamm_time():
    assert merit.mandelstam_tamm_time(math.pi / 2, 1.0) == pytest.approx(math.pi / 2)
    assert merit.mandelstam_tamm_time(0.0, 0.0) == 0.0
    assert merit.mandelstam_tamm_time(0.1, 0.0) == math.inf
    assert merit.mean_energy_time(math.pi / 2, 1.0) == pytest.approx(math.pi / 2)
    assert merit.mean_energy_time(0.0, 0.0) == 0.0
    assert merit.mean_energy_time(0.1, 0.0) == math.inf


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), time=st.floats(0.01, 2.0))
def test_no_state_outruns_mandelstam_and_tamm(seed, time):
    rho = random_density(3, seed)
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    drive = matrix + matrix.conj().T
    mean, second = np.trace(drive @ rho).real, np.trace(drive @ drive @ rho).real
    moved = expm(-1j * drive * time)
    angle = merit.bures_angle(rho, moved @ rho @ moved.conj().T)
    assert merit.mandelstam_tamm_time(angle, math.sqrt(second - mean**2)) <= time * (1 + 1e-6)
