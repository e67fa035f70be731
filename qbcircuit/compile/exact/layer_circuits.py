"""Exact circuits of one layer: its interactions one by one, or all strings side by side."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit import hypergraph
from qbcircuit.compile.exact import strings
from qbcircuit.compile.exact.blocks import append_block, two_qubit_count, two_qubit_depth
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.formula.paulis import PauliSum


def append_layer(
    circuit: QuantumCircuit,
    layer: Layer,
    tau: ParameterExpression | float,
    wiring: Wiring,
    optimise: str,
    *,
    way: int = 0,
) -> None:
    """Append exp(-i tau sum of the layer), every interaction on the wires of its sites.

    Args:
        circuit: appended to.
        layer: interactions that commute.
        tau: how long.
        wiring: couplings of the wires.
        optimise: ``"gates"`` or ``"depth"``: which of the layer's circuits comes first.
        way: number of the circuit, 0 the best; the last one where there are fewer.
    """
    found = ways(layer, wiring, optimise)
    one = found[min(way, len(found) - 1)]
    bound = one.assign_parameters({strings.TAU: tau}) if one.parameters else one
    circuit.compose(bound, range(one.num_qubits), inplace=True, copy=False)


def layer_gates(layer: Layer, wiring: Wiring, optimise: str) -> int:
    """Two-qubit gates of a layer's circuit, before it is made native."""
    return two_qubit_count(ways(layer, wiring, optimise)[0])


@functools.lru_cache(maxsize=64)
def ways(layer: Layer, wiring: Wiring, optimise: str) -> tuple[QuantumCircuit, ...]:
    """Circuits of a layer, the best first; none has both more gates and more depth than another."""
    kept: list[tuple[tuple[int, int], QuantumCircuit]] = []
    for one in _candidates(layer, wiring):
        gates, depth = two_qubit_count(one), two_qubit_depth(one)
        if not any(g <= gates and d <= depth for (g, d), _ in kept):
            kept = [(cost, other) for cost, other in kept if cost[0] < gates or cost[1] < depth]
            kept.append(((gates, depth), one))
    kept.sort(key=lambda one: one[0] if optimise == "gates" else one[0][::-1])
    return tuple(one for _, one in kept)


def _candidates(layer: Layer, wiring: Wiring) -> Iterator[QuantumCircuit]:
    terms = [term for one in layer for term in one.terms]
    n_wires = 1 + max(max(term.sites) for term in terms)
    if not any(term.adds_conjugate for term in terms):
        yield from strings.in_one_basis(PauliSum.of(terms, n_wires), wiring)
    apart = QuantumCircuit(n_wires)
    for interaction in disjoint_first(layer):
        append_block(apart, interaction, strings.TAU, wiring)
    yield apart


def disjoint_first(layer: Layer) -> Layer:
    """A layer's interactions in sub-layers of disjoint sites, so that they run at once."""
    groups = hypergraph.layers([one.sites for one in layer])
    return tuple(layer[i] for group in groups for i in group)
