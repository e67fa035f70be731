"""Which qubit of a device holds each site: paths where the interactions allow them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import numpy as np
import rustworkx as rx
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from qbcircuit.compile.devices.device_graph import DeviceGraph, graph_of
from qbcircuit.compile.devices.gathering import gathered
from qbcircuit.compile.devices.paths import best_path, best_region
from qbcircuit.compile.devices.swapping import with_few_swaps
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import components
from qbcircuit.target import DeviceTarget

VF2_CALLS = 20_000
VF2_SOLUTIONS = 20

Support = tuple[int, ...]


def place(n_sites: int, supports: Sequence[Support], device: DeviceTarget) -> tuple[int, ...]:
    """The device's qubit for every site.

    Interactions that are intervals of some order of their sites are laid along a path, so that
    they need no swaps; pairs that form a subgraph of the device are mapped onto it, and sites most
    of whose pairs interact go on a path; anything else gets a connected set of qubits in which
    swaps can be kept few. Among candidates the one with the lowest reported two-qubit and readout
    errors wins. Deterministic.

    Args:
        n_sites: number of sites, ancillas included.
        supports: sites of every interaction, in time order where that is known.
        device: where to.

    Raises:
        InvalidRequest: too few working qubits, or too few that are connected.
    """
    shapes = dict.fromkeys(tuple(sorted(set(one))) for one in supports if len(set(one)) > 1)
    return _place(n_sites, tuple(shapes), device)


@functools.lru_cache(maxsize=64)
def _place(n_sites: int, supports: tuple[Support, ...], device: DeviceTarget) -> tuple[int, ...]:
    graph = graph_of(device)
    if n_sites > len(graph.nodes):
        raise InvalidRequest(
            f"{n_sites} sites need as many working qubits, but {device.name} has "
            f"{len(graph.nodes)}. Use a wider target or fewer cells."
        )
    if graph.is_complete:
        return graph.best_nodes(n_sites)
    parts = components(n_sites, supports)
    placed = (
        _each_apart(parts, supports, graph)
        or _each_apart(parts, supports, graph, tight=True)
        or _along_one_path(parts, supports, graph)
        or _together(n_sites, supports, graph)
    )
    if placed is None:
        largest = len(parts[0])
        raise InvalidRequest(
            f"Interacting sites need {min(n_sites, largest)} connected qubits, but the largest "
            f"connected part of {device.name} has {graph.largest_part}. "
            "Use another target or fewer cells."
        )
    return tuple(placed[site] for site in range(n_sites))


def _inside(part: Support, supports: Sequence[Support]) -> list[Support]:
    sites = set(part)
    return [one for one in supports if sites.issuperset(one)]


def _each_apart(
    parts: Sequence[Support],
    supports: Sequence[Support],
    graph: DeviceGraph,
    *,
    tight: bool = False,
) -> dict[int, int] | None:
    """Every component on its own qubits, the largest first.

    The best ones; or, to waste none, those with the fewest free neighbours (``tight``).
    """
    placed: dict[int, int] = {}
    free = graph.nodes
    for part in parts:
        view = graph.hugging(free) if tight else graph
        own = _component(part, _inside(part, supports), view, free)
        if own is None:
            return None
        placed |= own
        free -= set(own.values())
    return placed


def _component(
    part: Support, supports: Sequence[Support], graph: DeviceGraph, free: frozenset[int]
) -> dict[int, int] | None:
    order = path_order(part, supports)
    if order is not None:
        path = best_path(graph, free, len(order))
        if path is not None:
            return dict(zip(order, path, strict=True))
    if all(len(one) == 2 for one in supports):
        mapped = _subgraph(part, supports, graph, free)
        if mapped is not None:
            return mapped
        path = best_path(graph, free, len(part)) if _is_crowded(part, supports) else None
        if path is not None:
            return dict(zip(part, path, strict=True))
    if any(len(one) > 2 for one in supports):
        near = gathered(part, supports, graph, free)
        if near is not None:
            return near
    region = best_region(graph, free, len(part))
    return None if region is None else with_few_swaps(part, supports, graph, region)


def _is_crowded(part: Support, pairs: Sequence[Support]) -> bool:
    """Whether so many pairs interact that they are best walked past one another on a path."""
    return 4 * len(pairs) >= len(part) * (len(part) - 1)


def _along_one_path(
    parts: Sequence[Support], supports: Sequence[Support], graph: DeviceGraph
) -> dict[int, int] | None:
    """All components one after another on a single path, where scattered ones do not fit."""
    orders = [path_order(part, _inside(part, supports)) for part in parts]
    known = [order for order in orders if order is not None]
    sites = [site for order in known for site in order]
    path = best_path(graph, graph.nodes, len(sites)) if len(known) == len(orders) else None
    return None if path is None else dict(zip(sites, path, strict=True))


def _together(
    n_sites: int, supports: Sequence[Support], graph: DeviceGraph
) -> dict[int, int] | None:
    """All sites in one connected set of qubits."""
    region = best_region(graph, graph.nodes, n_sites)
    return (
        None if region is None else with_few_swaps(tuple(range(n_sites)), supports, graph, region)
    )


def path_order(part: Support, supports: Sequence[Support]) -> Support | None:
    """An order of the sites in which every interaction is an interval, where one is found.

    Tried are the sites' own order and reverse Cuthill-McKee.
    """
    if _are_intervals(part, supports):
        return part
    place = {site: i for i, site in enumerate(part)}
    rows, columns = np.array(
        [(place[a], place[b]) for one in supports for a, b in itertools.product(one, one)],
        dtype=np.intp,
    ).reshape(-1, 2).T  # fmt: skip
    ties = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(part),) * 2)
    banded = tuple(part[i] for i in reverse_cuthill_mckee(ties, symmetric_mode=True))
    return banded if _are_intervals(banded, supports) else None


def _are_intervals(order: Support, supports: Sequence[Support]) -> bool:
    """Whether the sites of every interaction come in a row."""
    rank = {site: i for i, site in enumerate(order)}
    spans = (max(ranks) - min(ranks) for one in supports if (ranks := [rank[s] for s in one]))
    return all(span == len(one) - 1 for span, one in zip(spans, supports, strict=True))


def _subgraph(
    part: Support, pairs: Sequence[Support], graph: DeviceGraph, free: frozenset[int]
) -> dict[int, int] | None:
    """The best of the first few ways to find the pairs among the device's couplings (VF2)."""
    site_index = {site: i for i, site in enumerate(part)}
    pattern = rx.PyGraph()
    pattern.add_nodes_from(part)
    pattern.add_edges_from_no_data([(site_index[a], site_index[b]) for a, b in sorted(pairs)])
    couplings, nodes = graph.restricted(free)
    found = rx.graph_vf2_mapping(
        couplings, pattern, subgraph=True, induced=False, call_limit=VF2_CALLS
    )
    candidates = [
        {part[i]: nodes[q] for q, i in mapping.items()}
        for _, mapping in zip(range(VF2_SOLUTIONS), found, strict=False)
    ]
    cost = functools.partial(_mapping_cost, pairs=pairs, graph=graph)
    return min(candidates, key=cost, default=None)


def _mapping_cost(
    mapping: dict[int, int], *, pairs: Sequence[Support], graph: DeviceGraph
) -> float:
    links = sum(graph.link_cost(mapping[a], mapping[b]) for a, b in pairs)
    return links + sum(graph.node_cost[qubit] for qubit in mapping.values())
