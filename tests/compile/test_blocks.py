"""Every construction of an exact block, against the exponential of its matrix."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator

from qbcircuit.compile.exact.blocks import TAU, _constructions
from qbcircuit.compile.exact.phases import walsh
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import dense_hamiltonian, distance_up_to_phase, evolution


def path(n):
    return Wiring(tuple(frozenset(j for j in (i - 1, i + 1) if 0 <= j < n) for i in range(n)))


def assert_constructions_are_right(terms, n, wiring=None, least=1):
    hamiltonian = dense_hamiltonian(terms, n)
    found = list(_constructions(tuple(terms), n, wiring or Wiring()))
    assert len(found) >= least
    for circuit in found:
        for tau in (0.0, 0.37, -1.9):
            bound = circuit.assign_parameters({TAU: tau})
            exact = evolution(hamiltonian, tau)
            assert distance_up_to_phase(Operator(bound).data, exact) < 1e-9
            assert bound.num_nonlocal_gates() == circuit.num_nonlocal_gates()


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_one_set_of_flips_with_anything_diagonal(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    k = int(rng.integers(1, n + 1))
    flipped = rng.permutation(n)[:k].tolist()
    rest = [j for j in range(n) if j not in flipped]
    terms = []
    for _ in range(int(rng.integers(1, 3))):
        extra = [j for j in rest if rng.random() < 0.5]
        letters = [*rng.choice(list("XY+-"), k), *("Z" * len(extra))]
        terms.append(Term(letters, [*flipped, *extra], float(rng.normal())))
    for _ in range(int(rng.integers(0, 3))):
        sites = rng.permutation(n)[: int(rng.integers(1, n + 1))]
        terms.append(Term("Z" * len(sites), sites, float(rng.normal())))
    assert_constructions_are_right(terms, n)
    assert_constructions_are_right(terms, n, path(n))


@pytest.mark.parametrize("order", range(1, 8))
def test_flips_and_transitions_of_any_order(order):
    for letters in ("X" * order, "+" * order, "+-" * (order // 2) + "+" * (order % 2)):
        term = Term(letters, range(order), 0.7)
        assert_constructions_are_right([term], order)
    with_field = [Term("+" * order, range(order), 0.7 - 0.2j), *uniform_field(range(order), 0.3)]
    assert_constructions_are_right(with_field, order, path(order))


@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.permutations(["".join(p) for p in itertools.product("XYZ", repeat=2)], 2)),
)
def test_two_strings_on_a_bond(first, second):
    different = sum(a != b for a, b in zip(first, second, strict=True))
    terms = [Term(first, (0, 1), 0.4), Term(second, (0, 1), -0.9)]
    if different == 2:
        assert_constructions_are_right(terms, 2, least=2)
        cheapest = min(c.num_nonlocal_gates() for c in _constructions(tuple(terms), 2, Wiring()))
        assert cheapest == 2
    else:
        assert_constructions_are_right(terms, 2)


def test_walsh_coefficients_rebuild_the_values():
    values = np.random.default_rng(3).normal(size=16)
    coefficients = walsh(values)
    rebuilt = [
        sum(c * (-1) ** (mask & b).bit_count() for mask, c in coefficients.items())
        for b in range(16)
    ]
    np.testing.assert_allclose(rebuilt, values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("k", range(1, 12))
def test_broadcasts_reach_every_site_in_few_rounds(k):
    for wiring, rounds in (
        (Wiring(), int(np.ceil(np.log2(k)))),
        (path(k), -(-k // 2) if k > 1 else 0),
    ):
        root, tree = wiring.broadcast(tuple(range(k)))
        ready = {root: 0}
        for teller, told in tree:
            if wiring.neighbours is not None:
                assert told in wiring.neighbours[teller]
            when = ready[teller] + 1
            ready[teller] = ready[told] = when
        assert sorted(ready) == list(range(k))
        assert max(ready.values()) == rounds


@pytest.mark.parametrize("weak", [-0.0113, 3e-3, 1e-4, 1e-6])
def test_an_eigenbasis_close_to_a_cheaper_gate_is_not_rounded_to_it(weak):
    """Eigenvectors of Y on one cell, barely entangled with another by a weak ZX."""
    assert_constructions_are_right([Term("Y", (0,), 1.069), Term("ZX", (0, 1), weak)], 2)
    three = [Term("Y", (0,), 1.069), Term("ZX", (0, 1), weak), Term("XX", (1, 2), weak)]
    assert_constructions_are_right(three, 3)
