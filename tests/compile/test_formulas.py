"""Product formulas: the schedule, the circuits against its numpy twin, the errors they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.commutators import error_constant
from qbcircuit.compile.formula.layers import exact_layers
from qbcircuit.compile.formula.twin import LayerTwin
from qbcircuit.compile.realise import ordered_layers
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term
from qbcircuit.testing import (
    dense_hamiltonian,
    distance_up_to_phase,
    evolution,
    exact_unitary,
    in_place,
    random_term,
)
from tests.compile.test_layers import layerings


@pytest.mark.parametrize("formula", schedule.FORMULAS)
@pytest.mark.parametrize("n_layers", [2, 3, 4])
def test_every_layer_lasts_as_long_as_the_steps(formula, n_layers):
    steps = [0.3, 0.3, 0.2]
    lasted = np.zeros(n_layers)
    for layer, duration in schedule.stages(formula, n_layers, steps):
        lasted[layer] += duration
    np.testing.assert_allclose(lasted, 0.8, rtol=0, atol=1e-15)


def test_even_formulas_are_palindromes():
    for formula in (2, 4):
        stages = list(schedule.stages(formula, 3, [0.4]))
        mirrored = [(layer, pytest.approx(duration)) for layer, duration in reversed(stages)]
        assert stages == mirrored


@pytest.mark.parametrize("formula", schedule.FORMULAS)
def test_formulas_converge_at_their_order(formula):
    terms = [Term("XX", (0, 1), 0.9), Term("ZZ", (1, 2), 0.7), Term("Y", (1,), 0.5)]
    layers = tuple((one,) for layer in _layers(terms, 3) for one in layer)
    exact = evolution(dense_hamiltonian(terms, 3), 0.5)
    errors = [
        distance_up_to_phase(
            LayerTwin(layers, 3).run(
                np.eye(8, dtype=complex), schedule.stages(formula, len(layers), [0.5 / n] * n)
            ),
            exact,
        )
        for n in (2, 4)
    ]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(formula, abs=0.15)


def _layers(terms, n_sites):
    return exact_layers(terms, n_sites, can_exponentiate)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_circuits_follow_their_twin(seed):
    rng = np.random.default_rng(seed)
    n, steps = 4, int(rng.integers(1, 4))
    terms = [random_term(rng, n, int(rng.integers(1, 4))) for _ in range(5)]
    formula = int(rng.choice(schedule.FORMULAS))
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    plan = compile_protocol(protocol, times=0.6, formula=formula, steps=steps, start="any")
    assume(plan.compilation.error_kind != "exact")
    found = Operator(in_place(plan, plan.experiments[0])).data
    distances = []
    for one in layerings(terms, n):
        layers, _ = ordered_layers(one, Wiring(), "gates")
        stages = schedule.stages(formula, len(layers), [0.6 / steps] * steps)
        twin = LayerTwin(layers, n).run(np.eye(1 << n, dtype=complex), stages)
        distances.append(distance_up_to_phase(found, twin))
    assert min(distances) < 1e-9


def test_steps_nest_on_a_uniform_grid():
    protocol = protocols.double_excitation(Battery.qubits(20))
    plan = compile_protocol(protocol, times=np.linspace(0, 1.2, 5), steps=8)
    for early, late in zip(plan.experiments, plan.experiments[1:], strict=False):
        assert late.segments[: len(early.segments)] == early.segments
        assert len(late.segments) == len(early.segments) + 2
        assert len(late.closing) == 1


def test_fewer_steps_than_times_end_with_a_shorter_one():
    protocol = protocols.double_excitation(Battery.qubits(8))
    plan = compile_protocol(protocol, times=np.linspace(0, 1.2, 7), steps=3, formula=2)
    counts = [len(one.segments) for one in plan.experiments]
    assert counts == [0, 0, 1, 1, 2, 2, 3]
    for one in plan.experiments:
        found = Operator(in_place(plan, one)).data
        distance = distance_up_to_phase(found, exact_unitary(protocol, one.time))
        assert distance <= plan.compilation.error + 1e-12


@pytest.mark.parametrize("start", ["ground", "any"])
@pytest.mark.parametrize("family", ["chain", "windows"])
def test_a_measured_error_is_the_true_one(family, start):
    battery = Battery.qubits(5)
    protocol = (
        protocols.double_excitation(battery)
        if family == "chain"
        else protocols.windows(battery, order=3, field=0.5)
    )
    asked = {"times": 1.1, "error": 0.01, "formula": 2, "start": start}
    plan = compile_protocol(protocol, **asked, error_kind="estimate")
    bound = compile_protocol(protocol, **asked)
    found = Operator(in_place(plan, plan.experiments[0])).data
    exact = exact_unitary(protocol, 1.1)
    if start == "ground":
        found, exact = found[:, 0], exact[:, 0]
    assert plan.compilation.error_kind == "estimate"
    assert distance_up_to_phase(found, exact) == pytest.approx(plan.compilation.error, rel=1e-3)
    assert plan.compilation.error <= 0.01
    assert plan.compilation.steps < bound.compilation.steps


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), formula=st.sampled_from(schedule.FORMULAS))
def test_commutator_bounds_hold(seed, formula):
    rng = np.random.default_rng(seed)
    n, duration, steps = 4, float(rng.uniform(0.1, 0.8)), int(rng.integers(1, 4))
    terms = [random_term(rng, n, int(rng.integers(1, 3))) for _ in range(4)]
    layers = _layers(terms, n)
    assume(len(layers) > 1)
    bound = error_constant(layers, n, formula) * duration ** (formula + 1) / steps**formula
    found = LayerTwin(layers, n).run(
        np.eye(1 << n, dtype=complex),
        schedule.stages(formula, len(layers), [duration / steps] * steps),
    )
    exact = evolution(dense_hamiltonian(terms, n), duration)
    assert np.linalg.norm(found - exact, 2) <= bound + 1e-12


def test_the_second_order_bound_of_the_chain_is_close():
    protocol = protocols.double_excitation(Battery.qubits(8))
    plan = compile_protocol(protocol, times=1.0, formula=2, steps=8, start="any")
    found = Operator(in_place(plan, plan.experiments[0])).data
    distance = distance_up_to_phase(found, exact_unitary(protocol, 1.0))
    assert distance <= plan.compilation.error <= 2.5 * distance


def test_half_steps_of_neighbouring_steps_are_merged():
    protocol = protocols.double_excitation(Battery.qubits(22))
    plan = compile_protocol(protocol, times=1.0, formula=2, steps=10)
    assert plan.circuits[0].num_nonlocal_gates() == 2 * (11 * 10 + 10 * 11)
    assert plan.circuits[0].depth(lambda gate: len(gate.qubits) == 2) == 2 * 21


def test_the_dearest_layers_are_first_and_last():
    protocol = protocols.transition_windows(Battery.qubits(6), order=3, field=0.5)
    plan = compile_protocol(protocol, times=1.0, steps=4, formula=2)
    # 6 CX a window; layers of 1, 0 (the field), 1 and 2 windows run 5, 8, 8 and 4 times
    assert plan.circuits[0].num_nonlocal_gates() == 6 * (5 * 1 + 8 * 1 + 4 * 2)


@pytest.mark.parametrize("order", [2, 3])
def test_order_4_is_bounded_with_any_number_of_layers(order):
    protocol = protocols.transition_windows(Battery.qubits(5), order=order, field=0.5)
    plan = compile_protocol(protocol, times=0.8, steps=1, formula=4, start="any")
    found = Operator(in_place(plan, plan.experiments[0])).data
    distance = distance_up_to_phase(found, exact_unitary(protocol, 0.8))
    assert 0 < distance <= plan.compilation.error < 2


def test_steps_that_break_the_error_are_refused():
    protocol = protocols.windows(Battery.qubits(4), order=2, field=0.5)
    kept = compile_protocol(protocol, times=1.0, steps=40, error=0.1, formula=2)
    assert kept.compilation.steps == 40
    assert kept.compilation.error <= 0.1
    with pytest.raises(InvalidRequest, match=r"within 0\.001 .* 4 steps of order 2 promise .* Use"):
        compile_protocol(protocol, times=1.0, steps=4, error=0.001, formula=2)
