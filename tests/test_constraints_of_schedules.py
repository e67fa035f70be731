"""Costs of schedules are averages over their steps, and normalising meets the budget of all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import testing
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.constraints import Constraint, cost, norm, normalise
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term

C0, C1, C2 = Constraint.C0, Constraint.C1, Constraint.C2


def two_steps():
    schedule = (
        Evolve(terms=(Term("X", (0,), 3.0),), duration=1.0),
        Evolve(terms=(Term("X", (0,)), Term("Z", (0,))), duration=2.0),
    )
    return ChargingProtocol(battery=Battery.qubits(1), schedule=schedule)


def test_costs_of_a_schedule_are_averages_up_to_the_horizon():
    protocol = two_steps()
    whole = (1.0 * 3.0 + 2.0 * math.sqrt(2)) / 3
    early = (1.0 * 3.0 + 0.5 * math.sqrt(2)) / 1.5
    assert cost(protocol, C0) == pytest.approx(whole)
    assert norm(protocol, horizon=1.5).value == pytest.approx(early)
    scaled = normalise(protocol, C0, horizon=1.5)
    alpha = scaled.evolutions[0].terms[0].strength.real / 3.0
    assert alpha == pytest.approx(1 / early)
    assert [step.duration for step in scaled.evolutions] == pytest.approx([1 / alpha, 2 / alpha])
    assert cost(scaled, C0, horizon=1.5 / alpha) == pytest.approx(1.0)


def test_an_open_schedule_needs_a_horizon():
    steps = (*two_steps().schedule[:1], Evolve(terms=(Term("Y", (0,)),)))
    protocol = ChargingProtocol(battery=Battery.qubits(1), schedule=steps)
    with pytest.raises(InvalidRequest, match="needs a horizon that is positive and finite"):
        norm(protocol)
    assert norm(protocol, horizon=2.0).value == pytest.approx(2.0)


def test_c2_means_nothing_for_a_changing_hamiltonian():
    assert cost(two_steps(), C2) is None
    with pytest.raises(InvalidRequest, match="C2 means something for time-independent"):
        normalise(two_steps(), C2)


def test_the_horizon_shrinks_with_the_durations():
    protocol = ChargingProtocol(
        battery=Battery.qubits(1, levels=(0.0, 0.5)),
        schedule=two_steps().schedule,
        include_internal=True,
    )
    scaled = normalise(protocol, C0, horizon=1.5)
    alpha = scaled.evolutions[0].terms[0].strength.real / 3
    assert cost(scaled, C0, horizon=1.5 / alpha) == pytest.approx(1.0, rel=1e-10)


@pytest.mark.parametrize(("last", "strength"), [("X", 1.0), ("Z", 0.4), ("Z", -1.0), ("Y", 0.4)])
def test_a_schedule_in_its_own_field_is_scaled_to_its_spread(last, strength):
    """Weak terms make the schedule long: its states must be followed all the same, and a
    variance of nothing must not come out below zero."""
    steps = (
        Evolve(terms=(Term("X", (0,)),), duration=0.5),
        Evolve(terms=(Term(last, (0,), strength),), duration=0.8),
    )
    battery = Battery.qubits(1)
    protocol = ChargingProtocol(battery=battery, schedule=steps, include_internal=True)
    scaled = normalise(protocol, C1)
    state, spent = np.array([1, 0], dtype=complex), 0.0
    for step in scaled.evolutions:
        (term,) = step.terms
        hamiltonian = term.strength * testing.LETTERS[term.operators[0]] + np.diag([0.0, 1.0])
        mean = np.vdot(state, hamiltonian @ state).real
        spread = np.linalg.norm(hamiltonian @ state - mean * state)
        spent += spread * step.duration / scaled.duration
        state = testing.evolution(hamiltonian, step.duration) @ state
    assert spent == pytest.approx(1.0)
