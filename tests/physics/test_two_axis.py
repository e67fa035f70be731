"""Pairing of all with all, H = (chi/2)(J+^2 + J-^2): cases N4 and N5; numbers recomputed here.

What C1 allows grows with N at k = 2; what C0 allows falls.
"""

from __future__ import annotations

import math

import pytest

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint, cost
from qbcircuit.merit import PARALLEL_POWER
from qbcircuit.reference import best_average_power, first_maximum

C0, C1 = Constraint.C0, Constraint.C1

# Power ratio under C1 and C0, and the largest work over N.
TWO_AXIS = {
    2: (1.4142, 2.0, 1.0),
    4: (1.4142, 2.0, 1.0),
    6: (1.425, 1.7114, 0.8805),
    8: (1.4953, 1.5517, 0.8954),
    10: (1.5738, 1.4523, 0.88),
    12: (1.6495, 1.3829, 0.8788),
    16: (1.7895, 1.291, 0.8793),
    20: (1.9155, 1.2312, 0.883),
    32: (2.2344, 1.1286, 0.8973),
    64: (2.8581, 1.0157, 0.924),
    128: (3.7138, 0.9308, 0.9472),
    256: (4.879, 0.8636, 0.9645),
}


@pytest.mark.parametrize("n", TWO_AXIS)
def test_n4_c1_twoaxis(n):
    protocol = protocols.two_axis(Battery.qubits(n))
    ratio_c1, ratio_c0, share = TWO_AXIS[n]
    _, power = best_average_power(protocol)
    for constraint, expected in ((C1, ratio_c1), (C0, ratio_c0)):
        scale = constraint.budget(n) / cost(protocol, constraint)
        assert scale * power / (PARALLEL_POWER * n) == pytest.approx(expected, abs=1e-3)
    assert first_maximum(protocol).work / n == pytest.approx(share, abs=1e-3)


def test_n5_twoaxis_n4(full_advantage, power_ratio):
    """Four cells are full at chi T = pi/sqrt(12); Gamma_C1 = sqrt(2), power ratio 2 under C0."""
    protocol = protocols.two_axis(Battery.qubits(4), strength=1.3)
    peak = first_maximum(protocol)
    assert peak.time * 1.3 == pytest.approx(math.pi / math.sqrt(12), abs=1e-9)
    assert peak.work == pytest.approx(4, abs=1e-9)
    assert full_advantage(protocol, C1) == pytest.approx(math.sqrt(2), abs=1e-9)
    assert power_ratio(protocol, C0) == pytest.approx(2, abs=1e-9)
