"""Layers: the fewest sets of commuting interactions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol
from qbcircuit.compile.exact.blocks import can_exponentiate, is_structured
from qbcircuit.compile.formula import layers as layering
from qbcircuit.compile.formula.layers import commute, exact_layers, merged
from qbcircuit.compile.formula.layers import layers_of as together
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import assert_plan_implements, assert_zero_angles_rest


def layerings(terms, n_sites):
    """All the ways to layer terms that the compiler chooses from."""
    kinds = can_exponentiate, is_structured, commute
    return [
        *(exact_layers(terms, n_sites, fits) for fits in kinds),
        together(merged(terms)),
    ]


def layers_of(terms, n_sites):
    layers = exact_layers(terms, n_sites, can_exponentiate)
    found = sorted((t for layer in layers for one in layer for t in one.terms), key=repr)
    assert found == sorted(terms, key=repr)
    for layer in layers:
        for left, right in itertools.combinations(layer, 2):
            commutator = PauliSum.of(left.terms, n_sites).commutator(
                PauliSum.of(right.terms, n_sites)
            )
            assert not len(commutator)
    return layers


def test_a_chain_of_pairs_has_two_layers():
    assert len(layers_of([Term("++", (j, j + 1)) for j in range(6)], 7)) == 2


def test_commuting_windows_are_one_layer_and_a_field_one_more():
    windows = [Term("XXX", range(j, j + 3)) for j in range(5)]
    assert len(layers_of(windows, 7)) == 1
    assert len(layers_of([*windows, *uniform_field(range(7), 0.3)], 7)) == 2


def test_a_field_that_commutes_joins_its_layer():
    bonds = [Term("ZZ", (j, j + 1)) for j in range(4)]
    assert len(layers_of([*bonds, *uniform_field(range(5), 0.3)], 5)) == 1


@pytest.mark.parametrize(("n_sites", "fewest"), [(4, 3), (5, 5), (6, 5), (8, 7)])
def test_a_complete_graph_takes_a_round_robin(n_sites, fewest):
    bonds = [
        Term(a + a, pair, 0.5) for pair in itertools.combinations(range(n_sites), 2) for a in "XY"
    ]
    assert len(layers_of(bonds, n_sites)) == fewest


def test_disjoint_blocks_keep_their_fields_inside():
    terms = [Term("+++", (0, 1, 2)), Term("XX", (3, 4)), *uniform_field(range(5), 0.2)]
    (layer,) = layers_of(terms, 5)
    assert [one.sites for one in layer] == [(0, 1, 2), (3, 4)]


def test_a_large_block_without_structure_is_split():
    terms = [Term("X" * 9, range(9)), Term("Z" * 9, range(9)), Term("Z", (0,), 0.3)]
    assert len(layers_of(terms, 9)) == 2


@pytest.mark.parametrize(
    "terms",
    [
        [Term("Y-X", (0, 2, 1), 1 + 1j), Term("Y-X", (0, 2, 1), -1 - 1j)],
        [Term("+-", (0, 1), 1.0), Term("XX", (0, 1), -0.5), Term("YY", (0, 1), -0.5)],
        [Term("XXX", (0, 1, 2), strength) for strength in (0.1, 0.2, -0.3)],
        [Term("XX", (0, 1), 0.0)],
    ],
    ids=["product", "pair", "rounding", "zero"],
)
def test_terms_that_cancel_take_no_gates(terms):
    assert exact_layers(terms, 3, can_exponentiate) == ()
    kept = Term("ZX", (1, 2), 0.7)
    protocol = ChargingProtocol.constant(Battery.qubits(3), [*terms, kept])
    plan = compile_protocol(protocol, times=[0.0, 0.4], start="any")
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


PARTS = [
    *(Term(letters, (0, 1), strength) for letters in ("XX", "YY", "ZZ", "XZ", "++", "+-")
      for strength in (1.0, -1.0)),
    *(Term(letter, (site,), strength) for letter in "XZ" for site in (0, 1)
      for strength in (1.0, -1.0)),
]  # fmt: skip
sums = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(tuple)


@pytest.mark.parametrize("few", [layering._FEW_PRODUCTS, 2])
@settings(deadline=None, max_examples=150)
@given(left=sums, right=sums)
def test_interactions_share_a_layer_where_their_matrices_commute(few, left, right):
    """As sums: XX + YY commutes with Z + Z, none of whose strings commutes with either."""
    a, b = (PauliSum.of(terms, 2).dense(range(2)) for terms in (left, right))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layering, "_FEW_PRODUCTS", few)
        found = together([Interaction(sites=(0, 1), terms=terms) for terms in (left, right)])
    assert len(found) == (1 if np.allclose(a @ b, b @ a) else 2)


def test_sums_may_commute_though_their_strings_do_not():
    exchange = Interaction(sites=(0, 1), terms=(Term("XX", (0, 1)), Term("YY", (0, 1))))
    fields = Interaction(sites=(0, 1), terms=uniform_field(range(2), 0.3))
    assert len(together([exchange, fields])) == 1
