"""Long paths and connected regions in a device's graph."""

from __future__ import annotations

import random

from qbcircuit.compile.device_graph import DeviceGraph

SEED = 2017
BEAM = 48
"""Partial paths kept at every length."""
ROTATIONS = 40_000
"""Moves of the rotation search before it gives up."""
CANDIDATES = 4
"""Long paths to choose among."""


def best_path(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """A path of n free qubits with low cost; ``None`` where none was found.

    Cheapest-first growth finds short paths; where it gets stuck, rotations find long ones.
    """
    if n > len(free):
        return None
    grown = _grown(graph, free, n)
    return _rotated(graph, free, n) if grown is None else grown


def _grown(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """Beam search: the cheapest partial paths of each length, grown at their end."""
    beam = [(graph.node_cost[qubit], (qubit,)) for qubit in sorted(free)]
    for _ in range(n - 1):
        longer: dict[tuple[frozenset[int], int], tuple[float, tuple[int, ...]]] = {}
        for cost, path in beam:
            for new in graph.neighbours[path[-1]]:
                if new in free and new not in path:
                    total = cost + graph.link_cost(path[-1], new) + graph.node_cost[new]
                    key = (frozenset((*path, new)), new)
                    longer[key] = min(longer.get(key, (total, (*path, new))), (total, (*path, new)))
        beam = sorted(longer.values())[: max(BEAM, 1)]
    return beam[0][1] if beam else None


def _rotated(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """Posa rotations: a path that cannot grow turns its end back on itself and tries again.

    Reference: L. Posa, Discrete Math. 14, 359 (1976).
    """
    chance = random.Random(SEED)
    nodes = sorted(free)
    moves, found = ROTATIONS, []
    while moves > 0 and len(found) < CANDIDATES:
        path = [chance.choice(nodes)]
        held = set(path)
        budget = min(moves, ROTATIONS // CANDIDATES)
        while len(path) < n and budget > 0:
            budget -= 1
            moves -= 1
            near = [q for q in graph.neighbours[path[-1]] if q in free]
            fresh = [q for q in near if q not in held]
            if fresh:
                path.append(chance.choice(fresh))
                held.add(path[-1])
            elif len(near) > 1 and chance.random() < 0.8:
                turn = path.index(chance.choice([q for q in near if q != path[-2]]))
                path[turn + 1 :] = path[:turn:-1]
            else:
                path.reverse()
        moves -= 1
        if len(path) == n:
            found.append(tuple(path))
    return min(found, key=graph.path_cost, default=None)


def best_region(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """n connected free qubits with many couplings among them, then low cost."""
    found = [region for start in sorted(free) if (region := _region(graph, free, start, n))]
    return min(found, key=lambda one: _region_cost(graph, one), default=None)


def _region(
    graph: DeviceGraph, free: frozenset[int], start: int, n: int
) -> tuple[int, ...] | None:
    region = [start]
    edge = {q: 1 for q in graph.neighbours[start] if q in free}
    while len(region) < n:
        if not edge:
            return None
        new = max(edge, key=lambda q: (edge[q], -graph.node_cost[q], -q))
        del edge[new]
        region.append(new)
        for near in graph.neighbours[new]:
            if near in free and near not in region:
                edge[near] = edge.get(near, 0) + 1
    return tuple(region)


def _region_cost(graph: DeviceGraph, region: tuple[int, ...]) -> tuple[int, float]:
    inside = set(region)
    links = [
        graph.link_cost(a, b) for a in region for b in graph.neighbours[a] if b in inside and a < b
    ]
    return -len(links), sum(links) + sum(graph.node_cost[qubit] for qubit in region)
