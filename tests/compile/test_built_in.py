"""Qiskit's own circuits stand beside ours, so that strings without structure never cost more."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import Operator, SparsePauliOp
from qiskit.synthesis import LieTrotter
from qiskit.transpiler.passes.synthesis.high_level_synthesis import HLSConfig

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line, to_qiskit
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Interaction
from qbcircuit.compile.network.built_in import METHODS, Stage, built_in, makes
from qbcircuit.compile.network.candidates import MOST_WIRES, built_in_networks
from qbcircuit.terms import Term
from qbcircuit.testing import (
    LETTERS,
    assert_plan_implements,
    dense_hamiltonian,
    distance_up_to_phase,
    evolution,
    random_term,
)


def strings(n, n_terms, seed, k=3):
    """Random strings of k letters on k cells each, many of which overlap."""
    rng = np.random.default_rng(seed)
    found = {}
    while len(found) < n_terms:
        sites = tuple(sorted(rng.choice(n, k, replace=False).tolist()))
        letters = "".join(rng.choice(list("XYZ"), k))
        found[letters, sites] = Term(letters, sites, rng.normal())
    return list(found.values())


def of_qiskit(terms, n, device):
    """(gates, depth) of one first-order step by every synthesis of Qiskit, routed, level 3."""
    labels = [("".join(one.operators), list(one.sites), one.strength.real) for one in terms]
    operator = SparsePauliOp.from_sparse_list(labels, n)
    gate = PauliEvolutionGate(operator, time=1.0, synthesis=LieTrotter())
    circuit = QuantumCircuit(n)
    circuit.append(gate, range(n))
    for method in ("default", "rustiq"):
        made = transpile(
            circuit,
            target=to_qiskit(device),
            optimization_level=3,
            seed_transpiler=1,
            hls_config=HLSConfig(PauliEvolution=[method]),
        )
        yield made.num_nonlocal_gates(), made.depth(lambda one: len(one.qubits) == 2)


@pytest.mark.parametrize("device", [all_to_all, line], ids=["all-to-all", "line"])
@pytest.mark.parametrize("seed", [1, 2])
def test_random_overlapping_strings_cost_no_more_than_by_qiskit(seed, device):
    n = 7
    terms = strings(n, 18, seed)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    for optimise, which in (("gates", 0), ("depth", 1)):
        plan = compile_protocol(
            protocol, times=0.05, formula=1, steps=1, target=device(n), optimise=optimise
        )
        assert_plan_implements(plan)
        cost = plan_cost(plan, 0)
        ours = cost.two_qubit_gates, cost.two_qubit_depth
        assert ours[which] <= min(one[which] for one in of_qiskit(terms, n, device(n)))


def test_strings_too_many_to_search_are_qiskits_where_that_costs_less(monkeypatch):
    n = MOST_WIRES + 2
    terms = strings(n, 30, 1, k=5)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)

    def gates():
        plan = compile_protocol(protocol, times=0.05, formula=1, steps=1, target=all_to_all(n))
        return plan_cost(plan, 0).two_qubit_gates

    found = gates()
    monkeypatch.setattr("qbcircuit.compile.evolution.built_in_networks", lambda *_: ())
    assert found < gates()
    assert found <= min(one for one, _ in of_qiskit(terms, n, all_to_all(n)))


@pytest.mark.parametrize("device", [heavy_hex("cz"), line(30)], ids=lambda one: one.name)
@pytest.mark.parametrize("seed", [1, 2])
def test_many_routed_strings_are_not_outdone_by_qiskit(seed, device):
    terms = strings(30, 60, seed)
    protocol = ChargingProtocol.constant(Battery.qubits(30), terms)
    plan = compile_protocol(protocol, times=0.05, formula=1, steps=1, target=device)
    cost = plan_cost(plan, 0)
    for gates, depth in of_qiskit(terms, 30, device):
        assert cost.two_qubit_gates <= gates or cost.two_qubit_depth <= depth


@pytest.mark.parametrize("n_terms", [1, 4])
@pytest.mark.parametrize("seed", range(3))
def test_every_circuit_is_its_strings_one_after_another(seed, n_terms):
    """Made one by one in the order given, where they do not commute."""
    n, angle = 4, Parameter("tau")
    rng = np.random.default_rng(seed)
    masks = [tuple(map(int, rng.integers(1, 2**n, 2))) for _ in range(n_terms)]
    stages = [Stage([(x, z, (0.3 + i) * angle)]) for i, (x, z) in enumerate(masks)]
    wanted = np.eye(1 << n, dtype=complex)
    for i, (x, z) in enumerate(masks):
        string = np.eye(1)
        for j in range(n):
            letter = "IXZY"[(x >> j & 1) + 2 * (z >> j & 1)]
            string = np.kron(np.eye(2) if letter == "I" else LETTERS[letter], string)
        half = (0.3 + i) * 0.7 / 2
        wanted = (np.cos(half) * np.eye(1 << n) - 1j * np.sin(half) * string) @ wanted
    found = list(built_in(stages, n, routed=False))
    assert len(found) >= 2 + len(METHODS)
    for one in found:
        bound = one.assign_parameters({angle: 0.7})
        assert distance_up_to_phase(Operator(bound).data, wanted) < 1e-9


def test_strings_of_a_stage_that_do_not_commute_stay_together():
    hop = Term("X-+", (0, 1, 2), 0.4 + 0.7j)  # XX + YY and XY - YX, under one X
    other = Term("XXX", (0, 1, 3), 0.3)
    layer = tuple(Interaction(sites=one.sites, terms=(one,)) for one in (hop, other))[:1]
    mixed = (*layer, Interaction(sites=(0, 3, 4), terms=(Term("XZZ", (0, 3, 4), 0.9),)))
    tail = (Interaction(sites=other.sites, terms=(other,)),)
    found = list(built_in_networks([(mixed, 0.8), (tail, 0.5)], 5, Wiring()))
    assert found
    wanted = evolution(dense_hamiltonian([other], 5), 0.5) @ evolution(
        dense_hamiltonian([hop, mixed[1].terms[0]], 5), 0.8
    )
    for one in found:
        assert distance_up_to_phase(Operator(one).data, wanted) < 1e-9


def test_a_circuit_that_is_something_else_is_told():
    one, two = Parameter("one"), Parameter("two")
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    circuit.rz(one, 1)
    circuit.cx(0, 1)
    circuit.rx(two, 0)
    zz, x = (0, 3), (1, 0)
    assert makes(circuit, [zz, x], [one, two])
    assert not makes(circuit, [x, zz], [two, one])  # they do not commute
    assert not makes(circuit, [zz, (2, 0)], [one, two])
    circuit.s(0)
    assert not makes(circuit, [zz, x], [one, two])


def test_random_terms_of_all_letters_are_realised():
    rng = np.random.default_rng(11)
    terms = [random_term(rng, 5, 3, "XYZ+-") for _ in range(8)]
    protocol = ChargingProtocol.constant(Battery.qubits(5), terms)
    for target in ("all-to-all", "heavy-hex"):
        assert_plan_implements(compile_protocol(protocol, times=0.3, error=0.05, target=target))
