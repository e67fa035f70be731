"""Sites put close to those that they interact with, where no path holds every interaction."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import rustworkx as rx

from qbcircuit.compile.devices.device_graph import DeviceGraph
from qbcircuit.compile.network.candidates import MOST_WIRES
from qbcircuit.compile.network.steiner import Reach

SEED = 2017
_EXCHANGES = 5000
_HOT, _COLD = 3.0, 0.05
_REGIONS = 3
_LENGTH_OF_ERROR = 100.0
"""A coupling that fails once in this many times counts as two."""

Support = tuple[int, ...]
Floats = npt.NDArray[np.float64]


def gathered(
    part: Support, supports: Sequence[Support], graph: DeviceGraph, free: frozenset[int]
) -> dict[int, int] | None:
    """Sites on a compact set of qubits, annealed so that short trees join every interaction.

    Args:
        part: the sites.
        supports: interactions among them.
        graph: the device.
        free: qubits to choose from.
    """
    if len(part) > MOST_WIRES:
        return None
    index = {site: i for i, site in enumerate(part)}
    wanted = [tuple(index[site] for site in one) for one in supports]
    tried = (_annealed(wanted, region, graph) for region in compact(graph, free, len(part)))
    found = [one for one in tried if one is not None]
    return dict(zip(part, min(found)[1], strict=True)) if found else None


def compact(graph: DeviceGraph, free: frozenset[int], n: int) -> list[tuple[int, ...]]:
    """A few connected sets of qubits with the shortest ways inside, the best first."""
    qubits = tuple(sorted(free))
    ways = _ways(graph, qubits)
    grown = {one for start in range(len(qubits)) if (one := _grown(ways, start, n)) is not None}
    regions = [tuple(qubits[i] for i in region) for region in sorted(grown)]
    width = {region: float(_ways(graph, region).sum()) for region in regions}
    return sorted(regions, key=width.__getitem__)[:_REGIONS]


def _ways(graph: DeviceGraph, qubits: Sequence[int]) -> Floats:
    """Lengths of the shortest ways among some qubits; couplings that err are longer."""
    couplings, nodes = graph.restricted(frozenset(qubits))
    weighted = rx.PyGraph(multigraph=False)
    weighted.add_nodes_from(nodes)
    weighted.add_edges_from(
        [
            (a, b, 1.0 + _LENGTH_OF_ERROR * graph.link_cost(nodes[a], nodes[b]))
            for a, b in couplings.edge_list()
        ]
    )
    ways: Floats = rx.graph_floyd_warshall_numpy(weighted, weight_fn=float)
    return ways


def _grown(ways: Floats, start: int, n: int) -> tuple[int, ...] | None:
    """One by one the node that is nearest to all nodes so far."""
    region, total = [start], ways[start].copy()
    while len(region) < n:
        total[region[-1]] = math.inf
        new = int(np.argmin(total))
        if math.isinf(total[new]):
            return None
        region.append(new)
        total += ways[new]
    return tuple(sorted(region))


def _annealed(
    wanted: Sequence[Support], region: Sequence[int], graph: DeviceGraph
) -> tuple[int, tuple[int, ...]] | None:
    """What joining the interactions costs, and the qubit of each site; none if they are apart."""
    couplings, nodes = graph.restricted(frozenset(region))
    n = len(nodes)
    reach = Reach(n, tuple(sorted(map(_ordered, couplings.edge_list()))), (1 << n) - 1)
    if not reach.is_joined:
        return None
    reach = reach.tabled

    @functools.cache
    def cost(mask: int) -> int:
        return int(reach.costs(np.array(mask)))

    chance = random.Random(SEED)
    place = list(range(n))
    masks = [sum(1 << place[site] for site in one) for one in wanted]
    meets = [{i for i, one in enumerate(wanted) if site in one} for site in range(n)]
    best, total = (math.inf, tuple(place)), sum(map(cost, masks))
    for round_ in range(_EXCHANGES):
        heat = _HOT * (_COLD / _HOT) ** (round_ / _EXCHANGES)
        a, b = chance.sample(range(n), 2)
        both, moved = 1 << place[a] | 1 << place[b], meets[a] ^ meets[b]
        change = sum(cost(masks[i] ^ both) - cost(masks[i]) for i in moved)
        if change <= 0 or chance.random() < math.exp(-change / heat):
            place[a], place[b] = place[b], place[a]
            total += change
            for i in moved:
                masks[i] ^= both
            best = min(best, (total, tuple(place)))
    return int(best[0]), tuple(nodes[i] for i in best[1])


def _ordered(pair: tuple[int, int]) -> tuple[int, int]:
    return min(pair), max(pair)
