"""What many cases are read by: advantages under a constraint, from the exact curves."""

from __future__ import annotations

import math

import pytest

from qbcircuit.constraints import normalise
from qbcircuit.merit import PARALLEL_POWER, parallel_crossing_time
from qbcircuit.reference import best_average_power, first_maximum


@pytest.fixture
def advantage():
    """Gamma at equal work and equal constraint, from the first maximum."""

    def found(protocol, constraint):
        peak = first_maximum(normalise(protocol, constraint))
        return parallel_crossing_time(protocol.battery, peak.work) / peak.time

    return found


@pytest.fixture
def full_advantage():
    """Gamma of a charger that fills its battery: (pi/2)/T."""

    def found(protocol, constraint):
        peak = first_maximum(normalise(protocol, constraint))
        assert peak.work == pytest.approx(protocol.battery.capacity, rel=1e-9)
        return math.pi / 2 / peak.time

    return found


@pytest.fixture
def power_ratio():
    """Gamma_P: best average power over that of parallel charging under the same constraint."""

    def found(protocol, constraint):
        _, power = best_average_power(normalise(protocol, constraint))
        return power / (PARALLEL_POWER * protocol.battery.n_cells)

    return found
