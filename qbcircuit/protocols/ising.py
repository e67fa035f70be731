"""Chargers of commuting flips: Ising graphs and hypergraphs."""

from __future__ import annotations

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.protocols.checks import check_cells, check_count, check_order, check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.graph_shapes import (
    GRAPHS,
    HYPERGRAPHS,
    Edge,
    graph_edges,
    hypergraph_edges,
)
from qbcircuit.terms import Term, uniform_field


def ising_graph(
    battery: Battery,
    *,
    graph: str = "ring",
    degree: int = 3,
    seed: int = 7,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """Pairs on a graph flipped together: H = J sum_(edges ij) X_i X_j + h sum_j Z_j.

    Without field all terms commute, one layer of exact gates, and from the ground state
    W(t) = (Delta/2) sum_j [1 - cos^(d_j)(2 J t)], d_j the degree of cell j. Odd degrees charge
    fully at J t = pi/2, even ones never pass one half. k = 2, m the largest degree. On a bipartite
    d-regular graph with odd d the norm is J N d/2, so Gamma_C0 = Gamma_C2 = 2/d and
    Gamma_C1 = sqrt(2/d): they fall with m while Theorem 2's bound rises.

    Args:
        battery: N >= 2 cells.
        graph: ring, path, complete, star (cell 0 in the middle), bipartite-regular,
            random-regular, grid (as square as N allows) or petersen (N = 10).
        degree: d, of regular graphs.
        seed: of random graphs.
        field: h, an energy.
        strength: J, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 2 cells, an unknown graph or one that does not exist for N and
            d, a strength that is 0 or not finite, or a field that is not finite.

    Reference: Theorem 2 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991, whose m
    is the degree.
    """
    check_cells("ising-graph", battery.n_cells)
    degree = check_count("The degree", degree, least=1)
    seed = check_count("The seed", seed, least=0)
    edges = graph_edges(graph, battery.n_cells, degree=degree, seed=seed)
    return _flips(battery, edges, field=field, strength=strength, name="ising-graph")


def ising_hypergraph(
    battery: Battery,
    *,
    order: int,
    hypergraph: str = "random",
    edges: int = 0,
    seed: int = 7,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """Groups of k cells flipped together: H = J sum_S X^(x S) + h sum_j Z_j.

    Without field all terms commute. From the ground state
    W(t) = (Delta/2) sum_j [1 - cos^(d_j)(2 J t)], d_j the edges at cell j, wherever no even cover
    exists among them: no set of edges at one cell in which every cell occurs an even number of
    times (the Fano plane has none, the complete hypergraph of 5 cells and k = 3 has). m is the
    largest d_j; C0 sees at most J times the number of edges, C1 J times its square root.

    Args:
        battery: N cells.
        order: k, the cells of an edge, 1..N.
        hypergraph: random, complete or fano (N = 7, k = 3).
        edges: number of edges of a random hypergraph; 0 for N.
        seed: of random hypergraphs.
        field: h, an energy.
        strength: J, an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, an unknown hypergraph or one that does not exist
            for N and k, a strength that is 0 or not finite, or a field that is not finite.

    Reference: Theorem 2 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    k = check_order(order, battery.n_cells)
    count = check_count("The number of edges", edges, least=0)
    seed = check_count("The seed", seed, least=0)
    groups = hypergraph_edges(hypergraph, battery.n_cells, order=k, edges=count, seed=seed)
    return _flips(battery, groups, field=field, strength=strength, name="ising-hypergraph")


def _flips(
    battery: Battery, edges: tuple[Edge, ...], *, field: float, strength: float, name: str
) -> ChargingProtocol:
    check_strengths(strength, field)
    cells = battery.cells
    terms = tuple(
        Term("X" * len(edge), (cells[place] for place in edge), strength) for edge in edges
    )
    return ChargingProtocol.constant(battery, terms + uniform_field(cells, field), name=name)


_SEED = Parameter(name="seed", default=7, help="of what is random")
_LETTER = "Theorem 2 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991"

FAMILIES = (
    Family(
        name="ising-graph",
        summary="Pairs of cells on a graph flipped together; all terms commute.",
        hamiltonian="J sum_(edges ij) X_i X_j",
        order="2",
        participation="largest degree d",
        bound="bipartite, odd degree d: Γ_C0 = 2/d, Γ_C1 = √(2/d); even d never passes half charge",
        reference=_LETTER,
        constructor=ising_graph,
        fixed_order=lambda n: 2,
        parameters=(
            Parameter(name="graph", default="ring", help="which graph", choices=GRAPHS),
            Parameter(name="degree", default=3, help="d of regular graphs"),
            _SEED,
        ),
    ),
    Family(
        name="ising-hypergraph",
        summary="Groups of k cells on a hypergraph flipped together; all terms commute.",
        hamiltonian="J sum_S X^(x S), edges S of k cells",
        order="k",
        participation="most edges at one cell",
        bound="Γ_C0 < gamma k (any overlap); Theorem 2: Γ_C0 < gamma [k²(m-1)+k]",
        reference=_LETTER,
        constructor=ising_hypergraph,
        takes_order=True,
        parameters=(
            Parameter(
                name="hypergraph", default="random", help="which hypergraph", choices=HYPERGRAPHS
            ),
            Parameter(name="edges", default=0, help="edges of a random one, 0 for N"),
            _SEED,
        ),
    ),
)
