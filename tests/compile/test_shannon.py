"""Up to three sites as one unitary: pairs by Cartan, three by Shannon."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator
from scipy.stats import unitary_group

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.exact.cartan import pair_angles
from qbcircuit.compile.exact.shannon import UnitaryBlock, unitary_block
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.compile.pipeline import compile_protocol
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import (
    assert_plan_implements,
    assert_zero_angles_rest,
    dense_hamiltonian,
    distance_up_to_phase,
    evolution,
    random_term,
)


def heisenberg(i, j):
    return [Term("XX", (i, j), 1.0), Term("YY", (i, j), -0.4), Term("ZZ", (i, j), 0.3)]


def generic(i, j):
    return [*heisenberg(i, j), Term("XZ", (i, j), 0.2), Term("X", (i,), 0.3), Term("Z", (j,), 0.6)]


DURATIONS = (0.0, 1e-9, 1e-6, 1e-4, 0.02, math.pi / 2, 40.0)


def circuit_of(block, angles):
    free = ParameterVector("angle", block.n_angles)
    return block.circuit(list(free)).assign_parameters(dict(zip(free, angles, strict=True)))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 3))
def test_any_terms_at_any_duration(seed, n):
    rng = np.random.default_rng(seed)
    orders = rng.integers(1, n + 1, int(rng.integers(1, 7)))
    terms = [random_term(rng, n, int(order)) for order in orders]
    block = unitary_block(Interaction(sites=tuple(range(n)), terms=tuple(terms)), Wiring())
    for duration in (*DURATIONS, float(rng.normal())):
        circuit = circuit_of(block, block.angles(duration))
        assert circuit.num_nonlocal_gates() == block.n_cx
        exact = evolution(dense_hamiltonian(terms, n), duration)
        assert distance_up_to_phase(Operator(circuit).data, exact) < 1e-11
    assert distance_up_to_phase(block_at_rest(block), np.eye(2**n)) < 1e-12


def block_at_rest(block):
    return Operator(circuit_of(block, [0.0] * block.n_angles)).data


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6), near=st.sampled_from([None, [{1}, {0, 2}, {1}], [{2}, {2}, {0, 1}]])
)
def test_any_unitary_of_three_wires(seed, near):
    """Eigenvalues may coincide, and the couplings choose which wire is rotated."""
    rng = np.random.default_rng(seed)
    vectors = unitary_group.rvs(8, random_state=rng)
    energies = rng.choice(rng.normal(size=int(rng.integers(1, 9))), 8)
    wiring = Wiring(None if near is None else tuple(map(frozenset, near)))
    every = tuple(itertools.product(range(8), repeat=2))[1:]
    block = UnitaryBlock(
        (0, 1, 2),
        lambda t: (vectors * np.exp(-1j * t * energies)) @ vectors.conj().T,
        every,
        wiring,
    )
    for duration in DURATIONS:
        made = Operator(circuit_of(block, block.angles(duration))).data
        assert distance_up_to_phase(made, block.unitary(duration)) < 1e-11
    if near is not None:
        middle = max(range(3), key=lambda wire: len(near[wire]))
        pairs = [{circuit.find_bit(q).index for q in one.qubits} for circuit in
                 [circuit_of(block, block.angles(1.0))] for one in circuit.data
                 if len(one.qubits) == 2]  # fmt: skip
        assert sum(middle not in pair for pair in pairs) <= 6


def test_what_is_weak_is_not_left_out():
    """At long times it is not weak."""
    pair = [Term("XX", (0, 1), 1.0), Term("YY", (0, 1), -0.4), *uniform_field((0, 1), 0.3)]
    for terms, n_cx in ((pair, 2), ([*pair, Term("ZZ", (0, 1), 1e-10)], 3)):
        block = unitary_block(Interaction(sites=(0, 1), terms=tuple(terms)), Wiring())
        assert block.n_cx == n_cx
        made = Operator(circuit_of(block, block.angles(1e6))).data
        assert distance_up_to_phase(made, evolution(dense_hamiltonian(terms, 2), 1e6)) < 1e-8


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 6))
def test_a_core_is_left_out_exactly_where_no_product_of_rotations_needs_it(seed, count):
    rng = np.random.default_rng(seed)
    every = list(itertools.product(range(4), repeat=2))[1:]
    strings = [every[i] for i in rng.choice(15, count, replace=False)]
    largest = np.zeros(3)
    for _ in range(3):
        unitary = np.eye(4, dtype=complex)
        for i in rng.integers(0, count, 200):  # long enough that none stays special
            rotation = PauliSum.from_masks({strings[i]: rng.normal()}, 2).dense((0, 1))
            unitary = evolution(rotation, 1.0) @ unitary
        largest = np.maximum(largest, np.abs(pair_angles(unitary)[12:]))
    needed = 3 if largest[2] > 1e-9 else 2 if largest[0] > 1e-9 else 0
    assert UnitaryBlock((0, 1), lambda _: np.eye(4), tuple(strings)).n_cx == needed


@pytest.mark.parametrize("conserved", [None, 0, 1, 2])
def test_gates_of_three_wires(conserved):
    terms = [
        Term(letters, (0, 1, 2), 0.3 + 0.1 * i)
        for i, letters in enumerate(itertools.product("XYZ", repeat=3))
        if conserved is None or letters[conserved] == "Z"
    ]
    terms += [Term("X", (site,), 0.5) for site in range(3) if site != conserved]
    block = unitary_block(Interaction(sites=(0, 1, 2), terms=tuple(terms)), Wiring())
    assert block.n_cx == (21 if conserved is None else 9)
    made = Operator(circuit_of(block, block.angles(0.7))).data
    assert distance_up_to_phase(made, evolution(dense_hamiltonian(terms, 3), 0.7)) < 1e-11


@pytest.mark.parametrize(
    ("terms", "n_cx"),
    [
        ([Term("XX", (0, 1), 1.0), *uniform_field((0, 1), 0.3)], 2),
        ([Term("++", (0, 1), 0.4 + 0.3j), Term("Z", (0,), 0.3), Term("Z", (1,), -0.7)], 2),
        (generic(0, 1), 3),
    ],
)
def test_free_fermions_take_two(terms, n_cx):
    assert unitary_block(Interaction(sites=(0, 1), terms=tuple(terms)), Wiring()).n_cx == n_cx


@pytest.mark.parametrize("target", [all_to_all, line, lambda _: heavy_hex("rzz")])
@pytest.mark.parametrize(
    ("n", "terms", "formula", "gates"),
    [
        (2, heisenberg(0, 1), None, 3),
        (4, [*generic(0, 1), *generic(3, 2)], None, 6),
        (3, [*generic(0, 1), *generic(1, 2)], 1, 12),
        (3, [*generic(0, 1), *heisenberg(1, 2)], 2, 15),
    ],
)
def test_plans_with_pairs(target, n, terms, formula, gates):
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    steps = 2 if formula else None
    plan = compile_protocol(
        protocol, times=[0, 0.2, 0.8], target=target(n), start="any", formula=formula, steps=steps
    )
    written = plan.circuit(2)
    assert sum(len(one.qubits) == 2 for one in written.data) <= gates
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


def test_every_interval_has_its_own_angles():
    schedule = (
        Evolve(terms=tuple(generic(0, 1)), duration=0.4),
        Evolve(terms=tuple(generic(1, 0))),
    )
    protocol = ChargingProtocol(battery=Battery.qubits(2, start="10"), schedule=schedule)
    plan = compile_protocol(protocol, times=[0.1, 0.4, 1.1], start="any")
    assert sum(len(one.qubits) == 2 for one in plan.circuit(2).data) == 6
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


def test_many_strings_of_three_cells_are_taken_together():
    """4 triples of 63 strings in all: 7 blocks of 21 CX a sweep and one more at its end."""
    protocol = protocols.build("random-gue", Battery.qubits(4), order=3)
    plan = compile_protocol(protocol, times=(0.1, 0.3), formula=2, steps=2, start="any")
    assert {one.name for one in plan.templates} == {"blocks, sweep", "blocks, end"}
    assert plan_cost(plan, 1).two_qubit_gates <= 21 * 13
    assert_plan_implements(plan)
