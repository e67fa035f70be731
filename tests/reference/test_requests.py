"""What the exact reference refuses, in one sentence each."""

from __future__ import annotations

import math

import pytest

from qbcircuit.battery import BasisStart, Battery, Site, ThermalStart
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import simulate
from qbcircuit.terms import Term, uniform_field


def charging(n_cells, terms, start="ground", **kwargs):
    return ChargingProtocol.constant(Battery.qubits(n_cells, start=start), terms, **kwargs)


def test_times_outside_the_protocol_are_refused():
    protocol = charging(2, [Term("X", (0,))], duration=1.0)
    with pytest.raises(InvalidRequest, match=r"not negative, got -0\.5"):
        simulate(protocol, [0.1, -0.5])
    with pytest.raises(InvalidRequest, match="finite and not negative, got nan"):
        simulate(protocol, [math.nan])
    with pytest.raises(InvalidRequest, match=r"lasts 1 but the time 1\.5 was asked for"):
        simulate(protocol, [1.5])
    with pytest.raises(InvalidRequest, match="a list of numbers, got shape"):
        simulate(protocol, [[0.1]])


def test_states_too_large_are_refused_with_a_way_out():
    terms = [Term("XXX", (i, i + 1, i + 2)) for i in range(38)] + list(uniform_field(range(40), 1))
    with pytest.raises(InvalidRequest, match=r"N=40 with backend exact needs a 2\^38 state"):
        simulate(charging(40, terms), 1.0)
    thermal = charging(40, terms, ThermalStart(beta=1.0))
    with pytest.raises(InvalidRequest, match=r"density matrix of 2\^78 elements"):
        simulate(thermal, 1.0)


def test_terms_need_two_level_sites():
    battery = Battery(sites=(Site(levels=(0, 1, 2)), Site()), start=BasisStart(levels=(0, 0)))
    with pytest.raises(InvalidRequest, match="on site 0, which has 3 levels"):
        simulate(ChargingProtocol.constant(battery, [Term("X", (0,))]), 1.0)
