"""Swaps, where a circuit asks for pairs that the device does not couple."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

import rustworkx as rx

from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.errors import InvalidRequest

SEED = 2017
TRIALS = 100
"""Sabre's number of tries, stated because its default is the machine's number of cores."""


def routed(
    ops: Sequence[Op],
    n_wires: int,
    edges: frozenset[tuple[int, int]] | None,
    *,
    restore: bool,
    begins: Sequence[int] | None = None,
) -> tuple[list[Op], tuple[int, ...]]:
    """The gates with swaps put in, and where every wire ends.

    Args:
        ops: gates in time order on wires 0..n_wires-1.
        n_wires: number of wires and of positions.
        edges: coupled positions, both ways round; ``None``: all.
        restore: bring every wire i to position i.
        begins: the position at which every wire starts; ``None``: wire i at position i.

    Raises:
        InvalidRequest: a pair that no chain of couplings joins.
    """
    identity = tuple(range(n_wires))
    if begins is not None and tuple(begins) != identity:
        ops = [replace(op, wires=tuple([begins[wire] for wire in op.wires])) for op in ops]
        out, ends = routed(ops, n_wires, edges, restore=False)
        ends = tuple(ends[place] for place in begins)
        return (out + _swapped(ends, edges), identity) if restore else (out, ends)
    if not restore:
        kept, moved = _without_last_swaps(ops, n_wires)
        if moved != identity:
            out, ends = routed(kept, n_wires, edges, restore=False)
            return out, tuple(ends[place] for place in moved)
    asked = {op.wires for op in ops if len(op.wires) == 2}
    if edges is None or asked <= edges:
        return list(ops), identity
    graph = _graph(n_wires, edges)
    part = {wire: i for i, nodes in enumerate(rx.connected_components(graph)) for wire in nodes}
    apart = next((pair for pair in sorted(asked) if part[pair[0]] != part[pair[1]]), None)
    if apart is not None:
        raise InvalidRequest(
            f"Interacting sites need a chain of qubits coupled by a gate such as cx, cz, ecr or "
            f"rzz, but none joins sites {apart[0]} and {apart[1]}. Use another target."
        )
    out, ends = _sabre(ops, n_wires, graph)
    return (out + _swapped(ends, edges), identity) if restore else (out, ends)


def _graph(n_wires: int, edges: Iterable[tuple[int, int]]) -> rx.PyGraph:
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n_wires))
    graph.add_edges_from_no_data(sorted({(min(pair), max(pair)) for pair in edges}))
    return graph


def homeward(
    ends: Sequence[int], edges: Iterable[tuple[int, int]] | None, *, trials: int = TRIALS
) -> list[tuple[int, int]]:
    """Swaps along the couplings that bring every wire i from where it is to position i.

    Args:
        ends: where every wire is.
        edges: coupled positions, either way round; ``None``: all.
        trials: of rustworkx's token swapper.
    """
    home = {end: wire for wire, end in enumerate(ends)}  # one that is left out may end anywhere
    pairs = itertools.combinations(range(len(ends)), 2) if edges is None else edges
    graph = _graph(len(ends), pairs)
    return [(a, b) for a, b in rx.graph_token_swapper(graph, home, trials=trials, seed=SEED)]


def _swapped(ends: Sequence[int], edges: Iterable[tuple[int, int]] | None) -> list[Op]:
    return [Op("swap", pair) for pair in homeward(ends, edges)]


def _without_last_swaps(ops: Sequence[Op], n_wires: int) -> tuple[list[Op], tuple[int, ...]]:
    """The gates without the swaps that nothing follows, and where these took every wire from.

    Returns:
        The gates kept, and for every wire the place that it ends at where the swaps are left out.
    """
    place = list(range(n_wires))
    kept: list[Op] = []
    busy: set[int] = set()
    for op in reversed(ops):
        if op.kind == "swap" and busy.isdisjoint(op.wires):
            a, b = map(place.index, op.wires)
            place[a], place[b] = place[b], place[a]
        else:
            busy.update(op.wires)
            kept.append(op)
    return kept[::-1], tuple(place)


def _sabre(ops: Sequence[Op], n_wires: int, graph: rx.PyGraph) -> tuple[list[Op], tuple[int, ...]]:
    """Sabre (arXiv:1809.02573) on stand-ins that remember which gate they stand for."""
    from qiskit import QuantumCircuit
    from qiskit.circuit import Gate
    from qiskit.transpiler import CouplingMap, PassManager
    from qiskit.transpiler.passes import SabreSwap

    coupling = CouplingMap()
    for wire in range(n_wires):
        coupling.add_physical_qubit(wire)
    for a, b in graph.edge_list():
        coupling.add_edge(a, b)
        coupling.add_edge(b, a)
    circuit = QuantumCircuit(n_wires)
    for i, op in enumerate(ops):
        circuit.append(Gate("stand-in", len(op.wires), [i]), op.wires, copy=False)
    swapper = SabreSwap(coupling, heuristic="decay", seed=SEED, trials=TRIALS)
    result = PassManager([swapper]).run(circuit)
    position = {qubit: i for i, qubit in enumerate(result.qubits)}
    out, holds = [], list(range(n_wires))
    for one in result.data:
        wires = tuple(position[qubit] for qubit in one.qubits)
        if one.operation.name == "swap":
            out.append(Op("swap", wires))
            a, b = wires
            holds[a], holds[b] = holds[b], holds[a]
        else:
            op = ops[int(one.operation.params[0])]
            out.append(Op(op.kind, wires, op.angle, op.matrix))
    return out, tuple(holds.index(wire) for wire in range(n_wires))
