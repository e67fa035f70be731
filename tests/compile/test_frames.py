"""Frames in which strings are light, and sweeps that begin where they end."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator, Pauli

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.carried import CarriedEvolution
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import bits
from qbcircuit.compile.framed import framed
from qbcircuit.compile.gates.gatelist import GateList
from qbcircuit.compile.gates.turning import turned
from qbcircuit.compile.network.emptying import on_fewest_wires
from qbcircuit.compile.network.frames import lightest
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.compile.unrolled import UnrolledEvolution
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    dense_hamiltonian,
    distance_up_to_phase,
)
from tests.compile.test_built_in import strings

TARGETS = {"all-to-all": all_to_all, "line": line, "heavy-hex": lambda n: heavy_hex("cz")}
CHAIN = ((0, 1), (1, 2), (2, 3))


def label(x, z, n):
    return "".join("IXZY"[(x >> i & 1) + 2 * (z >> i & 1)] for i in reversed(range(n)))


def assert_turns(frame, masks, reach):
    """What a frame says of its strings is so, and its gates obey the couplings."""
    whole = Operator(frame.circuit)
    for (x, z), (u, v, minus) in zip(masks, frame.strings, strict=True):
        before, after = (Pauli(label(*one, reach.n_wires)).to_matrix() for one in ((x, z), (u, v)))
        found = whole.data @ before @ whole.data.conj().T
        assert np.allclose(found, -after if minus else after)
    pairs = {tuple(sorted(frame.circuit.find_bit(q).index for q in one.qubits))
             for one in frame.circuit.data if len(one.qubits) == 2}  # fmt: skip
    assert reach.edges is None or pairs <= set(reach.edges)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), edges=st.sampled_from([None, CHAIN]))
def test_a_frame_turns_every_string_into_what_it_says_for_what_it_says(seed, edges):
    n = 4
    rng = np.random.default_rng(seed)
    masks = [tuple(rng.integers(0, 1 << n, 2).tolist()) for _ in range(4)]
    masks = [(x, z) for x, z in masks if x | z]
    comings = rng.integers(2, 20, len(masks)).tolist()
    reach = Reach(n, edges, (1 << n) - 1)
    for frame in lightest(masks, comings, reach, 3):
        assert_turns(frame, masks, reach)
        supports = np.array([u | v for u, v, _ in frame.strings])
        gathered = 2 * int(reach.costs(supports) @ np.array(comings))
        plain = 2 * int(reach.costs(np.array([x | z for x, z in masks])) @ np.array(comings))
        assert gathered + 2 * frame.circuit.num_nonlocal_gates() < plain


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    n_strings=st.integers(1, 5),
    few=st.booleans(),
    tree=st.booleans(),
)
@example(seed=60095, n=1, n_strings=1, few=False, tree=True)  # no string at all
def test_strings_are_taken_to_as_few_wires_as_any_frame_takes_them_to(
    seed, n, n_strings, few, tree
):
    """Products of n_strings independent strings and c that commute with all need (n + c) / 2."""
    rng = np.random.default_rng(seed)
    independent = rng.integers(0, 2, (n_strings, 2 * n))
    rows = rng.integers(0, 2, (6, n_strings)) @ independent % 2 if few else independent
    rows = rows[rows.any(axis=1)]
    masks = [tuple(int(half @ (1 << np.arange(n))) for half in np.split(row, 2)) for row in rows]
    edges = tuple((int(rng.integers(0, i)), i) for i in range(1, n)) if tree else None
    reach = Reach(n, edges, (1 << n) - 1)
    frame = on_fewest_wires(masks, reach)
    assert_turns(frame, masks, reach)
    wires = set(bits(functools.reduce(int.__or__, (u | v for u, v, _ in frame.strings), 0)))
    crossed = (rows[:, :n] @ rows[:, n:].T + rows[:, n:] @ rows[:, :n].T) % 2
    rank, crossing = rank_modulo_2(rows), rank_modulo_2(crossed)
    assert len(wires) == rank - crossing // 2


def rank_modulo_2(matrix):
    left, rank = matrix.copy() % 2, 0
    for column in range(left.shape[1] if left.size else 0):
        found = np.flatnonzero(left[rank:, column])
        if found.size:
            left[[rank, rank + found[0]]] = left[[rank + found[0], rank]]
            others = np.flatnonzero(left[:, column])
            left[others[others != rank]] ^= left[rank]
            rank += 1
        if rank == len(left):
            break
    return rank


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("formula", "seed"), [(1, 5), (2, 0), (4, 1)])
def test_evolution_in_a_frame_is_the_formula_at_and_between_steps(
    target, formula, seed, monkeypatch
):
    monkeypatch.setattr("qbcircuit.compile.realise.few_wires", lambda *_: ())
    n, steps, last = 5, 6, 0.5
    protocol = ChargingProtocol.constant(Battery.qubits(n), strings(n, 4, seed, k=4))
    times = (0.0, 0.4 * last / steps, 2.5 * last / steps, last)
    plan = compile_protocol(
        protocol, times=times, formula=formula, steps=steps, target=TARGETS[target](n), start="any"
    )
    assert any(one.name == "frame left" for one in plan.templates)
    blocks = [one for layers in plan.local_layers for layer in layers for one in layer]
    shown = {(one.sites, word) for one in blocks for word in one.label.split("+")}
    terms = plan.protocol.evolutions[0].terms
    assert shown == {(one.sites, "".join(one.operators)) for one in terms}
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    for i in range(len(times)):
        assert_obeys_target(plan.circuit(i), plan.target)


def test_interactions_that_commute_as_sums_only_stay_whole_in_a_frame():
    """[XX + YY, ZIZ + IZZ] = 0, string by string not."""
    n = 4
    hop = Interaction(sites=(0, 1), terms=(Term("XX", (0, 1)), Term("YY", (0, 1))))
    pull = Interaction(sites=(0, 1, 2), terms=(Term("ZZ", (0, 2)), Term("ZZ", (1, 2))))
    heavy = tuple(Interaction(sites=one.sites, terms=(one,)) for one in strings(n, 3, 1, k=4))
    layers = ((hop, pull), *((one,) for one in heavy))
    found = list(framed(Evolution("", layers, step=0.1, steps=6), Wiring()))
    assert found
    for inside, circuit in found:
        frame = Operator(circuit).data
        for layer, moved in zip(layers, inside.layers, strict=True):
            wanted = frame @ dense_hamiltonian([t for o in layer for t in o.terms], n)
            parts = [dense_hamiltonian(one.terms, n) for one in moved]
            assert np.allclose(sum(parts) @ frame, wanted)
            assert all(np.allclose(a @ b, b @ a) for a in parts for b in parts)


@pytest.mark.parametrize("kind", [CarriedEvolution, UnrolledEvolution])
def test_a_time_below_the_grid_of_steps_is_no_time(kind):
    layers = tuple((Interaction(sites=one.sites, terms=(one,)),) for one in strings(4, 3, 1, k=4))
    asked = Evolution("", layers, step=0.1, steps=6, once=True)
    assert kind(asked).pieces(TemplateBook(all_to_all(4), (0, 1, 2, 3)), 1e-14) == ((), ())


@pytest.mark.parametrize("target", TARGETS)
def test_few_heavy_strings_take_few_gates_a_step(target):
    """Any three strings are two of one letter and one of two, at worst, in some frame."""
    n = 6
    protocol = ChargingProtocol.constant(Battery.qubits(n), strings(n, 3, 7, k=n))
    gates = {
        steps: plan_cost(
            compile_protocol(
                protocol,
                times=(0.1, 0.3),
                formula=1,
                steps=steps,
                target=TARGETS[target](n),
                start="any",
            ),
            1,
        ).two_qubit_gates
        for steps in (10, 30)
    }
    assert gates[30] - gates[10] <= 20 * 2


def repeated(seed):
    """A circuit of Clifford gates on three wires with a few rotations inside."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(3)
    free = Parameter("tau")
    for _ in range(12):
        a, b = rng.choice(3, 2, replace=False).tolist()
        kind = int(rng.integers(5))
        if kind < 2:
            circuit.cx(a, b)
        elif kind == 2:
            circuit.cz(a, b)
        elif kind == 3:
            getattr(circuit, ("h", "s", "sx")[int(rng.integers(3))])(a)
        else:
            circuit.rz(free, a)
    circuit.rx(free, 0)
    return circuit


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), times=st.integers(2, 5))
@example(seed=1, times=3)
def test_a_turned_circuit_is_the_same_however_often_it_comes(seed, times):
    circuit = repeated(seed)
    made = GateList.of(circuit)
    core = turned(made, times)
    opening, closing = (GateList(ops, 3, ()) for ops in (core.opening, core.closing))
    once = Operator(circuit.assign_parameters([0.7])).power(times).data
    middle = Operator(written(core).assign_parameters([0.7])).power(times).data
    first, last = (Operator(written(one)).data for one in (opening, closing))
    assert distance_up_to_phase(last @ middle @ first, once) < 1e-9
    whole = opening.cost[0] + times * core.cost[0] + closing.cost[0]
    assert whole <= times * made.cost[0]


def written(gates):
    """A circuit of a list of gates, whatever its constants."""
    circuit = QuantumCircuit(gates.n_wires)
    for op in gates.ops:
        if op.kind == "const":
            circuit.unitary(np.array(op.matrix).reshape(2, 2), op.wires)
        elif op.kind in ("x", "z"):
            getattr(circuit, "r" + op.kind)(op.angle.value, *op.wires)
        else:
            getattr(circuit, op.kind)(*op.wires)
    return circuit


def test_what_ends_a_sweep_and_begins_the_next_is_made_once():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rz(Parameter("tau"), 1)
    circuit.cx(0, 1)
    circuit.h(0)
    core = turned(GateList.of(circuit), 10)
    assert (core.cost[0], GateList(core.opening, 2, ()).cost[0]) == (0, 1)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("formula", [1, 2])
def test_sweeps_at_once_are_the_formula_too(target, formula, monkeypatch):
    """Where one time is asked for; where several are, they share their sweeps."""
    monkeypatch.setattr("qbcircuit.compile.realise.framed", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.realise.few_wires", lambda *_: ())
    n, steps = 4, 3
    protocol = ChargingProtocol.constant(Battery.qubits(n), strings(n, 5, 2, k=3))
    options = {"formula": formula, "steps": steps, "target": TARGETS[target](n), "start": "any"}
    plan = compile_protocol(protocol, times=0.4, **options)
    assert [one.name for one in plan.templates] == [f"{steps} sweeps at once"]
    assert plan.compilation.steps == steps
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    assert_obeys_target(plan.circuit(0), plan.target)
    shared = compile_protocol(protocol, times=(0.1, 0.4), **options)
    assert not any("at once" in one.name for one in shared.templates)
    fewer = plan_cost(plan, 0).two_qubit_gates
    assert fewer <= plan_cost(shared, 1).two_qubit_gates


def test_many_sweeps_at_once_take_their_durations_in_order(monkeypatch):
    """Eleven free durations and more, where no network of strings is found."""
    for way in ("few_wires", "framed"):
        monkeypatch.setattr(f"qbcircuit.compile.realise.{way}", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.realise._plain_ways", lambda *_: ())
    for way in ("networks", "built_in_networks"):
        monkeypatch.setattr(f"qbcircuit.compile.evolution.{way}", lambda *_, **__: ())
    protocol = ChargingProtocol.constant(Battery.qubits(4), strings(4, 5, 2, k=3))
    for formula, steps in ((1, 12), (2, 6), (4, 2)):
        plan = compile_protocol(protocol, times=0.37, formula=formula, steps=steps, start="any")
        assert "at once" in plan.templates[0].name
        assert_plan_implements(plan)


def test_a_single_cell_has_no_pairs_to_look_for_frames_on():
    terms = [
        Term(letter, (0,), strength) for letter, strength in (("X", 0.3), ("Y", 0.5), ("Z", 0.7))
    ]
    protocol = ChargingProtocol.constant(Battery.qubits(1), terms)
    plan = compile_protocol(protocol, times=(0.0, 0.3, 1.7), start="any")
    assert plan_cost(plan, 2).two_qubit_gates == 0
    assert_plan_implements(plan)
