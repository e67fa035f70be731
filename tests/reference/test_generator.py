"""Norms where a mode is driven: of everything that the schedule reaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qbcircuit import testing
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import (
    StateHistory,
    energy_rates,
    generator_extremes,
    power_extremes,
)
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term


def coupled_twice(photons):
    """One cell meets a mode with some quanta, then two cells do."""
    mode = Site(levels=(0.0,) * (photons + 3), role=Role.MODE)
    sites = (Site(), Site(levels=(0.0, 2.0)), mode)
    battery = Battery(sites=sites, start=BasisStart(levels=(0, 1, photons)))
    first = Evolve(terms=(Term(("+", "a"), (0, 2)),), duration=0.4)
    exchange = Evolve(terms=(Term("+-", (0, 1)), Term("n", (2,), 1.5)), duration=1.0)
    return ChargingProtocol(battery=battery, schedule=(first, exchange))


def test_a_later_step_is_judged_on_all_that_earlier_ones_lead_to():
    """The exchange alone keeps two quanta in the mode; after the coupling there are one to two."""
    protocol = coupled_twice(2)
    drive = testing.dense_hamiltonian(protocol.evolutions[1].terms, protocol.battery.dimensions)
    # states by their charged cells and quanta, three in all
    numbers = np.array([(i & 1) + (i >> 1 & 1) + (i >> 2) for i in range(len(drive))])
    reached = np.flatnonzero((numbers == 3) & (np.arange(len(drive)) >> 2 <= 3))
    levels = np.linalg.eigvalsh(drive[np.ix_(reached, reached)])
    found = generator_extremes(protocol, 1)
    assert (found.low, found.high) == (pytest.approx(levels[0]), pytest.approx(levels[-1]))
    alone = replace(protocol, schedule=protocol.schedule[1:])
    assert found.low < generator_extremes(alone).low - 0.1


def test_norms_bound_powers_also_in_later_steps():
    protocol = coupled_twice(2)
    rates = energy_rates(StateHistory(protocol, np.linspace(0.41, 1.39, 20)))
    limit = power_extremes(protocol, 1).high
    assert 0.05 < np.abs(rates.power).max() <= limit * (1 + 1e-9)


def test_a_mode_that_a_step_drives_has_no_norm_from_there_on():
    drive = Evolve(terms=(Term("a", (2,)),), duration=1.0)
    whole = coupled_twice(1)
    protocol = replace(whole, schedule=(*whole.schedule, drive, whole.schedule[0]))
    generator_extremes(protocol, 1)
    for step in (2, 3):
        with pytest.raises(InvalidRequest, match="A mode has no norm"):
            generator_extremes(protocol, step)
