"""Every path to a circuit, on every target, against the exact exponential."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import protocols
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile import any_start_cost, compile_protocol
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    random_protocol,
)

FAMILIES = {
    "blocks": protocols.blocks,
    "transition-blocks": protocols.transition_blocks,
    "windows": protocols.windows,
    "transition-windows": protocols.transition_windows,
}
TARGETS = ("all-to-all", "line", "heavy-hex")


def assert_right(plan):
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, plan.target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_families_from_the_ground_state(family, order, target):
    rng = np.random.default_rng(order)
    battery = Battery.qubits(5)
    protocol = FAMILIES[family](battery, order=order, field=float(rng.uniform(-1, 1)))
    assert_right(compile_protocol(protocol, times=[0.0, 0.31, 0.77], target=target, error=0.2))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("field", [0.0, -0.6])
def test_families_from_any_start(family, order, field, target):
    battery = Battery.qubits(4, start="0110")
    protocol = FAMILIES[family](battery, order=order, field=field)
    plan = compile_protocol(protocol, times=[0.4, 0.9], target=target, start="any", error=0.2)
    assert not plan.compilation.assumes_start
    assert_right(plan)


@pytest.mark.parametrize("target", ["all-to-all", "line"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_families_from_a_thermal_start(family, order, target):
    battery = Battery.qubits(4, start=ThermalStart(beta=0.8))
    plan = compile_protocol(
        FAMILIES[family](battery, order=order), times=[0.5], target=target, error=0.2
    )
    assert_plan_implements(plan)
    assert len(plan.qubits) == 8
    assert len(plan.experiments[0].readout) == 4


@pytest.mark.parametrize("order", range(1, 9))
def test_blocks_of_eight_cells_where_k_does_not_divide_n(order):
    for family in (protocols.blocks, protocols.transition_blocks):
        protocol = family(Battery.qubits(8), order=order, field=0.3, strength=0.7)
        assert_right(compile_protocol(protocol, times=[0.2, 1.3]))


@pytest.mark.parametrize("order", range(1, 9))
def test_start_aware_blocks_cost_one_fan_out(order):
    n = 8
    sizes = [order] * (n // order) + ([n % order] if n % order else [])
    fan_outs = sum(size - 1 for size in sizes)
    protocol = protocols.blocks(Battery.qubits(n), order=order, field=0.2)
    plan = compile_protocol(protocol, times=np.linspace(0, 2, 41))
    assert plan.compilation.assumes_start
    assert plan.compilation.error_kind == "exact"
    assert len(plan.templates) == 1
    for circuit in plan.circuits:
        assert circuit.num_nonlocal_gates() == fan_outs
        depth = circuit.depth(lambda gate: len(gate.qubits) == 2)
        assert depth == int(np.ceil(np.log2(order)))
    on_line = compile_protocol(protocol, times=1.0, target="line").circuits[0]
    assert on_line.num_nonlocal_gates() == fan_outs
    deepest = on_line.depth(lambda gate: len(gate.qubits) == 2)
    assert deepest == (0 if order == 1 else int(np.ceil(order / 2)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("start", ["00001", "11111", "10110", "01001"])
def test_start_aware_blocks_from_any_basis_state(start, target):
    battery = Battery.qubits(5, start=start)
    terms = [Term("YX-", (0, 2, 1), 0.8 + 0.3j), Term("X+", (3, 4), -0.6), Term("ZZ", (3, 4), 0.4)]
    terms += uniform_field(range(5), 0.35)
    plan = compile_protocol(
        ChargingProtocol.constant(battery, terms), times=[0.0, 0.4, 2.1], target=target
    )
    assert plan.compilation.assumes_start
    assert_right(plan)


@pytest.mark.parametrize("order", range(1, 9))
def test_the_whole_operator_of_a_flip_costs_twice_the_fan_out(order):
    protocol = protocols.blocks(Battery.qubits(order), order=order)
    cost = any_start_cost(protocol, 0.7)
    assert cost is not None
    assert cost.two_qubit_gates == 2 * (order - 1)


@pytest.mark.parametrize(("order", "gates"), [(2, 2), (3, 6), (4, 12), (5, 22), (6, 40), (8, 94)])
def test_the_whole_operator_of_a_transition_costs_what_is_known(order, gates):
    protocol = protocols.transition_blocks(Battery.qubits(order), order=order, strength=0.7)
    plan = compile_protocol(protocol, times=0.9, start="any")
    assert plan.circuits[0].num_nonlocal_gates() == gates
    assert_right(plan)


def test_a_thermal_start_needs_the_whole_operator():
    plan = compile_protocol(
        protocols.blocks(Battery.qubits(2, start=ThermalStart(beta=1.0)), order=2), times=1.0
    )
    assert plan.options.start == "any"
    assert plan.compilation.method == "exact layers"


def test_commuting_overlapping_terms_are_exact():
    for protocol in (
        protocols.windows(Battery.qubits(6), order=3),
        protocols.all_to_all(Battery.qubits(5)),
    ):
        plan = compile_protocol(protocol, times=[0.4, 1.7])
        assert plan.compilation.error_kind == "exact"
        assert plan.compilation.steps == 0
        assert_right(plan)


def test_three_heisenberg_strings_on_one_bond_are_one_exact_block():
    terms = [Term(a + a, (0, 1), s) for a, s in zip("XYZ", (0.3, -0.8, 0.5), strict=True)]
    plan = compile_protocol(ChargingProtocol.constant(Battery.qubits(2), terms), times=1.1)
    assert plan.compilation.error_kind == "exact"
    assert_right(plan)


def test_dense_disjoint_blocks_are_exact():
    rng = np.random.default_rng(5)
    terms = [
        Term(rng.choice(list("XYZ"), 2), pair, float(rng.normal()))
        for pair in ((0, 1), (2, 3))
        for _ in range(5)
    ]
    terms += [Term(letter, (site,), 0.3) for letter in "XZ" for site in range(4)]
    plan = compile_protocol(
        ChargingProtocol.constant(Battery.qubits(4), terms), times=0.9, start="any"
    )
    assert plan.compilation.error_kind == "exact"
    assert_right(plan)


def test_piecewise_schedules_of_one_block_are_start_aware():
    schedule = (
        Evolve(terms=(Term("+++", (0, 1, 2), 0.8), *uniform_field(range(3), 0.4)), duration=0.5),
        Evolve(terms=(Term("XYX", (0, 1, 2), 1.3),), duration=0.7),
    )
    battery = Battery.qubits(3, start="010")
    protocol = ChargingProtocol(battery=battery, schedule=schedule, include_internal=True)
    plan = compile_protocol(protocol, times=[0.0, 0.3, 0.5, 0.9, 1.2])
    assert plan.compilation.assumes_start
    assert_right(plan)


def test_piecewise_schedules_nest_interval_by_interval():
    chain = tuple(Term("++", (j, j + 1), 1.0) for j in range(3))
    schedule = (
        Evolve(terms=chain, duration=0.6),
        Evolve(terms=(Term("XX", (0, 1)), Term("XX", (2, 3))), duration=1.0),
    )
    protocol = ChargingProtocol(battery=Battery.qubits(4), schedule=schedule)
    plan = compile_protocol(protocol, times=[0.3, 0.6, 1.0, 1.4], error=0.05)
    assert_right(plan)
    early, late = plan.experiments[1], plan.experiments[3]
    assert late.segments[: len(early.segments)] == early.segments


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_random_protocols_keep_their_bound(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    protocol = random_protocol(
        rng, n, n_terms=int(rng.integers(1, 5)), n_steps=int(rng.integers(1, 3))
    )
    times = np.sort(rng.uniform(0, 1.0, size=2))
    formula = int(rng.choice([1, 2, 4]))
    plan = compile_protocol(protocol, times=times, start="any", formula=formula, error=0.4)
    assert_right(plan)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_random_protocols_on_a_line(seed):
    rng = np.random.default_rng(seed)
    protocol = random_protocol(rng, 4, start="0101")
    plan = compile_protocol(protocol, times=[0.2, 0.5], target="line", error=0.4)
    assert_right(plan)


def test_a_wrong_sign_is_noticed():
    battery = Battery.qubits(3)
    terms = [Term("+++", (0, 1, 2), 0.8), *uniform_field(range(3), 0.4)]
    plan = compile_protocol(ChargingProtocol.constant(battery, terms), times=0.9)
    flipped = [Term("+++", (0, 1, 2), 0.8), *uniform_field(range(3), -0.4)]
    wrong = ChargingProtocol.constant(battery, flipped, name="flipped")
    with pytest.raises(AssertionError, match="from the protocol 'flipped'"):
        assert_plan_implements(plan, wrong)
