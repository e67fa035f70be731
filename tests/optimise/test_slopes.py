"""States, costs and their slopes, against matrix exponentials and finite differences."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.constraints import Constraint, cost
from qbcircuit.optimise import ChargingTask
from qbcircuit.optimise.controls import alike_cells, every_string
from qbcircuit.optimise.costs import energy_spread, half_width
from qbcircuit.optimise.descent import onto_target
from qbcircuit.optimise.objective import Objective

STEP = 1e-5
CASES = [
    (every_string, Constraint.C0),
    (every_string, Constraint.C1),
    (alike_cells, Constraint.C0),
    (alike_cells, Constraint.C1),
]


def problem(controls, constraint, n=3, k=2):
    task = ChargingTask.between(n, k, constraint)
    return Objective(controls=controls(task), c0=constraint is Constraint.C0)


def pulse(objective, slices=3, seed=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(slices, objective.controls.size)) / math.sqrt(objective.controls.size)


def differences(function, at):
    """Central differences of a function along every strength."""
    found = []
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = STEP
        found.append((function(at + step) - function(at - step)) / (2 * STEP))
    return np.moveaxis(np.array(found), 0, -1)


def protocol(objective, rows, n):
    steps = tuple(Evolve(terms=objective.controls.terms(row), duration=1.0) for row in rows)
    battery = ChargingTask.between(n, 1).battery
    return ChargingProtocol(battery=battery, schedule=steps)


def test_states_are_those_of_matrix_exponentials():
    objective = problem(every_string, Constraint.C0)
    rows = pulse(objective)
    steps = [expm(-1j * h) for h in objective.controls.hamiltonians(rows)]
    final = functools.reduce(lambda state, step: step @ state, steps, np.eye(8)[0])
    evolution = objective.evolution(rows)
    np.testing.assert_allclose(evolution.final, final, atol=1e-12)
    np.testing.assert_allclose(evolution.states[1], steps[0][:, 0], atol=1e-12)
    assert objective.infidelity(rows) == pytest.approx(1 - abs(final[7]) ** 2)
    np.testing.assert_allclose(objective.miss(rows), final - np.eye(8)[7], atol=1e-12)


@pytest.mark.parametrize(("controls", "constraint"), CASES)
def test_slopes_of_the_lagrangian_are_finite_differences(controls, constraint):
    objective = problem(controls, constraint)
    rows = pulse(objective)
    rng = np.random.default_rng(2)
    multipliers = np.array([1, 1j]) @ rng.normal(size=(2, objective.controls.dimension))

    def value(at, stiffness=3.0):
        return objective.lagrangian(at, multipliers, stiffness, 0.2)

    expected = differences(lambda at: value(at)[0], rows)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(value(rows)[1].reshape(-1), expected, atol=1e-7)


@pytest.mark.parametrize("controls", [every_string, alike_cells])
def test_slopes_of_the_miss_are_finite_differences(controls):
    objective = problem(controls, Constraint.C0)
    rows = pulse(objective)

    def miss(at):
        found = objective.miss(at)
        return np.concatenate([found.real, found.imag])

    np.testing.assert_allclose(objective.miss_slopes(rows), differences(miss, rows), atol=1e-8)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), case=st.sampled_from(CASES), n=st.integers(2, 4))
def test_slices_spend_what_the_constraint_says(seed, case, n):
    controls, constraint = case
    objective = problem(controls, constraint, n=n)
    rows = pulse(objective, slices=2, seed=seed)
    whole = protocol(objective, rows, n)
    assert objective.costs(rows).sum() / 2 == pytest.approx(cost(whole, constraint), rel=1e-9)
    first = protocol(objective, rows[:1], n)
    assert objective.costs(rows)[0] == pytest.approx(cost(first, constraint), rel=1e-9)


def test_the_norm_of_alike_cells_counts_every_total_spin():
    """sum XX + YY + ZZ = 2 J^2 - 3N/2, here from -6 (spin 0) to 6: one level in every spin."""
    objective = problem(alike_cells, Constraint.C0, n=4)
    pairs = [len(own) == 6 and len(set(own[0][0])) == 1 for own in objective.controls.strings]
    heisenberg = np.array([pairs]) * math.sqrt(6)
    assert np.ptp(np.linalg.eigvalsh(objective.controls.hamiltonians(heisenberg)[0])) < 1e-12
    assert objective.costs(heisenberg)[0] == pytest.approx(6.0)
    evolution = objective.evolution(heisenberg)
    smoothed = half_width(objective.controls, heisenberg, evolution, 1e-3)
    assert smoothed.value == pytest.approx(6.0, abs=1e-2)


@pytest.mark.parametrize(("controls", "constraint"), CASES)
def test_smoothed_costs_lie_above_and_close_in(controls, constraint):
    objective = problem(controls, constraint)
    rows = pulse(objective)
    smoothed = half_width if constraint is Constraint.C0 else energy_spread
    exact, evolution = objective.costs(rows).sum(), objective.evolution(rows)
    values = [smoothed(objective.controls, rows, evolution, width).value for width in (0.5, 0.01)]
    assert values[1] >= exact * (1 - 1e-12)
    assert values[1] == pytest.approx(exact, rel=0.02)
    assert values[0] > exact * 1.005


@pytest.mark.parametrize("controls", [every_string, alike_cells])
def test_newton_ends_in_the_target_close_by(controls):
    objective = problem(controls, Constraint.C0, k=3)
    parallel = np.zeros((2, objective.controls.size))
    x = [i for i, own in enumerate(objective.controls.strings) if own[0][0] == "X"]
    parallel[:, x] = math.pi / 4 / np.array([objective.controls.weights[i] for i in x])
    noise = pulse(objective, slices=2)
    moved = onto_target(objective, parallel + 0.05 * noise)
    assert objective.infidelity(parallel + 0.05 * noise) > 1e-4
    assert np.linalg.norm(objective.miss(moved)) < 1e-11
    assert np.linalg.norm(moved - parallel) < 3
