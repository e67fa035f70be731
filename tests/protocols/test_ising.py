"""Ising graphs and hypergraphs: their edges, Hamiltonians and closed forms."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import simulate
from tests.by_hand import flip

TIMES = np.array([0.0, 0.2, 0.7, 1.9])


def graph(name, n, **options):
    protocol = protocols.ising_graph(Battery.qubits(n), graph=name, **options)
    return [tuple(term.sites) for term in protocol.evolutions[0].terms]


def degrees(edges, n):
    counts = Counter(cell for edge in edges for cell in edge)
    return [counts[cell] for cell in range(n)]


def common_neighbours(edges, a, b):
    around = {cell: {c for e in edges if cell in e for c in e} - {cell} for cell in (a, b)}
    return len(around[a] & around[b])


def test_simple_graphs_have_their_edges():
    assert graph("path", 4) == [(0, 1), (1, 2), (2, 3)]
    assert sorted(graph("ring", 4)) == [(0, 1), (0, 3), (1, 2), (2, 3)]
    assert graph("ring", 2) == [(0, 1)]
    assert graph("star", 4) == [(0, 1), (0, 2), (0, 3)]
    assert graph("complete", 4) == list(itertools.combinations(range(4), 2))
    assert graph("grid", 6) == [(0, 1), (0, 3), (1, 2), (1, 4), (2, 5), (3, 4), (4, 5)]
    assert graph("grid", 5) == graph("path", 5)


def test_the_petersen_graph_has_one_path_of_two_between_cells_that_do_not_meet():
    edges = graph("petersen", 10)
    assert degrees(edges, 10) == [3] * 10
    for a, b in itertools.combinations(range(10), 2):
        assert common_neighbours(edges, a, b) == (0 if (a, b) in edges else 1)


@given(st.integers(1, 6), st.integers(0, 4))
def test_bipartite_regular_graphs_are_both(degree, more):
    half = degree + more
    edges = graph("bipartite-regular", 2 * half, degree=degree)
    assert degrees(edges, 2 * half) == [degree] * (2 * half)
    assert all((a + b) % 2 for a, b in edges)
    assert len(set(edges)) == len(edges) == degree * half


@given(st.integers(2, 14), st.integers(1, 8), st.integers(0, 50))
def test_random_regular_graphs_are_regular(n, degree, seed):
    if degree >= n or n * degree % 2:
        with pytest.raises(InvalidRequest, match="A regular graph needs a degree of"):
            graph("random-regular", n, degree=degree, seed=seed)
        return
    edges = graph("random-regular", n, degree=degree, seed=seed)
    assert degrees(edges, n) == [degree] * n
    assert len(set(edges)) == len(edges)
    assert all(a < b for a, b in edges)
    assert edges == graph("random-regular", n, degree=degree, seed=seed)


def test_random_graphs_differ_by_seed_and_lose_their_first_shape():
    found = {tuple(graph("random-regular", 12, degree=3, seed=seed)) for seed in range(20)}
    assert len(found) == 20
    rings = [{(j, (j + 1) % 12) for j in range(12)} & set(edges) for edges in found]
    # a random cubic graph of 12 cells has 12 * 3/11 of the ring's edges on average
    assert np.mean([len(one) for one in rings]) < 6


def test_the_fano_plane_puts_every_pair_of_cells_on_one_line():
    protocol = protocols.ising_hypergraph(Battery.qubits(7), order=3, hypergraph="fano")
    lines = [term.sites for term in protocol.evolutions[0].terms]
    pairs = [pair for line in lines for pair in itertools.combinations(sorted(line), 2)]
    assert sorted(pairs) == list(itertools.combinations(range(7), 2))


@given(st.integers(2, 9), st.integers(1, 9), st.integers(0, 12), st.integers(0, 9))
def test_random_hypergraphs_have_as_many_different_groups_as_asked(n, k, count, seed):
    battery = Battery.qubits(n)
    groups = list(itertools.combinations(range(n), k))
    if k > n or (count or n) > len(groups):
        with pytest.raises(InvalidRequest):
            protocols.ising_hypergraph(battery, order=k, edges=count, seed=seed)
        return
    protocol = protocols.ising_hypergraph(battery, order=k, edges=count, seed=seed)
    found = [term.sites for term in protocol.evolutions[0].terms]
    assert len(set(found)) == len(found) == (count or n)
    assert set(found) <= set(groups)


@pytest.mark.parametrize("name", ["ring", "star", "grid", "bipartite-regular", "complete"])
def test_the_hamiltonian_flips_every_edge(name):
    battery = Battery.qubits(6)
    protocol = protocols.ising_graph(battery, graph=name, strength=0.7)
    found = testing.dense_hamiltonian(protocol.evolutions[0].terms, 6)
    np.testing.assert_allclose(found, 0.7 * flip(6, *graph(name, 6)), atol=1e-14)


@given(st.integers(3, 6), st.integers(2, 4), st.integers(1, 7), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_hypergraphs_charge_as_dense_matrices_do_with_even_covers_or_without(n, k, count, seed):
    groups = len(list(itertools.combinations(range(n), min(k, n))))
    protocol = protocols.ising_hypergraph(
        Battery.qubits(n), order=min(k, n), edges=min(count, groups), seed=seed, strength=0.8
    )
    expected = [testing.work_at(protocol, t) for t in TIMES]
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-10)


def closed_form(protocol):
    edges = [term.sites for term in protocol.evolutions[0].terms]
    return sum((1 - np.cos(2 * TIMES) ** d) / 2 for d in degrees(edges, protocol.battery.n_cells))


def test_the_closed_form_holds_without_even_covers_and_fails_with_one():
    fano = protocols.ising_hypergraph(Battery.qubits(7), order=3, hypergraph="fano")
    found = simulate(fano, TIMES)
    assert found.method == "commuting strings"
    np.testing.assert_allclose(found.work, closed_form(fano), atol=1e-12)
    np.testing.assert_allclose(found.work, 3.5 * (1 - np.cos(2 * TIMES) ** 3), atol=1e-12)
    whole = protocols.ising_hypergraph(Battery.qubits(5), order=3, hypergraph="complete")
    covered = simulate(whole, TIMES)
    assert covered.method != "commuting strings"
    np.testing.assert_allclose(covered.work, [testing.work_at(whole, t) for t in TIMES], atol=1e-10)
    assert np.abs(covered.work - closed_form(whole)).max() > 0.1


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: graph("rnig", 4), r'^Unknown graph "rnig"\. Closest: ring\.$'),
        (lambda: graph("petersen", 8), r"^The Petersen graph has 10 cells, got N=8\. Use -N 10\.$"),
        (lambda: graph("bipartite-regular", 5), r"even number of cells and a degree of 1\.\.N/2"),
        (lambda: graph("bipartite-regular", 6, degree=4), r"got N=6 and degree 4"),
        (lambda: graph("ring", 1), r"^ising-graph needs at least 2 cells, got N=1"),
        (lambda: graph("ring", 4, degree=2.5), r"^The degree must be a whole number, got 2\.5"),
        (lambda: graph("random-regular", 4, seed=-1), r"^The seed must be 0 or more, got -1"),
        (lambda: protocols.ising_hypergraph(Battery.qubits(6), order=3, hypergraph="fano"),
         r"^The Fano plane has 7 cells and order k=3, got N=6 and k=3\. Use -N 7 -k 3\.$"),
        (lambda: protocols.ising_hypergraph(Battery.qubits(6), order=3, hypergraph="fan"),
         r'^Unknown hypergraph "fan"\. Closest: fano\.$'),
        (lambda: protocols.ising_hypergraph(Battery.qubits(4), order=4, edges=2),
         r"^4 cells have 1 groups of 4, got 2 edges\. Use --set edges=1 or fewer\.$"),
        (lambda: protocols.ising_hypergraph(Battery.qubits(4), order=3, edges=-1),
         r"^The number of edges must be 0 or more, got -1"),
    ],
)  # fmt: skip
def test_refusals(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        request_()
