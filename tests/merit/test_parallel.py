"""The parallel charger's closed forms against its exact curve."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

from qbcircuit import merit, protocols
from qbcircuit.battery import Battery, Site, ThermalStart
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import simulate


def test_parallel_power_constants_are_the_maximum_of_sine_squared_over_t():
    time, power = merit.PARALLEL_POWER_TIME, merit.PARALLEL_POWER
    assert time == pytest.approx(1.165561, abs=1e-6)
    assert power == pytest.approx(0.724611, abs=1e-6)
    times = np.linspace(0.01, 3, 200_001)
    assert np.max(np.sin(times) ** 2 / times) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("start", ["ground", "0100", ThermalStart(beta=0.7)])
def test_parallel_crossing_time_is_where_the_curve_is(start):
    battery = Battery.qubits(4, levels=(0.5, 2.0), start=start)
    full = merit.parallel_capacity(battery)
    for fraction in (0.0, 0.3, 0.9, 1.0):
        time = merit.parallel_crossing_time(battery, fraction * full, strength=2.0)
        # One cell at a time: exp(-iXt) moves sin^2(t) of the population imbalance.
        unitary = expm(-2j * time * np.array([[0, 1], [1, 0]]))
        work = 0.0
        for before in battery.start_populations:
            after = np.real(np.diag(unitary @ np.diag(before) @ unitary.conj().T))
            work += 1.5 * (after[1] - before[1])
        assert work == pytest.approx(fraction * full, abs=1e-9)


def test_parallel_capacity_of_a_thermal_battery():
    battery = Battery.qubits(3, levels=(0.0, 2.0), start=ThermalStart(beta=0.4))
    assert merit.parallel_capacity(battery) == pytest.approx(3 * 2 * math.tanh(0.4), rel=1e-12)


def test_parallel_crossing_refuses_what_is_never_reached():
    battery = Battery.qubits(4)
    with pytest.raises(InvalidRequest, match=r"works from 0 to 4 from this start, got 4\.5"):
        merit.parallel_crossing_time(battery, 4.5)
    with pytest.raises(InvalidRequest, match=r"works from 0 to 0 from this start"):
        merit.parallel_crossing_time(Battery.qubits(2, start="11"), 1.0)
    with pytest.raises(InvalidRequest, match="got nan"):
        merit.parallel_crossing_time(battery, math.nan)


def test_parallel_charging_swaps_the_outer_levels():
    qutrit = Battery(sites=(Site(levels=(0.0, 1.0, 2.5)),), start=ThermalStart(beta=1.0))
    low, _, top = qutrit.start_populations[0]
    found = simulate(protocols.parallel(qutrit), [0.4, math.pi / 2]).work
    full = 2.5 * (low - top)
    assert merit.parallel_capacity(qutrit) == pytest.approx(full)
    np.testing.assert_allclose(found, full * np.sin([0.4, math.pi / 2]) ** 2, atol=1e-12)
    assert merit.parallel_crossing_time(qutrit, found[0]) == pytest.approx(0.4)
