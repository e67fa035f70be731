"""Sites put where few swaps bring those that interact together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import rustworkx as rx

from qbcircuit.compile.devices.device_graph import DeviceGraph

SEED = 2017
TRIES = 8
"""Placements that are tried on the whole device; some leave their qubits apart."""

_ITERATIONS, _TRIALS = 4, 16

Support = tuple[int, ...]
Placed = dict[int, int]


def with_few_swaps(
    part: Support, supports: Sequence[Support], graph: DeviceGraph, region: Sequence[int]
) -> Placed:
    """The placement with fewest swaps: within a region, or anywhere on the device around it.

    Args:
        part: sites that interactions join.
        supports: interactions among them, in time order.
        graph: the device.
        region: as many connected qubits, where one placement is sure to be.
    """
    if len(part) == 1:
        return {part[0]: region[0]}
    everywhere = _connected_to(region[0], graph)
    found = [_settled(part, supports, graph, region, SEED)]
    found += [_settled(part, supports, graph, everywhere, SEED + i) for i in range(TRIES)]
    return min(found, key=lambda one: one[0])[1]


def _connected_to(qubit: int, graph: DeviceGraph) -> tuple[int, ...]:
    couplings, nodes = graph.restricted(graph.nodes)
    inside = rx.node_connected_component(couplings, nodes.index(qubit))
    return tuple(nodes[i] for i in sorted(inside))


def _settled(
    part: Support,
    supports: Sequence[Support],
    graph: DeviceGraph,
    qubits: Sequence[int],
    seed: int,
) -> tuple[float, Placed]:
    """Swaps and placement by Sabre (arXiv:1809.02573), there and back along every interaction."""
    from qiskit import QuantumCircuit
    from qiskit.transpiler import CouplingMap, PassManager
    from qiskit.transpiler.passes import SabreLayout

    couplings, nodes = graph.restricted(frozenset(qubits))
    coupling = CouplingMap([p for a, b in couplings.edge_list() for p in ((a, b), (b, a))])
    index = {site: i for i, site in enumerate(part)}
    circuit = QuantumCircuit(len(part))
    for one in supports:
        chain = list(itertools.pairwise(one))
        for a, b in (*chain, *chain[-2::-1]):
            circuit.cx(index[a], index[b])
    trials = {"swap_trials": _TRIALS, "layout_trials": _TRIALS}
    passes = PassManager([SabreLayout(coupling, seed=seed, max_iterations=_ITERATIONS, **trials)])
    routed = passes.run(circuit)
    layout = passes.property_set["layout"]
    placed = {site: nodes[layout[circuit.qubits[i]]] for site, i in index.items()}
    apart = not rx.is_connected(graph.restricted(frozenset(placed.values()))[0])
    return math.inf if apart else routed.count_ops().get("swap", 0), placed
