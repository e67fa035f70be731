"""Cells charged by other sites: cases S1 and B3. Energies of the cell, in its splitting."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import merit, protocols
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint
from qbcircuit.reference import first_maximum, reduced_states, simulate

TIMES = np.linspace(0, 2.2, 12)


@pytest.mark.parametrize("n", [1, 3, 9, 100])
def test_s1_star(n):
    """W = sin^2(g sqrt(n) t): sqrt(n) times as fast at fixed g, but 2 sqrt(n)/(n + 1) under C0.

    Star of Joshi and Mahesh, PRA 106, 042601 (2022), arXiv:2112.15437.
    """
    protocol = protocols.star(Battery.qubits(1), chargers=n)
    found = simulate(protocol, TIMES / math.sqrt(n)).work
    np.testing.assert_allclose(found, np.sin(TIMES) ** 2, atol=1e-9)
    peak = first_maximum(protocol)
    assert peak.work == pytest.approx(1, abs=1e-9)
    assert math.pi / 2 / peak.time == pytest.approx(math.sqrt(n), abs=1e-9)


@pytest.mark.parametrize("n", [1, 3, 5, 7])
def test_s1_star_under_constraints(n, full_advantage):
    protocol = protocols.star(Battery.qubits(1), chargers=n)
    expected = 2 * math.sqrt(n) / (n + 1)
    assert full_advantage(protocol, Constraint.C0) == pytest.approx(expected, abs=1e-9)
    assert full_advantage(protocol, Constraint.C1) == pytest.approx(1, abs=1e-9)


def test_b3_exchange_ergotropy():
    """E = sin^2(g t), ergotropy max(0, 2 sin^2(g t) - 1): Andolina et al., PRB 98, 205423."""
    protocol = protocols.mediated(Battery.qubits(1), mediators=0)
    energy = np.sin(TIMES) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, energy, atol=1e-9)
    found = [merit.ergotropy(state, [0, 1]) for state in reduced_states(protocol, TIMES)]
    np.testing.assert_allclose(found, np.maximum(0, 2 * energy - 1), atol=1e-9)
