"""A device's couplings as a graph whose nodes and links cost what their errors cost."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import rustworkx as rx

from qbcircuit.compile.gates.entanglers import ENTANGLERS
from qbcircuit.target import DeviceTarget, Operation

_LINK_USES = 2
"""Two-qubit gates that a link carries for every read-out of its qubits, at the least."""


@dataclass(frozen=True, eq=False)
class DeviceGraph:
    """Working qubits and couplings.

    Args:
        nodes: qubits that have gates, none of them reported to fail always.
        neighbours: coupled qubits of each.
        node_cost: -log(1 - error) of the read-out of each.
        link_costs: the same of the best two-qubit gate of each pair (lower index first).
    """

    nodes: frozenset[int]
    neighbours: dict[int, tuple[int, ...]]
    node_cost: dict[int, float]
    link_costs: dict[tuple[int, int], float]

    @property
    def is_complete(self) -> bool:
        """Whether every pair is coupled."""
        n = len(self.nodes)
        return not self.link_costs or len(self.link_costs) == n * (n - 1) // 2

    @functools.cached_property
    def is_even(self) -> bool:
        """Whether no qubit and no link is better than another."""
        return len({*self.node_cost.values()}) <= 1 >= len({*self.link_costs.values()})

    @functools.cached_property
    def largest_part(self) -> int:
        """Number of qubits in the largest connected part."""
        graph, _ = self.restricted(self.nodes)
        return max(map(len, rx.connected_components(graph)), default=0)

    def link_cost(self, a: int, b: int) -> float:
        """Cost of a coupled pair."""
        return self.link_costs[min(a, b), max(a, b)]

    def path_cost(self, path: Iterable[int]) -> float:
        """Cost of a path's qubits and links."""
        path = tuple(path)
        links = (self.link_cost(a, b) for a, b in itertools.pairwise(path))
        return math.fsum([*links, *(self.node_cost[qubit] for qubit in path)])

    def best_nodes(self, n: int) -> tuple[int, ...]:
        """The n qubits with the lowest errors of their own and of their links, in order."""
        total = {qubit: self.node_cost[qubit] for qubit in self.nodes}
        for (a, b), cost in self.link_costs.items():
            share = cost / (len(self.nodes) - 1)
            total[a] += share
            total[b] += share
        return tuple(sorted(sorted(self.nodes, key=lambda q: (total[q], q))[:n]))

    def hugging(self, free: frozenset[int]) -> DeviceGraph:
        """The same device, each qubit costing one more for every free neighbour."""
        node_cost = {
            qubit: cost + len(free.intersection(self.neighbours[qubit]))
            for qubit, cost in self.node_cost.items()
        }
        return replace(self, node_cost=node_cost)

    def restricted(self, free: frozenset[int]) -> tuple[rx.PyGraph, tuple[int, ...]]:
        """Couplings among some qubits, and which qubit each node stands for."""
        nodes = tuple(sorted(free))
        index = {qubit: i for i, qubit in enumerate(nodes)}
        graph = rx.PyGraph(multigraph=False)
        graph.add_nodes_from(nodes)
        graph.add_edges_from_no_data(
            [(index[a], index[b]) for a, b in sorted(self.link_costs) if {a, b} <= free]
        )
        return graph, nodes


@functools.lru_cache(maxsize=16)
def graph_of(device: DeviceTarget) -> DeviceGraph:
    """The graph of a device; a global two-qubit gate leaves it without links: all coupled."""
    links: dict[tuple[int, int], float] = {}
    working = set() if any(one.qubits for one in device.operations) else set(range(device.n_qubits))
    lost: set[int] = set()
    readout: dict[int, float] = {}
    for one in device.operations:
        if one.qubits is None:
            continue
        cost = _cost(one)
        if len(one.qubits) == 1:
            qubit = one.qubits[0]
            if math.isinf(cost):
                lost.add(qubit)
            elif one.name == "measure":
                readout[qubit] = cost
            else:
                working.add(qubit)
        elif one.name in ENTANGLERS and not math.isinf(cost):
            pair = (min(one.qubits), max(one.qubits))
            links[pair] = min(links.get(pair, math.inf), _LINK_USES * cost)
    nodes = frozenset(working - lost)
    links = {pair: cost for pair, cost in links.items() if nodes.issuperset(pair)}
    neighbours: dict[int, list[int]] = {qubit: [] for qubit in sorted(nodes)}
    for a, b in sorted(links):
        neighbours[a].append(b)
        neighbours[b].append(a)
    return DeviceGraph(
        nodes=nodes,
        neighbours={qubit: tuple(near) for qubit, near in neighbours.items()},
        node_cost={qubit: readout.get(qubit, 0.0) for qubit in nodes},
        link_costs=links,
    )


def _cost(operation: Operation) -> float:
    """-log(1 - error); infinite for what always fails."""
    error = operation.error
    if not error:
        return 0.0
    return -math.log1p(-error) if error < 1 else math.inf
