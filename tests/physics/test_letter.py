"""The founding letter, Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.

Cases L1 to L11, and Q1 of Binder et al., New J. Phys. 17, 075015 (2015), arXiv:1503.07005.
Energies in cell splittings, I = sum (1 - Z)/2, start |0...0> unless said.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import bounds, protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint, normalise
from qbcircuit.merit import parallel_crossing_time
from qbcircuit.reference import extreme_energies, first_maximum, simulate
from qbcircuit.starts import ThermalStart

C0, C1, C2 = Constraint.C0, Constraint.C1, Constraint.C2


@pytest.mark.parametrize("n", [1, 6, 50])
def test_l1_parallel(n):
    """T = pi/2, W = N, P = 2N/pi."""
    peak = first_maximum(protocols.parallel(Battery.qubits(n)))
    assert (peak.time, peak.work) == pytest.approx((math.pi / 2, n), abs=1e-9)
    assert peak.work / peak.time == pytest.approx(2 * n / math.pi, abs=1e-9)


@pytest.mark.parametrize("n", [2, 5, 12])
@pytest.mark.parametrize("epsilon", [None, 0.3, 2.0])
def test_l2_global_c1(n, epsilon):
    """Gamma_C1 = sqrt(N) from any thermal product state; W = N tanh(epsilon/2)."""
    start = "ground" if epsilon is None else ThermalStart(beta=epsilon)
    share = 1.0 if epsilon is None else math.tanh(epsilon / 2)
    peak = first_maximum(normalise(protocols.global_charging(Battery.qubits(n, start=start)), C1))
    assert peak.work == pytest.approx(n * share, abs=1e-9)
    assert math.pi / 2 / peak.time == pytest.approx(math.sqrt(n), abs=1e-9)


@pytest.mark.parametrize("n", [2, 5, 12])
@pytest.mark.parametrize("constraint", [C0, C2])
def test_l3_global_c2c0(n, constraint, full_advantage):
    """Gamma_C0 = Gamma_C2 = N."""
    protocol = protocols.global_charging(Battery.qubits(n))
    assert full_advantage(protocol, constraint) == pytest.approx(n, abs=1e-9)


@pytest.mark.parametrize("build", [protocols.blocks, protocols.transition_blocks])
@pytest.mark.parametrize(("n", "k"), [(6, 1), (6, 2), (12, 3), (12, 12)])
@pytest.mark.parametrize("case", ["L4_blocks_C0", "L5_blocks_C1"])
def test_l4_l5_blocks(build, n, k, case, full_advantage):
    """Gamma_C0 = Gamma_C2 = k, Gamma_C1 = sqrt(k) where k divides N."""
    protocol = build(Battery.qubits(n), order=k)
    if case == "L5_blocks_C1":
        assert full_advantage(protocol, C1) == pytest.approx(math.sqrt(k), abs=1e-9)
        return
    assert full_advantage(protocol, C0) == pytest.approx(k, abs=1e-9)
    assert full_advantage(protocol, C2) == pytest.approx(k, abs=1e-9)


@pytest.mark.parametrize(("n", "k"), [(5, 2), (7, 3), (8, 5), (11, 4)])
def test_l6_blocks_nondiv(n, k, full_advantage):
    """N/ceil(N/k) under C0 and C2, its root under C1."""
    ratio = n / math.ceil(n / k)
    for build in (protocols.blocks, protocols.transition_blocks):
        protocol = build(Battery.qubits(n), order=k)
        assert full_advantage(protocol, C0) == pytest.approx(ratio, abs=1e-9)
        assert full_advantage(protocol, C2) == pytest.approx(ratio, abs=1e-9)
        assert full_advantage(protocol, C1) == pytest.approx(math.sqrt(ratio), abs=1e-9)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 5.0])
def test_l7_gamma(epsilon):
    """gamma = Delta E T/W_1: pi/2, and (pi/2) coth(epsilon/2) for thermal cells."""
    assert bounds.gamma(Battery.qubits(4)) == pytest.approx(math.pi / 2, abs=1e-9)
    thermal = Battery.qubits(4, start=ThermalStart(beta=epsilon))
    expected = math.pi / 2 / math.tanh(epsilon / 2)
    assert bounds.gamma(thermal) == pytest.approx(expected, abs=1e-9)


@given(
    st.integers(2, 6),
    st.integers(1, 3),
    st.sampled_from(["flip", "transition", "haar"]),
    st.integers(0, 2**16),
)
@settings(deadline=None, max_examples=25)
def test_l8_thm1(n, k, gate, seed):
    """Gamma_C0 < gamma k for disjoint blocks dealt anew at every step, at every time."""
    k = min(k, n)
    protocol = protocols.layered_circuit(
        Battery.qubits(n), order=k, gate=gate, steps=3, duration=0.6, seed=seed
    )
    assert bounds.theorem1(protocol).value == pytest.approx(k * math.pi / 2)
    spent, begin, works = 0.0, 0.0, []
    for step in protocol.evolutions:
        low, high, kind = extreme_energies(step.terms, n)
        assert kind == "exact"
        for share in (0.5, 1.0):
            (work,) = simulate(protocol, begin + share * step.duration).work
            cost = spent + share * step.duration * (high - low) / 2
            works.append((work, cost))
        begin, spent = begin + step.duration, works[-1][1]
    assert max(work for work, _ in works) > 0.1
    for work, cost in works:
        if work > 1e-9:
            reached = n * parallel_crossing_time(protocol.battery, work) / cost
            assert reached <= bounds.theorem1(protocol, work=work).value + 1e-9


@pytest.mark.parametrize(("k", "m"), [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_l9_thm2(k, m, advantage):
    """gamma k (k(m - 1) + 1) for windows, which stay far below it."""
    protocol = protocols.windows(Battery.qubits(8), order=k)
    assert protocol.participation == m
    value = bounds.theorem2(protocol).value
    assert value == pytest.approx(math.pi / 2 * k * (k * (m - 1) + 1))
    assert advantage(protocol, C0) < value


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_l10_conj1(n, k, seed):
    """|[I, H]| <= k Delta min_c |H - c| for any k-body H, so that Gamma_C0 <= gamma k."""
    rng = np.random.default_rng(seed)
    battery = Battery.qubits(n, levels=(0.0, 1.7))
    terms = [testing.random_term(rng, n, int(rng.integers(1, min(k, n) + 1))) for _ in range(6)]
    order = max(term.order for term in terms)
    matrix, internal = testing.dense_hamiltonian(terms, n), testing.energy_matrix(battery)
    energies = np.linalg.eigvalsh(matrix)
    commutator = np.linalg.norm(internal @ matrix - matrix @ internal, 2)
    assert commutator <= order * 1.7 * (energies[-1] - energies[0]) / 2 + 1e-9


# Largest |[I, V]|/(k |V|) in samples of Haar logarithms and GUE matrices: indicative. That none
# exceeds 1 is the claim.
SAMPLES = {
    "L11_haar_N3k2": (3, 2, 0.8332),
    "L11_haar_N4k2": (4, 2, 0.8371),
    "L11_haar_N4k3": (4, 3, 0.6062),
    "L11_haar_N6k2": (6, 2, 0.6224),
}


@pytest.mark.parametrize("case", SAMPLES)
def test_l11_haar(case):
    """No counterexample to Conjecture 1 among random k-local Hamiltonians."""
    n, k, indicative = SAMPLES[case]
    times = np.linspace(0.05, math.pi, 40)
    largest = 0.0
    for ensemble in ("haar", "gue"):
        sample = protocols.sample_k_local(
            Battery.qubits(n), order=k, count=200, times=times, ensemble=ensemble
        )
        assert sample.bound_ratios.max() <= 1
        largest = max(largest, sample.bound_ratios.max())
        share = sample.work / n
        gamma = np.arcsin(np.sqrt(np.clip(share, 0, 1))) / np.maximum(share, 1e-12)
        assert (sample.advantages <= gamma * k).all()
        assert sample.work.max() > 0.5 * n
    assert largest == pytest.approx(indicative, rel=0.2)


@pytest.mark.parametrize("n", [1, 3, 8])
def test_q1_binder(n, full_advantage):
    """|1...1><0...0| + h.c. charges every cell with N times the power of parallel charging."""
    protocol = protocols.transition_blocks(Battery.qubits(n), order=n)
    assert protocol.n_interactions == 1
    assert full_advantage(protocol, C0) == pytest.approx(n, abs=1e-9)
