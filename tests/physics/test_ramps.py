"""Shaped pulses, adiabatic ramps and what makes them fast: closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint, cost
from qbcircuit.reference import simulate


@pytest.mark.parametrize("shape", list(protocols.SHAPES))
def test_pulsed_blocks_turn_by_the_area_of_the_pulse(shape):
    f = protocols.SHAPES[shape]
    protocol = protocols.pulsed_blocks(
        Battery.qubits(3), order=2, shape=shape, duration=3.0, error=1e-4, strength=0.8
    )
    assert (protocol.order, protocol.participation) == (2, 1)
    ends = np.cumsum([0.0, *(step.duration for step in protocol.evolutions)])
    fine = np.linspace(0, 1, 20001)
    values = np.array([f(x) for x in fine])
    area = np.concatenate([[0], np.cumsum((values[1:] + values[:-1]) / 2)]) * 3.0 / 20000
    expected = 3 * np.sin(0.8 * np.interp(ends / 3.0, fine, area)) ** 2
    np.testing.assert_allclose(simulate(protocol, ends).work, expected, atol=1e-6)
    middle = np.linspace(0, 3.0, 29)
    expected = 3 * np.sin(0.8 * np.interp(middle / 3.0, fine, area)) ** 2
    assert np.abs(simulate(protocol, middle).work - expected).max() / 3 < 1e-4


@pytest.mark.parametrize(("n", "k"), [(1, 1), (4, 2), (5, 3)])
@pytest.mark.parametrize("duration", [1.3, 9.0])
def test_adiabatic_ramp_of_a_turning_field(n, k, duration):
    """Seen from the turning frame the field is constant, B along Z and omega/2 along Y."""
    B = 0.8
    protocol = protocols.adiabatic_ramp(
        Battery.qubits(n), order=k, duration=duration, error=1e-4, strength=B
    )
    t = np.linspace(0, duration, 17)
    omega = math.pi / duration
    total = math.hypot(B, omega / 2)
    s = (omega / 2 / total) ** 2 * np.sin(total * t) ** 2
    q = omega / (2 * total) * np.sin(2 * total * t)
    expected = n * (1 - np.cos(omega * t) * (1 - 2 * s) - np.sin(omega * t) * q) / 2
    assert np.abs(simulate(protocol, t).work - expected).max() / n < 1e-4


def test_n3_a_turning_field_charges_exactly_at_some_speeds():
    """N3_ML_timedep: full charge at T = pi/w where 2 B = w sqrt(4 n^2 - 1)."""
    duration = 2.0
    for n in (1, 2):
        field = math.pi / duration * math.sqrt(4 * n**2 - 1) / 2
        protocol = protocols.adiabatic_ramp(
            Battery.qubits(1), duration=duration, strength=field, judged="end", error=1e-7
        )
        assert simulate(protocol, duration).work[0] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("sweep", ["linear", "smooth"])
@pytest.mark.parametrize(("n", "k"), [(2, 1), (5, 3)])
def test_counter_diabatic_charging_is_on_time_at_any_speed(sweep, n, k):
    """N sin^2(theta/2), even a hundred times faster than adiabatic."""
    duration = 0.3
    protocol = protocols.counter_diabatic(
        Battery.qubits(n), order=k, sweep=sweep, duration=duration, error=1e-4, strength=0.7
    )
    x = np.linspace(0, 1, 13)
    angle = np.pi * (x if sweep == "linear" else np.sin(np.pi * x / 2) ** 2)
    work = simulate(protocol, x * duration).work
    assert np.abs(work - n * np.sin(angle / 2) ** 2).max() / n < 1e-4
    assert simulate(protocol, duration).work[0] == pytest.approx(n, abs=1e-3)
    slow = protocols.adiabatic_ramp(
        Battery.qubits(n), order=k, sweep=sweep, duration=duration, strength=0.7
    )
    assert simulate(slow, duration).work[0] < 0.1 * n


def test_the_spread_of_the_energy_of_blocks_adds_up():
    """Under C1 alike blocks cost sqrt(s) times one; one is followed by a dense state."""
    one = protocols.adiabatic_ramp(Battery.qubits(2), order=2, duration=2.0, slices=5)
    several = protocols.adiabatic_ramp(Battery.qubits(6), order=2, duration=2.0, slices=5)
    spread, begin = [], 0.0
    for step in one.evolutions:
        h = testing.dense_hamiltonian(step.terms, 2)
        state = testing.density_at(one, begin)
        mean = np.trace(h @ state).real
        spread.append(math.sqrt(np.trace(h @ h @ state).real - mean**2))
        begin += step.duration
    assert cost(one, Constraint.C1) == pytest.approx(np.mean(spread))
    assert cost(several, Constraint.C1) == pytest.approx(math.sqrt(3) * np.mean(spread))
