"""Merging, counting and colouring of interactions."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import hypergraph
from qbcircuit.terms import Term

supports = st.lists(
    st.lists(st.integers(0, 7), min_size=1, max_size=4, unique=True).map(tuple), max_size=12
)


def terms_on(groups):
    return [Term("X" * len(group), group, 1.0 + i) for i, group in enumerate(groups)]


def check_layers(groups):
    """Every support once, no two in a layer share a site; returns the number of layers."""
    layers = hypergraph.layers(groups)
    assert sorted(itertools.chain(*layers)) == list(range(len(groups)))
    for layer in layers:
        sites = [site for index in layer for site in groups[index]]
        assert len(sites) == len(set(sites))
    return len(layers)


def most_at_one_site(groups):
    return max(Counter(itertools.chain(*groups)).values())


def test_terms_on_the_same_support_are_one_interaction():
    merged = hypergraph.interactions([Term("XX", (0, 1)), Term("YY", (1, 0), -1.0)])
    assert len(merged) == 1
    assert merged[0].sites == (0, 1)
    assert [one.operators for one in merged[0].terms] == [("X", "X"), ("Y", "Y")]


def test_a_field_spoils_no_disjoint_blocks():
    field = [Term("Z", (j,), 0.5) for j in range(6)]
    merged = hypergraph.interactions([*terms_on([(0, 1, 2), (3, 4, 5)]), *field])
    assert [one.sites for one in merged] == [(0, 1, 2), (3, 4, 5)]
    assert (hypergraph.order(merged), hypergraph.participation(merged)) == (3, 1)


def test_a_double_excitation_chain_given_as_paulis_shares_each_cell_twice():
    chain = [Term(two, (j, j + 1)) for j in range(5) for two in ("XX", "YY")]
    merged = hypergraph.interactions(chain)
    assert len(merged) == 5
    assert hypergraph.participation(merged) == 2


def test_nothing_has_order_and_participation_zero():
    assert hypergraph.interactions([]) == ()
    assert (hypergraph.order(()), hypergraph.participation(())) == (0, 0)
    assert hypergraph.layers([]) == ()


@settings(deadline=None, max_examples=100)
@given(supports)
def test_interactions_are_the_maximal_supports_and_lose_no_term(groups):
    terms = terms_on(groups)
    merged = hypergraph.interactions(terms)
    sets = {frozenset(group) for group in groups}
    maximal = {one for one in sets if not any(one < other for other in sets)}
    assert {frozenset(one.sites) for one in merged} == maximal
    assert len(merged) == len(maximal)
    kept = [one for interaction in merged for one in interaction.terms]
    assert sorted(kept, key=lambda one: one.strength.real) == terms
    for interaction in merged:
        assert all(one.support <= set(interaction.sites) for one in interaction.terms)


@settings(deadline=None, max_examples=100)
@given(supports)
def test_layers_are_a_proper_colouring(groups):
    if groups:
        assert check_layers(groups) >= most_at_one_site(groups)


@pytest.mark.parametrize("n_cells", range(2, 13))
def test_complete_graphs_take_a_round_robin(n_cells):
    pairs = list(itertools.combinations(range(n_cells), 2))
    random.Random(n_cells).shuffle(pairs)
    assert check_layers(pairs) == n_cells - 1 + n_cells % 2


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(list(itertools.combinations(range(5), 2))), min_size=1))
def test_pairs_that_come_more_than_once_are_in_layers_of_their_own(pairs):
    assert check_layers(pairs) >= most_at_one_site(pairs)


@pytest.mark.parametrize("n_cells", range(2, 6))
def test_complete_graphs_with_every_pair_twice(n_cells):
    pairs = 2 * list(itertools.combinations(range(n_cells), 2))
    assert check_layers(pairs) >= 2 * (n_cells - 1)


@pytest.mark.parametrize(("k", "stride"), [(2, 1), (3, 1), (4, 1), (3, 2), (4, 3), (3, 3)])
def test_intervals_of_a_line_take_as_many_layers_as_share_a_cell(k, stride):
    windows = [tuple(range(i, i + k)) for i in range(0, 14 - k + 1, stride)]
    random.Random(k).shuffle(windows)
    assert check_layers(windows) == most_at_one_site(windows)


def test_random_intervals_take_as_many_layers_as_share_a_cell():
    generator = random.Random(5)
    for _ in range(20):
        starts = [generator.randrange(40) for _ in range(60)]
        groups = [tuple(range(i, i + generator.randint(1, 9))) for i in starts]
        assert check_layers(groups) == most_at_one_site(groups)


def test_bipartite_graphs_take_the_degree():
    # Koenig: a 4 x 4 grid has degree 4, a heavy-hex cell with its bridges degree 3.
    grid = [((r, c), (r, c + 1)) for r in range(4) for c in range(3)]
    grid += [((r, c), (r + 1, c)) for r in range(3) for c in range(4)]
    pairs = [(4 * a[0] + a[1], 4 * b[0] + b[1]) for a, b in grid]
    assert check_layers(pairs) == 4
    complete = [(a, 5 + b) for a in range(5) for b in range(5)]
    assert check_layers(complete) == 5


def test_other_graphs_take_at_most_one_more_than_the_degree():
    generator = random.Random(3)
    for _ in range(20):
        pairs = [p for p in itertools.combinations(range(9), 2) if generator.random() < 0.5]
        if pairs:
            assert check_layers(pairs) <= most_at_one_site(pairs) + 1
