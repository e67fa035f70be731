"""Pairs of sites by their Cartan decomposition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.exact.cartan import cartan_block
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


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_any_pair_at_any_duration(seed):
    rng = np.random.default_rng(seed)
    terms = [random_term(rng, 2, int(rng.integers(1, 3))) for _ in range(int(rng.integers(1, 6)))]
    block = cartan_block(Interaction(sites=(0, 1), terms=tuple(terms)))
    free = ParameterVector("angle", block.n_angles)
    circuit = block.circuit(list(free))
    assert circuit.num_nonlocal_gates() == block.n_cx
    for duration in (0.0, 1e-9, 1e-4, math.pi / 2, float(rng.normal()), 40.0):
        bound = circuit.assign_parameters(dict(zip(free, block.angles(duration), strict=True)))
        exact = evolution(dense_hamiltonian(terms, 2), duration)
        assert distance_up_to_phase(Operator(bound).data, exact) < 1e-11


@pytest.mark.parametrize(
    ("terms", "n_cx"),
    [
        ([Term("XX", (0, 1), 1.0), *uniform_field((0, 1), 0.3)], 2),
        ([Term("++", (0, 1), 0.4 + 0.3j), Term("Z", (0,), 0.3), Term("Z", (1,), -0.7)], 2),
        (generic(0, 1), 3),
    ],
)
def test_free_fermions_take_two(terms, n_cx):
    assert cartan_block(Interaction(sites=(0, 1), terms=tuple(terms))).n_cx == n_cx


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
