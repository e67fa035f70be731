"""Circuits of the families: each entry of the list is compiled and held against its protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol

PULSES = Path(__file__).parent / "pulses"

COMPILED = {
    "adiabatic-ramp": lambda: protocols.adiabatic_ramp(
        Battery.qubits(3), order=2, duration=2.0, slices=3
    ),
    "adiabatic-ramp, order 4": lambda: protocols.adiabatic_ramp(
        Battery.qubits(2), order=2, duration=2.0, slices=2, judged="end"
    ),
    "counter-diabatic": lambda: protocols.counter_diabatic(
        Battery.qubits(3), order=2, duration=1.0, sweep="smooth", slices=3
    ),
    "pulsed-blocks": lambda: protocols.pulsed_blocks(
        Battery.qubits(4), order=2, shape="gaussian", duration=2.0, slices=4
    ),
    "pulse of strings": lambda: protocols.from_pulse(
        np.load(PULSES / "N1_best_C0_N3k2.npz")["coefficients"][:3], Battery.qubits(3)
    ),
    "collective pulse": lambda: protocols.from_pulse(
        np.random.default_rng(2).normal(size=(2, 8)), Battery.qubits(3), durations=(0.3, 0.5)
    ),
}
"""Protocols that circuits exist for; more are added here as more kinds of sites compile."""


@pytest.mark.parametrize("name", list(COMPILED))
def test_circuits_do_what_the_protocol_says(name):
    protocol = COMPILED[name]()
    times = (protocol.duration / 3, protocol.duration)
    plan = compile_protocol(protocol, times=times)
    testing.assert_plan_implements(plan)
    testing.assert_zero_angles_rest(plan)
