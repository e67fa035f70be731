"""The double-excitation chain, H = g sum_j (s+_j s+_(j+1) + h.c.), open, from |0...0>: cases H.

Model of Hu et al., arXiv:2602.08610; numbers recomputed here, in units of g and of the splitting.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
from qbcircuit.constraints import Constraint, norm
from qbcircuit.merit import PARALLEL_POWER, purity
from qbcircuit.reference import best_average_power, first_maximum, reduced_states, simulate
from qbcircuit.testing import in_place


def chain(n):
    return protocols.double_excitation(Battery.qubits(n))


# Norm; time and energy per cell of the first maximum; time, energy per cell and power of the best
# average power; its ratio to parallel charging under C0 and C1.
H_DECHAIN = {
    2: (1.0, 1.570796, 1.0, 1.165561, 0.844579, 1.449223, 2.0, 1.414214),
    3: (1.414214, 1.110721, 0.666667, 0.824176, 0.563053, 2.04951, 2.0, 1.154701),
    4: (2.236068, 1.088701, 0.676227, 0.781376, 0.562298, 2.8785, 1.776544, 1.146754),
    6: (3.493959, 1.037182, 0.679015, 0.743041, 0.563968, 4.553994, 1.798745, 1.147431),
    8: (4.75877, 1.014756, 0.682843, 0.727209, 0.567219, 6.239953, 1.809595, 1.150753),
    10: (6.026674, 1.002148, 0.685757, 0.718592, 0.56979, 7.929253, 1.815722, 1.153469),
    12: (7.29623, 0.994097, 0.687938, 0.71318, 0.571735, 9.62004, 1.819589, 1.155539),
    20: (12.38149, 0.978829, 0.692832, 0.703086, 0.576129, 16.388568, 1.826682, 1.16023),
    200: (126.961877, 0.959913, 0.700465, 0.690838, 0.583001, 168.780944, 1.834615, 1.167553),
}


@pytest.mark.parametrize("n", H_DECHAIN)
def test_h_dechain(n, power_ratio):
    protocol = chain(n)
    width, peak_time, peak, best_time, best, power, ratio_c0, ratio_c1 = H_DECHAIN[n]
    assert norm(protocol) == (pytest.approx(width, abs=1e-5), "exact")
    found = first_maximum(protocol)
    assert (found.time, found.work / n) == pytest.approx((peak_time, peak), abs=1e-5)
    assert found.ill_posed is None
    assert best_average_power(protocol) == pytest.approx((best_time, power), abs=1e-5)
    assert simulate(protocol, best_time).work[0] / n == pytest.approx(best, abs=1e-5)
    assert power_ratio(protocol, Constraint.C0) == pytest.approx(ratio_c0, abs=1e-5)
    assert power_ratio(protocol, Constraint.C1) == pytest.approx(ratio_c1, abs=1e-5)


def test_h_dechain_inf():
    """In the bulk W/N = [1 - J_0(4 g t)]/2, the norm is 2/pi a cell, the ratio under C0 1.835363.

    First maximum 0.701380 at g t = 0.957926, best average power 0.846656 at 0.689565: one more
    cell of a long chain adds just that.
    """
    times = np.array([0.689565, 0.957926])
    power, peak = simulate(chain(301), times).work - simulate(chain(300), times).work
    bessel = np.array([0.5 - power, 0.5 - peak]) * 2
    # J_0 by its integral over the bulk's momenta
    angles = (np.arange(4000) + 0.5) * math.pi / 4000
    expected = np.cos(4 * times[:, None] * np.sin(angles)).mean(axis=1)
    np.testing.assert_allclose(bessel, expected, atol=1e-6)
    assert peak == pytest.approx(0.701380, abs=1e-5)
    assert power / times[0] == pytest.approx(0.846656, abs=1e-5)
    width = (norm(chain(302)).value - norm(chain(300)).value) / 2
    assert width == pytest.approx(2 / math.pi, abs=1e-4)
    assert power / times[0] / width / PARALLEL_POWER == pytest.approx(1.835363, abs=1e-4)


def test_h_dechain_scaling():
    """The log-log exponent 1.0813 of the best power over N = 2...12 is an effect of the ends."""
    sizes = np.arange(2, 13)
    powers = [best_average_power(chain(int(n)))[1] for n in sizes]
    assert np.polyfit(np.log(sizes), np.log(powers), 1)[0] == pytest.approx(1.0813, abs=1e-3)
    longer = [best_average_power(chain(n))[1] for n in (100, 200)]
    assert math.log2(longer[1] / longer[0]) < 1.01


# Errors of the work at g t = 0.7, N = 4, of the formulas of order 1 and 2 between even and odd
# bonds, by the number of steps: the first order already falls as their square.
EXACT_WORK = 1.9915122187849006
H_TROTTER = {
    1: (-0.1903681913508124, -0.04107963057580477),
    2: (-0.04721938721914665, -0.009897247025393963),
    4: (-0.011772865428037349, -0.002451668293468101),
    8: (-0.002941094848940118, -0.0006115121638208265),
    16: (-0.0007351392510770438, -0.0001527903956928256),
}


@pytest.mark.parametrize("target", ["all-to-all", "line"])
@pytest.mark.parametrize("steps", H_TROTTER)
def test_h_trotter_n4(steps, target):
    protocol = chain(4)
    assert simulate(protocol, 0.7).work[0] == pytest.approx(EXACT_WORK, abs=1e-9)
    charged = np.bitwise_count(np.arange(16))
    for formula, expected in zip((1, 2), H_TROTTER[steps], strict=True):
        plan = compile_protocol(protocol, times=0.7, formula=formula, steps=steps, target=target)
        assert plan.compilation.steps == steps
        state = Statevector(in_place(plan, plan.experiments[0])).data
        assert charged @ np.abs(state) ** 2 - EXACT_WORK == pytest.approx(expected, abs=1e-9)


def test_h_renyi_n4():
    """Renyi-2 entropy of half the cells, in nats."""
    times = [0.3, 0.7, 1.0]
    halves = reduced_states(chain(4), times, sites=[0, 1])
    found = [-math.log(purity(state)) for state in halves]
    expected = [0.1638051510917348, 0.5752754953023134, 0.8467908427695897]
    np.testing.assert_allclose(found, expected, atol=1e-9)
