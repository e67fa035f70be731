"""Strings that anticommute as a few rotations, equal to their sum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from qbcircuit.compile.exact.anticommuting import in_rotations
from qbcircuit.compile.exact.blocks import block_gates
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Interaction
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.compile.network.candidates import built_in_networks, networks
from qbcircuit.terms import Term
from qbcircuit.testing import dense_hamiltonian, distance_up_to_phase, evolution

TAU = 0.7


def product(rotations, n):
    found = np.eye(1 << n, dtype=complex)
    for one in rotations:
        string = PauliSum.from_masks({(one.x, one.z): 1.0}, n).dense(range(n))
        found = evolution(string, one.slope * TAU + one.shift) @ found
    return found


def _anticommute(one, other):
    return ((one[0] & other[1]).bit_count() + (one[1] & other[0]).bit_count()) & 1


def anticommuting(n, n_strings, seed):
    """Random strings of which any two anticommute."""
    rng = np.random.default_rng(seed)
    every = [(x, z) for x in range(1 << n) for z in range(1 << n)]
    found = []
    while len(found) < n_strings:  # again from the first where none is left, as after X, Y, Z
        free = [one for one in every if all(_anticommute(one, other) for other in found)]
        found = [*found, free[rng.integers(len(free))]] if free else []
    return PauliSum.from_masks({masks: float(rng.normal()) for masks in found}, n)


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), n_strings=st.integers(2, 4))
def test_the_rotations_are_the_sum_evolved(seed, n_strings):
    n = 3
    strings = anticommuting(n, n_strings, seed)
    rotations = in_rotations(strings)
    assert len(rotations) == 2 * n_strings - 1
    assert sum(bool(one.slope) for one in rotations) == 1
    wanted = evolution(strings.dense(range(n)), TAU)
    assert distance_up_to_phase(product(rotations, n), wanted) < 1e-9


def test_sets_that_commute_with_each_other_are_turned_apart():
    terms = [Term("XX", (0, 1), 0.4), Term("ZX", (0, 1), 0.3), Term("YX", (2, 3), -0.8)]
    terms.append(Term("ZX", (2, 3), 0.6))
    rotations = in_rotations(PauliSum.of(terms, 4))
    wanted = evolution(dense_hamiltonian(terms, 4), TAU)
    assert len(rotations) == 6
    assert distance_up_to_phase(product(rotations, 4), wanted) < 1e-9


def test_strings_that_anticommute_in_part_are_left():
    terms = [Term("X", (0,), 0.4), Term("ZX", (0, 1), 0.3), Term("Z", (1,), -0.8)]
    assert in_rotations(PauliSum.of(terms, 2)) is None


@pytest.mark.parametrize(
    ("letters", "most"), [(("XY", "ZY"), 2), (("XYZ", "YYZ"), 4), (("XYZY", "YYZY"), 6)]
)
def test_two_strings_that_differ_on_one_site_take_the_gates_of_one(letters, most):
    sites = tuple(range(len(letters[0])))
    terms = tuple(Term(word, sites, 0.3 + i) for i, word in enumerate(letters))
    block = block_gates(Interaction(sites=sites, terms=terms), Wiring())
    assert block.cost[0] <= most
    bound = block.circuit.assign_parameters({block.parameters[0]: TAU})
    wanted = evolution(dense_hamiltonian(terms, len(sites)), TAU)
    assert distance_up_to_phase(Operator(bound).data, wanted) < 1e-9


def test_networks_and_built_in_circuits_hold_strings_that_are_turned():
    n, tau = 5, Parameter("tau")
    both = (Term("XYZ", (0, 1, 2), 0.5), Term("YYZ", (0, 1, 2), -0.9))
    others = (Term("ZXX", (1, 2, 3), 0.7), Term("YZX", (0, 3, 4), 0.4))
    layers = [(Interaction(sites=(0, 1, 2), terms=both),)]
    layers += [(Interaction(sites=one.sites, terms=(one,)),) for one in others]
    stages = [(layer, tau) for layer in (*layers, *layers[::-1])]
    wanted = np.eye(1 << n, dtype=complex)
    for layer in (*layers, *layers[::-1]):
        wanted = evolution(dense_hamiltonian(layer[0].terms, n), TAU) @ wanted
    near = tuple(frozenset({i - 1, i + 1} & set(range(n))) for i in range(n))
    for wiring in (Wiring(), Wiring(near)):
        searched = list(networks(stages, n, wiring, "gates", stays=True))
        built_in = list(built_in_networks(stages, n, wiring))
        assert searched and built_in
        for one in (*searched, *built_in):
            bound = one.assign_parameters({tau: TAU})
            assert distance_up_to_phase(Operator(bound).data, wanted) < 1e-9
