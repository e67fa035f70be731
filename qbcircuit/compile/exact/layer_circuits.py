"""Exact circuits of one layer: its interactions one by one, or all strings side by side."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit import hypergraph
from qbcircuit.compile.exact import strings
from qbcircuit.compile.exact.blocks import block_gates
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer, last_site, strings_of
from qbcircuit.compile.gates.gatelist import GateList, Op, two_qubit_cost
from qbcircuit.compile.gates.rotations import Angle


@dataclass(frozen=True, eq=False)
class Way:
    """One circuit of a layer, its duration ``TAU`` free: smaller circuits on some of the wires.

    Args:
        parts: the circuits and the wires that they act on, in time order.
    """

    parts: tuple[tuple[GateList, tuple[int, ...]], ...]

    @functools.cached_property
    def cost(self) -> tuple[int, int]:
        """Two-qubit gates and their depth, before the circuit is made native."""
        pairs = {
            id(one): [op.wires for op in one.ops if len(op.wires) == 2] for one, _ in self.parts
        }
        return two_qubit_cost(
            (wires[a], wires[b]) for one, wires in self.parts for a, b in pairs[id(one)]
        )

    @functools.cached_property
    def circuit(self) -> QuantumCircuit:
        """The parts composed."""
        whole = QuantumCircuit(1 + max(max(wires) for _, wires in self.parts))
        for one, wires in self.parts:
            whole.compose(one.circuit, wires, inplace=True, copy=False)
        return whole

    def ops(self, tau: Angle) -> Iterator[Op]:
        """The gates of all parts, for a duration."""
        known: dict[int, Angle] = {}
        for one, wires in self.parts:
            for op in one.ops:
                angle = known.get(id(op.angle))
                if angle is None:
                    angle = known[id(op.angle)] = op.angle.with_free(strings.TAU, tau)
                yield Op(op.kind, tuple([wires[place] for place in op.wires]), angle, op.matrix)


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
    one = chosen(layer, wiring, optimise, way).circuit
    bound = one.assign_parameters({strings.TAU: tau}) if one.parameters else one
    circuit.compose(bound, range(one.num_qubits), inplace=True, copy=False)


def chosen(layer: Layer, wiring: Wiring, optimise: str, way: int) -> Way:
    """The layer's circuit of that number, 0 the best; the last one where there are fewer."""
    found = ways(layer, wiring, optimise)
    return found[min(way, len(found) - 1)]


def layer_gates(layer: Layer, wiring: Wiring, optimise: str) -> int:
    """Two-qubit gates of a layer's circuit, before it is made native."""
    return ways(layer, wiring, optimise)[0].cost[0]


@functools.lru_cache(maxsize=64)
def ways(layer: Layer, wiring: Wiring, optimise: str) -> tuple[Way, ...]:
    """Circuits of a layer, the best first; none has both more gates and more depth than another."""
    kept: list[Way] = []
    for one in _candidates(layer, wiring):
        gates, depth = one.cost
        if not any(g <= gates and d <= depth for g, d in (other.cost for other in kept)):
            kept = [other for other in kept if other.cost[0] < gates or other.cost[1] < depth]
            kept.append(one)
    kept.sort(key=lambda one: one.cost if optimise == "gates" else one.cost[::-1])
    return tuple(kept)


def _candidates(layer: Layer, wiring: Wiring) -> Iterator[Way]:
    if not any(term.adds_conjugate for one in layer for term in one.terms):
        for whole in strings.in_one_basis(strings_of(layer, 1 + last_site(layer)), wiring):
            yield Way(((whole, tuple(range(whole.n_wires))),))
    yield Way(tuple((block_gates(one, wiring), one.sites) for one in disjoint_first(layer)))


def disjoint_first(layer: Layer) -> Layer:
    """A layer's interactions in sub-layers of disjoint sites, so that they run at once."""
    groups = hypergraph.layers([one.sites for one in layer])
    return tuple(layer[i] for group in groups for i in group)
