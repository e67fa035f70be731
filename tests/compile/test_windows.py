"""Commuting strings that overlap: gathered on anchors, side by side."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol, resolve_target
from qbcircuit.compile.exact import parities
from qbcircuit.compile.exact.layer_circuits import append_layer, chosen, ways
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.gates.gatelist import GateList
from qbcircuit.compile.gates.rotations import Angle
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term
from qbcircuit.testing import dense_hamiltonian, distance_up_to_phase, evolution

COUNTS = {
    (2, 20, "all-to-all", "cx"): (380, 40),
    (2, 20, "heavy-hex", "rzz"): (190, 20),
    (3, 20, "all-to-all", "cx"): (480, 80),
    (3, 20, "all-to-all", "rzz"): (360, 60),
    (3, 20, "line", "cx"): (720, 80),
    (3, 20, "heavy-hex", "cz"): (720, 80),
    (3, 20, "heavy-hex", "rzz"): (540, 60),
    (3, 100, "heavy-hex", "cz"): (3920, 80),
    (4, 20, "all-to-all", "cx"): (540, 120),
    (4, 20, "heavy-hex", "cz"): (1020, 160),
}
"""Two-qubit gates and depth of 10 steps of order 2: width, cells, target, gates."""


def path(n):
    return Wiring(tuple(frozenset(j for j in (i - 1, i + 1) if 0 <= j < n) for i in range(n)))


def two_qubit_depth(circuit):
    return circuit.depth(lambda gate: len(gate.qubits) == 2)


@pytest.mark.parametrize("optimise", ["gates", "depth"])
@pytest.mark.parametrize("asked", COUNTS)
def test_ten_steps_of_windows(asked, optimise):
    order, n_cells, name, gates = asked
    plan = compile_protocol(
        protocols.windows(Battery.qubits(n_cells), order=order, field=0.5),
        times=1.0,
        steps=10,
        formula=2,
        target=resolve_target(name, n_cells, gates=gates),
        optimise=optimise,
    )
    (circuit,) = plan.circuits
    most_gates, most_depth = COUNTS[asked]
    assert circuit.num_nonlocal_gates() <= most_gates
    assert two_qubit_depth(circuit) <= most_depth


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_every_way_of_a_layer_is_its_exponential(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    letters = rng.choice(list("XYZ"), n)
    widest = int(rng.integers(1, 4))
    layer = tuple(
        Interaction(sites=sites, terms=(Term(letters[list(sites)], sites, float(rng.normal())),))
        for k in range(1, widest + 1)
        for sites in itertools.combinations(range(n), k)
        if rng.random() < 0.7
    )
    if not layer:
        return
    exact = evolution(dense_hamiltonian([one.terms[0] for one in layer], n), 0.41)
    for wiring, optimise in itertools.product((Wiring(), path(n)), ("gates", "depth")):
        for way in range(len(ways(layer, wiring, optimise))):
            circuit = QuantumCircuit(n)
            append_layer(circuit, layer, 0.41, wiring, optimise, way=way)
            assert distance_up_to_phase(Operator(circuit).data, exact) < 1e-9
            ops = tuple(chosen(layer, wiring, optimise, way).ops(Angle(0.41)))
            listed = GateList(ops, n, ()).circuit
            assert distance_up_to_phase(Operator(listed).data, exact) < 1e-9


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_chains_turn_every_parity_once_and_restore_every_wire(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    masks = {int(mask): float(rng.normal()) for mask in rng.integers(1, 1 << n, size=8)}
    holds = [1 << wire for wire in range(n)]
    turned = {}
    for op in parities.ops(masks, parities.chains(masks, Wiring()), Angle(0.5)):
        if op.kind == "cx":
            holds[op.wires[1]] ^= holds[op.wires[0]]
        else:
            assert holds[op.wires[0]] not in turned
            turned[holds[op.wires[0]]] = op.angle.number
    assert turned == masks
    assert holds == [1 << wire for wire in range(n)]


def test_chains_need_an_anchor_coupled_to_every_site():
    assert parities.chains({0b111: 1.0}, path(4)) is not None
    assert parities.chains({0b1111: 1.0}, path(4)) is None


def test_gates_or_depth():
    triples = [Term("XXX", sites, 1.0) for sites in itertools.combinations(range(6), 3)]
    layer = tuple(Interaction(sites=one.sites, terms=(one,)) for one in triples)
    few, shallow = (ways(layer, Wiring(), optimise)[0] for optimise in ("gates", "depth"))
    assert few.cost[0] < shallow.cost[0]
    assert shallow.cost[1] < few.cost[1]
    for one in (few, shallow):
        assert one.cost == (one.circuit.num_nonlocal_gates(), two_qubit_depth(one.circuit))
