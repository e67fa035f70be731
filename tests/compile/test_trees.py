"""Trees that join wires are looked up part by part, and networks on many wires are right."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import rustworkx as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp, Statevector

from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import exact_layers
from qbcircuit.compile.network.candidates import joined_reach, networks
from qbcircuit.compile.network.trees import tabled, tree_sizes
from qbcircuit.testing import random_term


@st.composite
def _graphs(draw):
    """Trees with up to two couplings more."""
    n = draw(st.integers(2, 6) | st.integers(17, 21))
    edges = {(draw(st.integers(0, i - 1)), i) for i in range(1, n)}
    for _ in range(draw(st.integers(0, 2))):
        a = draw(st.integers(0, n - 2))
        edges.add((a, draw(st.integers(a + 1, n - 1))))
    return n, tuple(sorted(edges))


def _least(wires, n, edges):
    """The same by every spanning tree, its idle ends cut off."""
    sizes = []
    for dropped in itertools.combinations(edges, len(edges) - n + 1):
        tree = rx.PyGraph(multigraph=False)
        tree.add_nodes_from(range(n))
        tree.add_edges_from_no_data([edge for edge in edges if edge not in dropped])
        if rx.number_connected_components(tree) > 1:
            continue
        while idle := [i for i in tree.node_indices() if tree.degree(i) <= 1 and i not in wires]:
            tree.remove_nodes_from(idle)
        sizes.append(tree.num_edges())
    return min(sizes)


@settings(deadline=None, max_examples=60)
@given(graph=_graphs(), data=st.data())
def test_trees_have_as_few_couplings_as_any_that_join_the_wires(graph, data):
    n, edges = graph
    wires = data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=6))
    support = np.array([0, sum(1 << wire for wire in wires)])
    assert tabled(n, edges) == edges
    assert tree_sizes(support, n, edges, (1 << n) - 1).tolist() == [0, _least(wires, n, edges)]


@settings(deadline=None, max_examples=40)
@given(graph=_graphs(), data=st.data())
def test_trees_keep_to_the_wires_that_take_part(graph, data):
    n, edges = graph
    active = set(range(n))
    for _ in range(data.draw(st.integers(0, n - 2))):
        loose = [one for one in sorted(active) if _are_joined(active - {one}, n, edges)]
        active.remove(data.draw(st.sampled_from(loose)))
    order = sorted(active)
    wires = data.draw(st.sets(st.sampled_from(order), min_size=1, max_size=5))
    own = tuple((order.index(a), order.index(b)) for a, b in edges if {a, b} <= active)
    wanted = _least({order.index(wire) for wire in wires}, len(order), own)
    masks = [sum(1 << wire for wire in some) for some in (wires, active)]
    assert tree_sizes(np.array(masks[:1]), n, edges, masks[1]).tolist() == [wanted]


def _are_joined(wires, n, edges):
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n))
    graph.add_edges_from_no_data(list(edges))
    return rx.is_connected(graph.subgraph(sorted(wires)))


def test_trees_are_the_same_whatever_else_was_looked_up():
    """Thirty graphs, a ring with tails each, that fall into several parts; all of them twice."""
    rng = np.random.default_rng(3)
    graphs = []
    for _ in range(30):
        tails = [(int(rng.integers(0, i)), i) for i in range(12, 22)]
        graphs.append(tuple(sorted([*((i, i + 1) for i in range(11)), (0, 11), *tails])))
    supports = np.arange(1, 1 << 22, 1009)
    sizes = [tree_sizes(supports, 22, edges, (1 << 22) - 1) for edges in graphs]
    for edges, size in zip(graphs, sizes, strict=True):
        np.testing.assert_array_equal(tree_sizes(supports, 22, edges, (1 << 22) - 1), size)


@pytest.mark.parametrize("shape", [(4, 6), (5, 5), (2, 12)])
def test_couplings_are_left_out_until_trees_can_be_looked_up(shape):
    rows, columns = shape
    graph = rx.generators.grid_graph(rows, columns)
    n, edges = rows * columns, tuple(sorted((min(e), max(e)) for e in graph.edge_list()))
    left = tabled(n, edges)
    assert set(left) < set(edges)
    assert tabled(n, left) == left
    everywhere = (1 << n) - 1
    sizes = tree_sizes(
        np.array([everywhere, *(1 << a | 1 << b for a, b in left)]), n, left, everywhere
    )
    assert sizes.tolist() == [n - 1, *(1 for _ in left)]


@pytest.mark.parametrize("apart", [False, True])
def test_networks_on_many_wires_are_their_strings(apart):
    """A ring of twelve with tails; beside it, where ``apart``, a wire that nothing acts on."""
    ring = [(i, i + 1) for i in range(11)] + [(0, 11)]
    edges = [*ring, (2, 12), (12, 13), (13, 14), (6, 15), (15, 16), (9, 17)]
    n = 18 + apart
    wiring = Wiring(
        tuple(frozenset(sum(edge) - i for edge in edges if i in edge) for i in range(n))
    )
    rng = np.random.default_rng(5)
    terms = [random_term(rng, 18, 3, "XYZ") for _ in range(9)]
    layers = exact_layers(terms, n, lambda one: len(one.terms) == 1)
    stages = [(layer, 0.3 + 0.1 * i) for i, layer in enumerate(layers)]
    wanted = rng.normal(size=1 << n) + 1j * rng.normal(size=1 << n)
    wanted /= np.linalg.norm(wanted)
    start = Statevector(wanted)
    for layer, time in stages:
        for term in (term for one in layer for term in one.terms):
            string = SparsePauliOp.from_sparse_list(
                [("".join(term.operators), term.sites, 1)], n
            ).to_matrix(sparse=True)
            angle = float(term.strength.real) * time
            wanted = math.cos(angle) * wanted - 1j * math.sin(angle) * (string @ wanted)
    assert (joined_reach(layers, n, wiring).active == (1 << n) - 1) != apart
    for one in networks(stages, n, wiring, "gates", stays=True):
        pairs = {tuple(sorted(one.find_bit(q).index for q in gate.qubits))
                 for gate in one.data if len(gate.qubits) == 2}  # fmt: skip
        assert pairs <= set(edges)
        assert abs(np.vdot(start.evolve(one).data, wanted)) > 1 - 1e-9
