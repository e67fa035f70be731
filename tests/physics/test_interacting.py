"""Batteries of interacting cells: cases T1 and Q2."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.reference import simulate

TIMES = np.linspace(0, 3, 16)


@pytest.mark.parametrize(("h0", "h1"), [(0.6, 0.0), (0.5, 2.0), (1.5, 0.3)])
def test_t1_tfim_quench(h0, h1):
    """N = 8 on a ring: sum_(k>0) 2 e0(k)(1 - cos^2 theta_k) sin^2(e1(k) t).

    e = 2 |(J sin k, h - J cos k)|, k = (2n + 1) pi/N. Grazi et al., arXiv:2503.20424.
    """
    n, coupling = 8, 1.0
    protocol = protocols.tfim_quench(
        Battery.qubits(n, levels=(-h0, h0)), coupling=coupling, charger_field=h1,
        boundary="periodic",
    )  # fmt: skip
    expected = np.zeros(len(TIMES))
    for k in (2 * np.arange(n // 2) + 1) * math.pi / n:
        before, after = (
            np.array([coupling * math.sin(k), h - coupling * math.cos(k)]) for h in (h0, h1)
        )
        e0, e1 = 2 * np.linalg.norm(before), 2 * np.linalg.norm(after)
        cosine = 4 * before @ after / (e0 * e1)
        expected += 2 * e0 * (1 - cosine**2) * np.sin(e1 * TIMES) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-8)
    assert expected.max() > 0.5


@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("reach", ["nearest", "power-law", "all-to-all"])
def test_q2_le_xxx(n, reach):
    """Isotropic couplings drop out: W(pi/2w) is that of cells that do not interact.

    Le et al., PRA 97, 022106 (2018), arXiv:1712.03559.
    """
    options = {"reach": reach, "strength": 0.8, "coupling": 0.9}
    isotropic = protocols.driven_spin_chain(Battery.qubits(n), anisotropy=1.0, **options)
    alone = protocols.parallel(Battery.qubits(n), strength=0.8)
    times = [0.5, 1.1, math.pi / 1.6]
    found, expected = simulate(isotropic, times).work, simulate(alone, times).work
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert found[-1] == pytest.approx(n, abs=1e-9)
    ising = protocols.driven_spin_chain(Battery.qubits(n), anisotropy=0.0, **options)
    assert abs(simulate(ising, times).work[-1] - n) > 0.1
