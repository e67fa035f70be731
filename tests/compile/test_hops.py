"""Networks that flip one pair of states: the right evolution, and the counts they are for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, SparsePauliOp

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.exact.hops import COMPLETE, PATH, hop_circuits, lone_hop
from qbcircuit.compile.exact.networks import network, parsed
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.compile.pipeline import compile_protocol
from qbcircuit.interop import from_sparse_pauli_op
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    dense_hamiltonian,
    distance_up_to_phase,
    evolution,
)

TARGETS = {
    "all-to-all": all_to_all,
    "line": line,
    "heavy-hex": lambda _: heavy_hex(),
    "heavy-hex + rzz": lambda _: heavy_hex("rzz"),
}


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_every_network_is_right_for_any_letters_strength_and_path(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 6))
    term = Term(
        rng.choice(list("+-"), k), rng.permutation(k).tolist(), complex(*rng.normal(size=2))
    )
    order = rng.permutation(k).tolist()
    links = [set() for _ in range(k)]
    for a, b in itertools.pairwise(order):
        links[a].add(b)
        links[b].add(a)
    tau = float(rng.normal())
    exact = evolution(dense_hamiltonian([term], k), tau)
    for wiring, least in ((Wiring(), 2), (Wiring(tuple(map(frozenset, links))), 1)):
        found = list(hop_circuits([term], k, wiring))
        assert len(found) >= least
        for circuit in found:
            bound = circuit.assign_parameters({TAU: tau})
            assert distance_up_to_phase(Operator(bound).data, exact) < 1e-12
    assert all({a, b} <= links[a] | {a} for a, b in pairs(circuit))


def pairs(circuit):
    wires = ([circuit.find_bit(q).index for q in one.qubits] for one in circuit.data)
    return [tuple(one) for one in wires if len(one) == 2]


@pytest.mark.parametrize(
    ("k", "target", "gates", "depth"),
    [
        (3, "all-to-all", 6, 6),
        (3, "line", 7, 7),
        (3, "heavy-hex", 7, 7),
        (3, "heavy-hex + rzz", 7, 7),
        (4, "all-to-all", 12, 9),
        (4, "line", 14, 9),
        (4, "heavy-hex", 14, 9),
        (5, "all-to-all", 22, 16),
        (5, "heavy-hex", 29, 25),
        (6, "all-to-all", 40, 34),
        (6, "heavy-hex", 60, 46),
    ],
)
def test_counts_of_the_written_circuit(k, target, gates, depth):
    term = Term("+" * k, range(k), 0.7 - 0.4j)
    protocol = ChargingProtocol.constant(Battery.qubits(k), [term])
    plan = compile_protocol(protocol, times=[0, 0.9], target=TARGETS[target](k), start="any")
    circuit = plan.circuit(1)
    assert_obeys_target(circuit, plan.target)
    assert len(pairs(circuit)) <= gates
    assert circuit.depth(lambda one: len(one.qubits) == 2) <= depth
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


def test_disjoint_hops_run_at_once_and_are_seen_in_pauli_strings():
    terms = [Term("+++", range(i, i + 3), 0.8) for i in (0, 3)]
    strings = [(letters, sites, value) for term in terms for letters, sites, value in term.paulis()]
    operator = SparsePauliOp.from_sparse_list(strings, num_qubits=6)
    for protocol in (
        ChargingProtocol.constant(Battery.qubits(6), terms),
        from_sparse_pauli_op(operator),
    ):
        plan = compile_protocol(protocol, times=0.9, start="any")
        circuit = plan.circuit(0)
        assert len(pairs(circuit)) == 12
        assert circuit.depth(lambda one: len(one.qubits) == 2) == 6
        assert_plan_implements(plan)


def test_only_a_lone_hop_is_one():
    hop = Term("+-+", (0, 1, 2), 0.5j)
    assert lone_hop([hop], 3) == hop
    assert lone_hop([Term("-+-", (0, 1, 2), -0.5j)], 3) == hop
    assert lone_hop([hop, *uniform_field([1], 0.1)], 3) is None
    assert lone_hop([hop, Term("+++", (0, 1, 2), 0.1)], 3) is None
    assert lone_hop([Term("++Z", (0, 1, 2), 0.5)], 3) is None


@pytest.mark.parametrize("table", [COMPLETE, PATH])
def test_wrong_networks_are_refused(table):
    strings = {(x, z): c.real for x, z, c in _strings(Term("+++", range(3), 1.0))}
    gates = parsed(table[3][0])
    assert isinstance(network(3, gates, strings, TAU), QuantumCircuit)
    with pytest.raises(ValueError, match="entangled"):
        network(3, gates[:-1], strings, TAU)
    with pytest.raises(ValueError, match="never shows"):
        network(3, gates, {**strings, (0, 7): 1.0}, TAU)


def _strings(term):
    return PauliSum.of([term], term.order).rows()
