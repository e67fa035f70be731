"""Graphs and hypergraphs of cells by name: who interacts with whom."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from qbcircuit.errors import InvalidRequest, unknown_name

Edge = tuple[int, ...]
"""Cells that interact, counted from 0."""

Pair = tuple[int, int]

_SWAPS_PER_EDGE = 20
"""Tried swaps of ends after which a random regular graph has forgotten the one it came from."""

_PETERSEN = 10
_FANO = tuple((j, (j + 1) % 7, (j + 3) % 7) for j in range(7))


def graph_edges(graph: str, n_cells: int, *, degree: int, seed: int) -> tuple[Edge, ...]:
    """The edges of a graph, each once.

    Args:
        graph: one of :data:`GRAPHS`.
        n_cells: N, at least 2.
        degree: d, of regular graphs only.
        seed: of random graphs only.

    Raises:
        InvalidRequest: an unknown graph, or one that does not exist for N and d.
    """
    if graph not in _GRAPHS:
        raise unknown_name("graph", graph, GRAPHS)
    edges = _GRAPHS[graph](n_cells, degree, seed)
    return tuple(sorted({_ordered(*edge) for edge in edges}))


def hypergraph_edges(
    hypergraph: str, n_cells: int, *, order: int, edges: int, seed: int
) -> tuple[Edge, ...]:
    """The edges of a k-uniform hypergraph, each once.

    Args:
        hypergraph: one of :data:`HYPERGRAPHS`.
        n_cells: N.
        order: k, cells of an edge, 1..N.
        edges: how many, of random hypergraphs only; 0 for N.
        seed: of random hypergraphs only.

    Raises:
        InvalidRequest: an unknown hypergraph, or one that does not exist for N and k.
    """
    if hypergraph == "fano":
        if (n_cells, order) != (7, 3):
            raise InvalidRequest(
                f"The Fano plane has 7 cells and order k=3, got N={n_cells} and k={order}. "
                "Use -N 7 -k 3."
            )
        return tuple(sorted(tuple(sorted(line)) for line in _FANO))
    if hypergraph == "complete":
        return tuple(itertools.combinations(range(n_cells), order))
    if hypergraph != "random":
        raise unknown_name("hypergraph", hypergraph, HYPERGRAPHS)
    count = edges or n_cells
    if count > (most := math.comb(n_cells, order)):
        raise InvalidRequest(
            f"{n_cells} cells have {most} groups of {order}, got {count} edges. "
            f"Use --set edges={most} or fewer."
        )
    rng, found = np.random.default_rng(seed), set[Edge]()
    if most < 4 * count:  # drawn one by one, the last ones would be met too rarely
        every = list(itertools.combinations(range(n_cells), order))
        found.update(every[int(i)] for i in rng.choice(most, size=count, replace=False))
    while len(found) < count:
        chosen = rng.choice(n_cells, size=order, replace=False)
        found.add(tuple(sorted(int(cell) for cell in chosen)))
    return tuple(sorted(found))


def _ring(n: int, degree: int, seed: int) -> list[Pair]:
    return [(j, (j + 1) % n) for j in range(n)]


def _path(n: int, degree: int, seed: int) -> list[Pair]:
    return [(j, j + 1) for j in range(n - 1)]


def _complete(n: int, degree: int, seed: int) -> list[Pair]:
    return list(itertools.combinations(range(n), 2))


def _star(n: int, degree: int, seed: int) -> list[Pair]:
    return [(0, j) for j in range(1, n)]


def _bipartite_regular(n: int, degree: int, seed: int) -> list[Pair]:
    """Even cells on one side, odd ones on the other: 2i meets the d odd cells from 2i + 1 on."""
    half = n // 2
    if n % 2 or not 1 <= degree <= half:
        raise InvalidRequest(
            "A bipartite regular graph needs an even number of cells and a degree of 1..N/2, got "
            f"N={n} and degree {degree}. Use --set degree=1..{max(half, 1)} and an even N."
        )
    return [(2 * i, 2 * ((i + s) % half) + 1) for i in range(half) for s in range(degree)]


def _random_regular(n: int, degree: int, seed: int) -> list[Pair]:
    """A circulant graph whose edges swap ends at random, degrees kept."""
    if not 1 <= degree < n or n * degree % 2:
        raise InvalidRequest(
            "A regular graph needs a degree of 1..N-1 and an even N times degree, got "
            f"N={n} and degree {degree}. Use another degree or an even N."
        )
    reach = [(j, (j + s) % n) for s in range(1, degree // 2 + 1) for j in range(n)]
    opposite = [(j, j + n // 2) for j in range(n // 2)] if degree % 2 else []
    edges = [_ordered(*edge) for edge in reach + opposite]
    present, rng = set(edges), np.random.default_rng(seed)
    for _ in range(_SWAPS_PER_EDGE * len(edges)):
        first, second = (int(i) for i in rng.integers(len(edges), size=2))
        (a, b), (c, d) = edges[first], edges[second]
        if rng.integers(2):
            c, d = d, c
        one, other = _ordered(a, d), _ordered(c, b)
        if len({a, b, c, d}) == 4 and not {one, other} & present:
            present -= {edges[first], edges[second]}
            present |= {one, other}
            edges[first], edges[second] = one, other
    return edges


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def _grid(n: int, degree: int, seed: int) -> list[Pair]:
    """Rows of equal length, as square as N allows."""
    rows = max(r for r in range(1, math.isqrt(n) + 1) if n % r == 0)
    columns = n // rows
    across = [(j, j + 1) for j in range(n) if (j + 1) % columns]
    return across + [(j, j + columns) for j in range(n - columns)]


def _petersen(n: int, degree: int, seed: int) -> list[Pair]:
    if n != _PETERSEN:
        raise InvalidRequest(f"The Petersen graph has 10 cells, got N={n}. Use -N 10.")
    outer = [(j, (j + 1) % 5) for j in range(5)]
    return outer + [(j, j + 5) for j in range(5)] + [(5 + j, 5 + (j + 2) % 5) for j in range(5)]


_GRAPHS: dict[str, Callable[[int, int, int], list[Pair]]] = {
    "ring": _ring,
    "path": _path,
    "complete": _complete,
    "star": _star,
    "bipartite-regular": _bipartite_regular,
    "random-regular": _random_regular,
    "grid": _grid,
    "petersen": _petersen,
}

GRAPHS = tuple(_GRAPHS)
"""Names of graphs."""

HYPERGRAPHS = ("random", "complete", "fano")
"""Names of hypergraphs."""
