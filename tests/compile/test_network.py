"""Networks of Clifford gates equal their rotations, on every target and whatever the search."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter
from qiskit.circuit.library import PermutationGate
from qiskit.quantum_info import Operator

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, evolution
from qbcircuit.compile.devices.device_graph import graph_of
from qbcircuit.compile.devices.gathering import compact, gathered
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import exact_layers
from qbcircuit.compile.gates.gatelist import Op, two_qubit_cost
from qbcircuit.compile.gates.routing import routed
from qbcircuit.compile.network.candidates import networks
from qbcircuit.compile.network.search import Taste, Turn, network
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.strings import Gate
from qbcircuit.compile.network.writing import Writer
from qbcircuit.terms import Term
from qbcircuit.testing import (
    LETTERS,
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    dense_hamiltonian,
    distance_up_to_phase,
    in_place,
    random_term,
)
from qbcircuit.testing import (
    evolution as exact_evolution,
)

DEVICES = [
    *(all_to_all(6, gates) for gates in ("cx", "rzz")),
    line(6, "cx"),
    *(heavy_hex(gates) for gates in ("cz", "rzz")),
]


def _line(n):
    return tuple((i, i + 1) for i in range(n - 1))


def _ring(n):
    return (*_line(n), (0, n - 1)) if n > 2 else _line(n)


def _rotation(masks, angle, n):
    x, z = masks
    string = np.eye(1, dtype=complex)
    for j in range(n):
        letter = ".XZY"[(x >> j & 1) + 2 * (z >> j & 1)]
        string = np.kron(LETTERS[letter] if letter != "." else np.eye(2), string)
    return math.cos(angle / 2) * np.eye(1 << n) - 1j * math.sin(angle / 2) * string


def _product(rotations, angles, n):
    unitary = np.eye(1 << n, dtype=complex)
    for masks, angle in zip(rotations, angles, strict=True):
        unitary = _rotation(masks, angle, n) @ unitary
    return unitary


@st.composite
def _cases(draw):
    n = draw(st.integers(1, 5))
    mask = st.integers(0, 2**n - 1)
    rotations = draw(st.lists(st.tuples(mask, mask).filter(any), max_size=7))
    return n, rotations, [0.3 + 0.21 * i for i in range(len(rotations))]


@settings(deadline=None, max_examples=60)
@given(
    case=_cases(),
    coupled=st.sampled_from(["all", "line", "ring"]),
    drifts=st.booleans(),
    noise=st.sampled_from([0.0, 0.5]),
)
def test_a_network_is_the_product_of_its_rotations(case, coupled, drifts, noise):
    n, rotations, angles = case
    edges = {"all": None, "line": _line(n), "ring": _ring(n)}[coupled]
    reach = Reach(n, edges, (1 << n) - 1)
    writer = Writer(rotations, n)
    events = network(rotations, reach, Taste(drifts=drifts, noise=noise))
    writer.write(events, dict(enumerate(angles)))
    ends = writer.settle()
    assert edges is None or set(map(tuple, map(sorted, _pairs(writer.circuit)))) <= set(edges)
    assert drifts or ends == list(range(n))
    writer.circuit.append(PermutationGate(ends), range(n))
    found = Operator(writer.circuit).data
    assert distance_up_to_phase(found, _product(rotations, angles, n)) < 1e-7


@settings(deadline=None, max_examples=40)
@given(
    case=_cases(),
    coupled=st.sampled_from(["all", "line", "ring"]),
    drifts=st.booleans(),
    share=st.floats(0, 1),
)
def test_a_network_goes_on_from_the_beginning_of_another(case, coupled, drifts, share):
    n, rotations, angles = case
    edges = {"all": None, "line": _line(n), "ring": _ring(n)}[coupled]
    reach = Reach(n, edges, (1 << n) - 1)
    events = network(rotations, reach, Taste(drifts=drifts))
    turned = max((i + 1 for i, event in enumerate(events) if isinstance(event, Turn)), default=0)
    begun = events[: round(share * turned)]
    other = network(rotations, reach, Taste(drifts=drifts, noise=0.5, seed=1), begun=begun)
    assert other[: len(begun)] == begun
    writer = Writer(rotations, n)
    writer.write(other, dict(enumerate(angles)))
    writer.circuit.append(PermutationGate(writer.settle()), range(n))
    found = Operator(writer.circuit).data
    assert distance_up_to_phase(found, _product(rotations, angles, n)) < 1e-7


@settings(deadline=None, max_examples=40)
@given(case=_cases(), drifts=st.booleans(), less=st.sampled_from([(0, 1), (1, 0)]))
def test_a_search_is_given_up_just_where_it_takes_more_than_it_may(case, drifts, less):
    n, rotations, _ = case
    reach, taste = Reach(n, None, (1 << n) - 1), Taste(drifts=drifts)
    events = network(rotations, reach, taste)
    gates, depth = two_qubit_cost([one.wires for one in events if isinstance(one, Gate)])
    assert network(rotations, reach, taste, most=(gates, depth)) == events
    fewer = gates - less[0], depth - less[1]
    assert (network(rotations, reach, taste, most=fewer) is None) == (gates > 0)


def _pairs(circuit):
    for one in circuit.data:
        if len(one.qubits) == 2:
            yield [circuit.find_bit(qubit).index for qubit in one.qubits]


@pytest.mark.parametrize("neighbours", [None, "line"])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_networks_are_their_stages_one_after_another(order, neighbours):
    """For whole sweeps, whose second half mirrors the first, all ways give the same unitary."""
    rng = np.random.default_rng(order)
    n = 5
    terms = [random_term(rng, n, 3, "XYZ") for _ in range(6)]
    layers = exact_layers(terms, n, lambda one: len(one.terms) == 1)
    assert len(layers) > 2
    near = {i: frozenset({i - 1, i + 1} & set(range(n))) for i in range(n)}
    wiring = Wiring(tuple(near.values()) if neighbours else None)
    lead, tau = Parameter("lead"), Parameter("tau")
    stages = [
        (layers[one.layer], one.of_lead * lead + one.of_tau * tau)
        for one in evolution.schedule.shares(order, len(layers))
    ]
    wanted = np.eye(1 << n, dtype=complex)
    for layer, time in stages:
        seconds = float(time.bind({free: {"lead": 0.3, "tau": 0.8}[free.name]
                                   for free in time.parameters}))  # fmt: skip
        inside = [term for one in layer for term in one.terms]
        wanted = exact_evolution(dense_hamiltonian(inside, n), seconds) @ wanted
    for optimise, stays in itertools.product(("gates", "depth"), (True, False)):
        found = list(networks(stages, n, wiring, optimise, stays=stays))
        assert found
        for one in found:
            bound = one.assign_parameters({lead: 0.3, tau: 0.8})
            assert distance_up_to_phase(Operator(bound).data, wanted) < 1e-8
            rests = one.assign_parameters({lead: 0.0, tau: 0.0})
            assert distance_up_to_phase(Operator(rests).data, np.eye(1 << n)) < 1e-8


def test_strings_that_do_not_commute_within_an_interaction_are_left_alone():
    layer = exact_layers([Term("X", (0,)), Term("Z", (0,)), Term("XXX", (0, 1, 2)),
                          Term("ZXX", (0, 1, 2))], 3, lambda _: True)  # fmt: skip
    assert not list(networks([(layer[0], 1.0)], 3, Wiring(), "gates", stays=True))


@pytest.mark.parametrize("device", DEVICES, ids=lambda d: f"{d.name}-{'-'.join(d.gates)}")
@pytest.mark.parametrize(("formula", "steps"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_plans_of_random_strings(device, formula, steps):
    rng = np.random.default_rng(10 * formula + steps)
    terms = tuple({(t.operators, t.sites): t for t in (
        random_term(rng, 5, 3, "XYZ") for _ in range(7)
    )}.values())  # fmt: skip
    protocol = ChargingProtocol.constant(Battery.qubits(5), terms)
    plan = compile_protocol(
        protocol, times=[0.2, 0.5], target=device, formula=formula, steps=steps, start="any"
    )
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, device)


@pytest.mark.parametrize("device", DEVICES[::2], ids=lambda d: d.name)
def test_networks_never_cost_more(device, monkeypatch):
    rng = np.random.default_rng(3)
    terms = [random_term(rng, 6, 3, "XYZ") for _ in range(12)]
    protocol = ChargingProtocol.constant(Battery.qubits(6), terms)

    def count():
        plan = compile_protocol(protocol, times=0.1, target=device, formula=1, steps=1, start="any")
        return plan.circuit(0).num_nonlocal_gates(), in_place(plan, plan.experiments[0])

    found, circuit = count()
    monkeypatch.setattr(evolution, "networks", lambda *_, **__: ())
    layered, twin = count()
    assert found < 0.9 * layered
    assert distance_up_to_phase(Operator(circuit).data, Operator(twin).data) < 1e-8


def test_last_swaps_are_left_out_and_told():
    ops = [Op("swap", (0, 1)), Op("cx", (0, 2)), Op("swap", (1, 2)), Op("swap", (0, 1))]
    kept, ends = routed(ops, 3, None, restore=False)
    assert kept == ops[:2]
    assert ends == (2, 0, 1)
    assert routed(ops, 3, None, restore=True) == (ops, (0, 1, 2))


def test_the_cost_of_a_string_is_that_of_its_tree():
    reach = Reach(5, _line(5), 0b11111)
    masks = np.array([0b1, 0b11, 0b101, 0b10001, 0b10101])
    assert reach.costs(masks).tolist() == [0, 1, 3, 7, 6]
    assert reach.without(4).costs(masks[:3]).tolist() == [0, 1, 3]
    assert Reach(5, None, 0b11111).costs(masks).tolist() == [0, 1, 1, 1, 2]
    assert reach.removable == [0, 4]


def test_sites_gather_around_those_they_meet():
    graph = graph_of(heavy_hex())
    region = compact(graph, graph.nodes, 12)[0]
    links = [pair for pair in graph.link_costs if set(pair) <= set(region)]
    assert len(links) == 12, "twelve qubits fit on one hexagon"
    rng = np.random.default_rng(0)
    shapes = [tuple(int(s) for s in rng.choice(10, 3, replace=False)) for _ in range(15)]
    placed = gathered(tuple(range(10)), shapes, graph, graph.nodes)
    assert placed is not None
    assert len(set(placed.values())) == 10
    again = gathered(tuple(range(10)), shapes, graph, graph.nodes)
    assert placed == again
    assert gathered(tuple(range(31)), [tuple(range(31))], graph, graph.nodes) is None
