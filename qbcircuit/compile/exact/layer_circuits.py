"""Exact circuits of one layer: its interactions one by one, or all strings in one walk."""

from __future__ import annotations

import functools

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit import hypergraph
from qbcircuit.compile.exact import strings
from qbcircuit.compile.exact.blocks import append_block, block_gates, two_qubit_count
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.formula.paulis import PauliSum


def append_layer(
    circuit: QuantumCircuit,
    layer: Layer,
    tau: ParameterExpression | float,
    wiring: Wiring,
    optimise: str,
) -> None:
    """Append exp(-i tau sum of the layer), every interaction on the wires of its sites.

    Args:
        circuit: appended to.
        layer: interactions that commute.
        tau: how long.
        wiring: couplings of the wires.
        optimise: ``"depth"`` keeps overlapping interactions apart, in sub-layers of disjoint
            ones; ``"gates"`` may walk through their strings together where that saves gates.
    """
    walk = _walk(layer, wiring) if optimise == "gates" else None
    if walk is not None:
        bound = walk.assign_parameters({strings.TAU: tau})
        circuit.compose(bound, range(walk.num_qubits), inplace=True, copy=False)
        return
    for interaction in disjoint_first(layer):
        append_block(circuit, interaction, tau, wiring)


def layer_gates(layer: Layer, wiring: Wiring, optimise: str) -> int:
    """Two-qubit gates of a layer's circuit, before it is made native."""
    walk = _walk(layer, wiring) if optimise == "gates" else None
    return two_qubit_count(walk) if walk is not None else _one_by_one(layer, wiring)


def disjoint_first(layer: Layer) -> Layer:
    """A layer's interactions in sub-layers of disjoint sites, so that they run at once."""
    groups = hypergraph.layers([one.sites for one in layer])
    return tuple(layer[i] for group in groups for i in group)


@functools.lru_cache(maxsize=64)
def _one_by_one(layer: Layer, wiring: Wiring) -> int:
    return sum(block_gates(one, wiring) for one in layer)


@functools.lru_cache(maxsize=64)
def _walk(layer: Layer, wiring: Wiring) -> QuantumCircuit | None:
    """All strings in one walk, where every wire reaches every other and gates are saved."""
    terms = [term for one in layer for term in one.terms]
    if wiring.neighbours is not None or any(term.adds_conjugate for term in terms):
        return None
    walk = strings.joint(PauliSum.of(terms, 1 + max(max(term.sites) for term in terms)))
    return walk if walk is not None and two_qubit_count(walk) < _one_by_one(layer, wiring) else None
