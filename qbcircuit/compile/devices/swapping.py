"""Sites put where few swaps bring those that interact together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    index = {site: i for i, site in enumerate(part)}
    pairs: list[tuple[int, int]] = []
    for one in supports:
        chain = list(itertools.pairwise([index[site] for site in one]))
        pairs += [*chain, *chain[-2::-1]]
    everywhere = _connected_to(region[0], graph)
    found = [settled(pairs, len(part), graph, region, SEED)]
    found += [settled(pairs, len(part), graph, everywhere, SEED + i) for i in range(TRIES)]
    placed = min(found, key=lambda one: one.swaps).qubits
    return dict(zip(part, placed, strict=True))


def _connected_to(qubit: int, graph: DeviceGraph) -> tuple[int, ...]:
    couplings, nodes = graph.restricted(graph.nodes)
    inside = rx.node_connected_component(couplings, nodes.index(qubit))
    return tuple(nodes[i] for i in sorted(inside))


@dataclass(frozen=True, slots=True)
class Settled:
    """A placement.

    Args:
        swaps: that it takes; infinite where the qubits do not join what interacts.
        qubits: of every wire.
    """

    swaps: float
    qubits: tuple[int, ...]


def settled(
    pairs: Sequence[tuple[int, int]],
    n_wires: int,
    graph: DeviceGraph,
    qubits: Iterable[int],
    seed: int,
    *,
    trials: int = _TRIALS,
) -> Settled:
    """A placement of wires by Sabre (arXiv:1809.02573).

    Args:
        pairs: wires of two-qubit gates in time order.
        n_wires: number of wires.
        graph: the device.
        qubits: that may be used.
        seed: of Sabre.
        trials: of Sabre: layouts, and ways to swap from each.
    """
    from qiskit import QuantumCircuit
    from qiskit.transpiler import CouplingMap, PassManager
    from qiskit.transpiler.passes import SabreLayout

    couplings, nodes = graph.restricted(frozenset(qubits))
    coupling = CouplingMap()
    for node in range(len(nodes)):
        coupling.add_physical_qubit(node)
    for a, b in couplings.edge_list():
        coupling.add_edge(a, b)
        coupling.add_edge(b, a)
    circuit = QuantumCircuit(n_wires)
    for a, b in pairs:
        circuit.cx(a, b)
    many = {"swap_trials": trials, "layout_trials": trials}
    passes = PassManager([SabreLayout(coupling, seed=seed, max_iterations=_ITERATIONS, **many)])
    routed = passes.run(circuit)
    layout = passes.property_set["layout"]
    placed = tuple(nodes[layout[qubit]] for qubit in circuit.qubits)
    inside, held = graph.restricted(frozenset(placed))
    part = {held[i]: p for p, joined in enumerate(rx.connected_components(inside)) for i in joined}
    apart = any(part[placed[a]] != part[placed[b]] for a, b in set(pairs))
    return Settled(math.inf if apart else routed.count_ops().get("swap", 0), placed)
