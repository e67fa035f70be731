"""Ising graphs and all-to-all couplings, cases G1, G2, G4 and G5; |0...0>, cell splittings.

G4 and G5: Lipkin-Meshkov-Glick and Moelmer-Soerensen batteries, cf. Dou et al., arXiv:2208.04831.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from qbcircuit import bounds, protocols
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint, norm
from qbcircuit.reference import first_maximum, simulate

C0, C1, C2 = Constraint.C0, Constraint.C1, Constraint.C2
TIMES = np.array([0.0, 0.17, 0.6, 1.3, math.pi / 2])

GRAPHS = [
    ("ring", 64, {}), ("path", 64, {}), ("complete", 64, {}), ("star", 64, {}), ("grid", 64, {}),
    ("petersen", 10, {}), ("bipartite-regular", 64, {"degree": 5}),
    ("random-regular", 64, {"degree": 3}), ("random-regular", 64, {"degree": 4, "seed": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "n", "options"), GRAPHS)
def test_g1_ising_graph(graph, n, options):
    """W = sum_j [1 - cos^(d_j)(2 J t)]/2: odd degrees fill at J t = pi/2, even ones only half."""
    protocol = protocols.ising_graph(Battery.qubits(n), graph=graph, strength=0.8, **options)
    degrees = Counter(site for term in protocol.evolutions[0].terms for site in term.sites)
    found = simulate(protocol, TIMES / 0.8)
    assert found.method == "commuting strings"
    expected = sum((1 - np.cos(2 * TIMES) ** degrees[j]) / 2 for j in range(n))
    np.testing.assert_allclose(found.work, expected, atol=1e-9)
    odd = sum(d % 2 for d in degrees.values())
    assert found.work[-1] == pytest.approx(odd, abs=1e-9)
    if not odd:
        assert simulate(protocol, np.linspace(0, 4, 400)).work.max() <= n / 2 + 1e-9


@pytest.mark.parametrize("degree", [1, 3, 5])
@pytest.mark.parametrize("n", [10, 64])
def test_g2_ising_regular_c0(n, degree, full_advantage):
    """Gamma_C0 = Gamma_C2 = 2/d, Gamma_C1 = sqrt(2/d): down with m as Theorem 2's bound goes up."""
    protocol = protocols.ising_graph(Battery.qubits(n), graph="bipartite-regular", degree=degree)
    assert norm(protocol) == (pytest.approx(n * degree / 2), "exact")
    assert full_advantage(protocol, C0) == pytest.approx(2 / degree, abs=1e-9)
    assert full_advantage(protocol, C2) == pytest.approx(2 / degree, abs=1e-9)
    assert full_advantage(protocol, C1) == pytest.approx(math.sqrt(2 / degree), abs=1e-9)
    assert protocol.participation == degree
    expected = math.pi / 2 * (4 * (degree - 1) + 2)
    assert bounds.theorem2(protocol).value == pytest.approx(expected)


@pytest.mark.parametrize("n", [2, 4, 7, 64])
def test_g4_lmg_ms(n):
    """W = (N/2)[1 - cos^(N-1)(chi t)]: full at chi t = pi for even N, N/2 at most for odd N."""
    protocol = protocols.all_to_all(Battery.qubits(n), strength=0.7)
    found = simulate(protocol, TIMES / 0.7).work
    np.testing.assert_allclose(found, n / 2 * (1 - np.cos(TIMES) ** (n - 1)), atol=1e-9)
    (last,) = simulate(protocol, math.pi / 0.7).work
    assert last == pytest.approx(0 if n % 2 else n, abs=1e-9)
    if n % 2:
        assert first_maximum(protocol).work == pytest.approx(n / 2, abs=1e-9)


@pytest.mark.parametrize("n", [2, 4, 8, 64])
def test_g5_lmg_gammas(n, full_advantage):
    """Gamma_C0 = 4/N (2/N for the printed norm), Gamma_C1 = sqrt(2/(N-1)), Gamma_C2 = 2."""
    protocol = protocols.all_to_all(Battery.qubits(n))
    shifted = full_advantage(protocol, C0)
    assert shifted == pytest.approx(4 / n, abs=1e-9)
    ratio = norm(protocol).value / norm(protocol, raw=True).value
    assert shifted * ratio == pytest.approx(2 / n, abs=1e-9)
    assert full_advantage(protocol, C1) == pytest.approx(math.sqrt(2 / (n - 1)), abs=1e-9)
    assert full_advantage(protocol, C2) == pytest.approx(2, abs=1e-9)
