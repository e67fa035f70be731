"""Long paths and connected regions in a device's graph."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from operator import itemgetter

from qbcircuit.compile.devices.device_graph import DeviceGraph

SEED = 2017
BEAM = 48
"""Partial paths kept at every length."""
MOVES = 12_000
"""Moves of one rotation search before it gives up."""
TRIES = 6
"""Rotation searches to choose among."""


def best_path(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """A path of n free qubits with low cost; ``None`` where none was found.

    Cheapest-first growth finds short paths; where it gets stuck, rotations find long ones. Where
    all paths cost the same these come first for a path through most of the qubits.
    """
    if n > len(free):
        return None
    ways = [_grown, _rotated]
    if graph.is_even and 2 * n > len(free):
        ways.reverse()
    return ways[0](graph, free, n) or ways[1](graph, free, n)


def _grown(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """Beam search: the cheapest partial paths of each length, grown at their end."""
    near = {
        qubit: [
            (new, 1 << new, graph.link_cost(qubit, new), graph.node_cost[new])
            for new in graph.neighbours[qubit]
            if new in free
        ]
        for qubit in free
    }
    beam: list[tuple[float, tuple[int, ...], int]]
    beam = [(graph.node_cost[qubit], (qubit,), 1 << qubit) for qubit in sorted(free)]
    for _ in range(n - 1):  # the beam is in the order of its paths: a number tells which is less
        longer: dict[tuple[int, int], tuple[float, int, int]] = {}
        for i, (cost, path, held) in enumerate(beam):
            for new, bit, link, node in near[path[-1]]:
                if not held & bit:
                    grown = (cost + link + node, i, new)
                    key = held | bit, new
                    if key not in longer or grown < longer[key]:
                        longer[key] = grown
        kept = sorted(sorted(longer.values())[:BEAM], key=itemgetter(1, 2))
        beam = [(cost, (*beam[i][1], new), beam[i][2] | 1 << new) for cost, i, new in kept]
    return min(beam)[1] if beam else None


def _rotated(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """The cheapest of a few paths found by rotations; the first where all cost the same.

    It begins at the lower of its ends.
    """
    chance = random.Random(SEED)
    near = {qubit: [q for q in graph.neighbours[qubit] if q in free] for qubit in sorted(free)}
    tries = (_rotation_search(near, n, chance) for _ in range(TRIES))
    found = (tuple(min(path, path[::-1])) for path in tries if path is not None)
    return next(found, None) if graph.is_even else min(found, key=graph.path_cost, default=None)


def _rotation_search(
    near: Mapping[int, Sequence[int]], n: int, chance: random.Random
) -> list[int] | None:
    """A path that cannot grow turns its end back on itself, turns round, or retreats.

    Reference: L. Posa, Discrete Math. 14, 359 (1976).
    """
    path = [chance.choice(list(near))]
    held = set(path)
    for _ in range(MOVES):
        if len(path) == n:
            return path
        fresh = [qubit for qubit in near[path[-1]] if qubit not in held]
        turns = [qubit for qubit in near[path[-1]] if qubit not in path[-2:]]
        move = chance.random()
        if fresh:
            path.append(chance.choice(fresh))
            held.add(path[-1])
        elif turns and move < 0.6:
            turn = path.index(chance.choice(turns))
            path[turn + 1 :] = path[:turn:-1]
        elif move < 0.8:
            path.reverse()
        else:
            for _ in range(min(len(path) - 1, 1 + int(chance.expovariate(0.5)))):
                held.discard(path.pop())
    return None


def best_region(graph: DeviceGraph, free: frozenset[int], n: int) -> tuple[int, ...] | None:
    """n connected free qubits with many couplings among them, then low cost."""
    found = [region for start in sorted(free) if (region := _region(graph, free, start, n))]
    return min(found, key=lambda one: _region_cost(graph, one), default=None)


def _region(graph: DeviceGraph, free: frozenset[int], start: int, n: int) -> tuple[int, ...] | None:
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
