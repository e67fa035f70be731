"""Sites of any levels, any start, any reset: compiled circuits against dense density matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qbcircuit as qb
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compile import compile_protocol, layouts, n_wires, plan_cost
from qbcircuit.encoding import KINDS
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    ThermalStart,
)
from qbcircuit.target import DeviceTarget, Operation
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    cell_state,
    encoded_state,
)
from tests.levels import random_levels_term

STARTS = ("basis", "thermal", "mixed", "product", "pure", "ground")
MOST_WIRES = 7


def random_row(rng, d):
    return tuple(rng.normal(size=d) + 1j * rng.normal(size=d))


def random_populations(rng, d):
    weights = rng.dirichlet(np.ones(d)) * (rng.random(d) < 0.8)
    weights[int(rng.integers(d))] += 0.3
    return tuple(weights / weights.sum())


def random_start(rng, dimensions, kind):
    made = {
        "basis": lambda: BasisStart(levels=tuple(int(rng.integers(0, d)) for d in dimensions)),
        "thermal": lambda: ThermalStart(beta=float(rng.uniform(0.1, 2))),
        "mixed": lambda: MixedStart(
            populations=tuple(random_populations(rng, d) for d in dimensions)
        ),
        "product": lambda: ProductStart(amplitudes=tuple(random_row(rng, d) for d in dimensions)),
        "pure": lambda: PureStart(amplitudes=random_row(rng, math.prod(dimensions))),
        "ground": GroundStart,
    }
    return made[kind]()


def random_reset(rng, dimensions):
    site = int(rng.integers(0, len(dimensions)))
    d = dimensions[site]
    which = int(rng.integers(0, 3))
    return Reset(
        sites=(site,),
        amplitudes=random_row(rng, d) if which == 1 else (),
        populations=random_populations(rng, d) if which == 2 else (),
        probability=float(rng.choice([1.0, 0.4])),
    )


def random_protocol(rng, start, *, with_reset):
    dimensions = [int(d) for d in rng.integers(2, 5, size=int(rng.integers(1, 4)))]
    roles = [Role.CELL] + [Role(rng.choice(["cell", "mode"])) for _ in dimensions[1:]]
    sites = tuple(
        Site(levels=tuple(np.cumsum(rng.uniform(0.2, 1.0, size=d))), role=role)
        for d, role in zip(dimensions, roles, strict=True)
    )
    cells = [j for j, role in enumerate(roles) if role is Role.CELL]
    inner = (random_levels_term(rng, dimensions, cells, most=2),) if start == "ground" else ()
    battery = Battery(sites=sites, start=random_start(rng, dimensions, start), interactions=inner)
    everywhere = list(range(len(dimensions)))
    steps = [
        Evolve(
            terms=tuple(random_levels_term(rng, dimensions, everywhere, most=2) for _ in range(2)),
            duration=float(rng.uniform(0.2, 0.5)),
        )
        for _ in range(2)
    ]
    if with_reset:
        steps.insert(1, random_reset(rng, dimensions))
    return ChargingProtocol(
        battery=battery, schedule=tuple(steps), include_internal=bool(rng.integers(0, 2))
    )


def small_protocol(seed, kind, start, *, with_reset):
    """The first of a row of random protocols whose circuits a density matrix can follow."""
    rng = np.random.default_rng(seed)
    while True:
        protocol = random_protocol(rng, start, with_reset=with_reset)
        if n_wires(protocol, kind) <= MOST_WIRES:
            return protocol


@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 2**32),
    start=st.sampled_from(STARTS),
    with_reset=st.booleans(),
    target=st.sampled_from(["all-to-all", "line"]),
)
@settings(deadline=None, max_examples=12)
def test_any_protocol_does_on_registers_what_it_says(kind, seed, start, with_reset, target):
    protocol = small_protocol(seed, kind, start, with_reset=with_reset)
    times = [0.1, protocol.duration]
    plan = compile_protocol(protocol, times=times, target=target, encoding=kind, error=0.1)
    assert_plan_implements(plan, atol=1e-7)  # a ground vector is found to a residual
    assert_zero_angles_rest(plan, atol=1e-7)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, plan.target)
    assert CircuitPlan.from_json(plan.to_json()) == plan


def hops(n, d):
    levels = [0.0, *np.cumsum(np.linspace(1.0, 1.4, d - 1))]
    battery = Battery.equal_cells(n, levels=levels, start="0" * (n - 1) + "1")
    terms = [Term("ac", (j, j + 1), 0.8) for j in range(n - 1)]
    terms += [Term("a", (j,), 0.3) for j in range(n)]
    return ChargingProtocol.constant(battery, terms, include_internal=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_formula_between_blocks_leaks_nothing(kind):
    plan = compile_protocol(hops(3 - (kind == "unary"), 3), times=0.7, encoding=kind, steps=2)
    assert plan.compilation.method == "product formula"
    state = cell_state(plan, plan.experiments[0])
    codes = np.diag(encoded_state(plan, np.eye(3**plan.protocol.battery.n_cells))).real
    assert np.diag(state).real @ (1 - codes) < 1e-12
    assert_plan_implements(plan)


def test_gray_is_what_registers_are_by_default_and_qubits_need_none():
    protocol = hops(2, 3)
    plan = compile_protocol(protocol, times=0.4)
    assert plan.options.encoding == "gray"
    again = compile_protocol(protocol, times=0.4, encoding="gray")
    assert again.content_hash == plan.content_hash
    others = [compile_protocol(protocol, times=0.4, encoding=kind) for kind in KINDS]
    assert len({one.content_hash for one in others}) == 3
    assert [len(one.qubits) for one in others] == [4, 4, 6]
    qubits = qb.protocols.blocks(Battery.qubits(3), order=2)
    plain = compile_protocol(qubits, times=0.4)
    unary = compile_protocol(qubits, times=0.4, encoding="unary")
    assert plain.content_hash == unary.content_hash
    assert plain.options.encoding is None


@pytest.mark.parametrize("target", ["line", "heavy-hex"])
def test_layouts_name_qubits_for_qubits_and_registers_for_registers(target):
    sites = (
        Site(),
        Site(levels=(0.0, 1.0, 3.0)),
        Site(levels=(0.0, 0.0), role=Role.ANCILLA),
        Site(),
    )
    battery = Battery(sites=sites, start=BasisStart(levels=(0, 1, 0, 0)))
    terms = [Term(["X", "|2><0|"], (0, 1)), Term(["|1><0|", "X"], (1, 3)), Term("XX", (2, 0))]
    protocol = ChargingProtocol.constant(battery, terms)
    plan = compile_protocol(protocol, times=0.5, target=target, error=0.2, steps=1)
    start, end = layouts(plan)
    assert [isinstance(one, int) for one in start] == [True, False, True]
    assert [isinstance(one, int) for one in end] == [True, False, True]
    flat = [q for one in start for q in (one if isinstance(one, tuple) else (one,))]
    assert flat == [plan.qubits[plan.layout[site]] for site in (0, 1, 2, 4)]
    ends = [q for one in end for q in (one if isinstance(one, tuple) else (one,))]
    assert ends == [plan.qubits[wire] for wire in plan.experiments[0].readout]
    measured = plan.circuit(0, measure=True)
    read = [one for one in measured.data if one.operation.name == "measure"]
    assert [measured.find_bit(one.qubits[0]).index for one in read] == ends
    assert_plan_implements(plan)


def test_a_register_lies_on_qubits_that_are_coupled():
    ladder = [Term("a", (j,)) for j in range(4)]
    protocol = ChargingProtocol.constant(Battery.equal_cells(4, levels=[0, 1, 2, 3]), ladder)
    plan = compile_protocol(protocol, times=0.5, target="heavy-hex")
    for pair in layouts(plan)[0]:
        assert pair in plan.target.coupling
    assert plan_cost(plan, 0).two_qubit_gates <= 3 * 4


@pytest.mark.parametrize("kind", KINDS)
def test_local_gates_and_order_count_cells_whatever_holds_them(kind):
    battery = Battery.equal_cells(3, levels=[0, 1, 2])
    jump = ChargingProtocol.constant(battery, [Term(["|2><0|"] * 3, (0, 1, 2))])
    assert jump.order == 3
    plan = compile_protocol(jump, times=0.4, encoding=kind)
    assert plan.compilation.assumes_start
    assert plan_cost(plan, 0).k_local_gates == 1
    assert plan.local_layers[0][0][0].sites == (0, 1, 2)
    ladder = ChargingProtocol.constant(battery, [Term("a", (j,)) for j in range(3)])
    assert plan_cost(compile_protocol(ladder, times=0.4, encoding=kind), 0).k_local_gates == 0


def test_the_qutrit_transition_charger_costs_one_fan_out():
    """|d...d><1...1| of the letter: one rotation, and a CX for every other qubit that flips."""
    battery = Battery.equal_cells(4, levels=[0, 1, 2], start="0000")
    jump = ChargingProtocol.constant(battery, [Term(["|2><0|"] * 4, range(4))])
    gates = {"binary": 3, "gray": 7, "unary": 7}
    for kind, number in gates.items():
        plan = compile_protocol(jump, times=[0.4, 0.9], encoding=kind)
        assert plan_cost(plan, 1).two_qubit_gates == number


def test_resets_are_refused_where_the_device_has_none():
    names = ("cx", "measure", "rz", "sx", "x")
    device = DeviceTarget(
        name="plain", n_qubits=2, operations=tuple(Operation(name=name) for name in names)
    )
    schedule = (Evolve(terms=(Term("XX", (0, 1)),), duration=0.4), Reset(sites=(1,)))
    protocol = ChargingProtocol(battery=Battery.qubits(2), schedule=schedule)
    with pytest.raises(InvalidRequest, match="plain has no reset"):
        compile_protocol(protocol, times=0.4, target=device)
    assert compile_protocol(
        ChargingProtocol(battery=Battery.qubits(2), schedule=schedule[:1]), times=0.4, target=device
    )


def test_starts_other_than_levels_keep_blocks_from_assuming_one():
    amplitudes = ((1.0, 0.5j), (0.3, 1.0), (1.0, 0.0))
    battery = Battery(sites=(Site(),) * 3, start=ProductStart(amplitudes=amplitudes))
    for terms in ([Term("XXX", (0, 1, 2))], [Term("XX", (0, 1)), Term("YY", (1, 2))]):
        protocol = ChargingProtocol.constant(battery, terms)
        plan = compile_protocol(protocol, times=[0.0, 0.7], target="line", error=1e-13)
        assert not plan.compilation.assumes_start
        assert plan.compilation.error_kind == "exact"
        assert_plan_implements(plan)
