"""The compiler as a plug-in of qiskit's high-level synthesis: ``PauliEvolution.qbcircuit``."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.synthesis import SuzukiTrotter
from qiskit.transpiler.passes.synthesis.plugin import (
    HighLevelSynthesisPlugin,
    HighLevelSynthesisPluginManager,
)

from qbcircuit.compile.evolution_gate import EvolutionRequest, evolution_request
from qbcircuit.compile.exact.blocks import is_structured
from qbcircuit.compile.exact.layer_circuits import append_layer
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import Layer, commute, exact_layers
from qbcircuit.compile.gates.gatelist import read, two_qubit_cost
from qbcircuit.compile.gates.rewriting import simplified, without_rzz
from qbcircuit.compile.network.candidates import networks
from qbcircuit.compile.network.phase import rephased
from qbcircuit.compile.realise import ordered_layers
from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qiskit.transpiler import CouplingMap, Target

_TIME = Parameter("_qbcircuit_time")
"""Stands for the gate's time until the end: the user's Parameter may be called anything."""

_LEAD, _TAU = Parameter("_qbcircuit_lead"), Parameter("_qbcircuit_tau")
"""Durations within one sweep of the formula."""

_ROTATIONS = frozenset({"rzz", "rxx", "ryy", "rzx"})


class PauliEvolutionSynthesis(HighLevelSynthesisPlugin):  # type: ignore[misc]  # Any: qiskit is untyped
    """Synthesises a ``PauliEvolutionGate`` by structure.

    Terms are gathered into layers that commute, each exponentiated exactly; a product formula
    runs between layers, with half steps merged. Where one layer holds all terms the circuit is
    exp(-i t H) for every t, however many steps were asked for. Terms are reordered freely. Every
    angle is linear in the gate's time, which may hold free Parameters, and the phase of
    identity terms is kept.

    Options, e.g. ``HLSConfig(PauliEvolution=[("qbcircuit", {"formula": 2, "steps": 10})])``:

    * ``formula``: order of the product formula, 1, 2 or 4; default: that of the gate's
      ``LieTrotter`` or ``SuzukiTrotter``.
    * ``steps``: its number of steps; default: the ``reps`` of the gate's synthesis.
    * ``optimise``: ``"gates"`` (default) or ``"depth"``.
    """

    def run(
        self,
        high_level_object: object,
        coupling_map: CouplingMap | None = None,
        target: Target | None = None,
        qubits: Sequence[int] | None = None,
        **options: Any,
    ) -> QuantumCircuit | None:
        """The circuit, or ``None`` to leave the gate to the next method.

        ``None`` for coefficients that are not real numbers, projectors, a synthesis object of
        another kind. Where qiskit's default circuit of the same formula has fewer two-qubit
        gates (or less depth), or is better routed with swaps, that circuit is returned.

        Args:
            high_level_object: the gate.
            coupling_map: couplings of the machine.
            target: the machine; its couplings are used where no map is given.
            qubits: the machine's qubits that hold the gate's; ``None``: not placed yet. Circuits
                follow the couplings where those join the qubits, else routing is left to qiskit.
            options: as above; others are handed on to qiskit.

        Raises:
            InvalidRequest: an option that cannot be.
        """
        if not isinstance(high_level_object, PauliEvolutionGate):
            return None
        request = evolution_request(high_level_object, options)
        if request is None:
            return None
        if coupling_map is None and target is not None:
            coupling_map = target.build_coupling_map()
        wiring = _wiring(request, coupling_map, qubits)
        try:
            layers = _layers(request, wiring)
        except InvalidRequest:
            return None
        evolve = _built_in_of(high_level_object, request, (coupling_map, target, qubits), options)
        whole = target is not None and not _ROTATIONS.isdisjoint(target.operation_names)
        measure = functools.partial(_cost, optimise=request.optimise, whole=whole)
        theirs = _extrapolated(request.steps, lambda steps: measure(evolve(steps)))
        crowded = qubits is None and _is_crowded(request, coupling_map)
        unplaced = _is_limited(coupling_map) and wiring.neighbours is None
        ours = _price(request, layers, wiring)
        found = None if crowded or unplaced else _networked(request, layers, wiring)
        circuit, cost = found or (None, ours)
        if crowded or theirs < min(ours, cost):
            return evolve(request.steps)
        if circuit is None or ours <= cost:
            circuit = _evolution(request, layers, request.steps, wiring)
        if request.shift:
            circuit.global_phase = -request.shift * _TIME
        time = high_level_object.time * request.unit
        return circuit.assign_parameters({_TIME: time}) if circuit.parameters else circuit


def _wiring(
    request: EvolutionRequest, coupling_map: CouplingMap | None, qubits: Sequence[int] | None
) -> Wiring:
    """Couplings to follow: the machine's, or a line's where every term fits on one.

    A gate that is not placed yet and asks for a line only is likely to find one.
    """
    n = request.n_qubits
    if coupling_map is None:
        return Wiring()
    edges = _edges(coupling_map)
    if not _is_limited(coupling_map):
        return Wiring()
    if qubits is None:
        on_line = all(max(t.sites) - min(t.sites) < len(t.sites) for t in request.terms)
        line = [frozenset({i - 1, i + 1} & set(range(n))) for i in range(n)]
        return Wiring(tuple(line)) if on_line else Wiring()
    wired = Wiring(
        tuple(frozenset(j for j in range(n) if (qubits[i], qubits[j]) in edges) for i in range(n))
    )
    return wired if all(_is_joined(term.sites, wired) for term in request.terms) else Wiring()


def _edges(coupling_map: CouplingMap) -> set[tuple[int, int]]:
    edges = {(a, b) for a, b in coupling_map.get_edges() if a != b}
    return edges | {(b, a) for a, b in edges}


def _is_limited(coupling_map: CouplingMap | None) -> bool:
    """Whether some pair of qubits is not coupled."""
    if coupling_map is None:
        return False
    size = int(coupling_map.size())
    return len(_edges(coupling_map)) < size * (size - 1)


def _is_crowded(request: EvolutionRequest, coupling_map: CouplingMap | None) -> bool:
    """Whether some qubit meets more others in pairs than a qubit of the machine can.

    Swaps are needed then, and a router merges them best with qiskit's own two-qubit rotations.
    """
    if coupling_map is None:
        return False
    met, coupled = defaultdict(set), defaultdict(set)
    for term in request.terms:
        if term.order == 2:
            a, b = term.sites
            met[a].add(b)
            met[b].add(a)
    for a, b in coupling_map.get_edges():
        coupled[a].add(b)
        coupled[b].add(a)
    most = max(map(len, coupled.values()), default=0)
    return max(map(len, met.values()), default=0) > most


def _is_joined(sites: tuple[int, ...], wiring: Wiring) -> bool:
    neighbours = wiring.within(sites).neighbours or ()
    reached, frontier = {0}, [0]
    for site in frontier:
        frontier += neighbours[site] - reached
        reached |= neighbours[site]
    return len(reached | {0}) == len(sites)


def _layers(request: EvolutionRequest, wiring: Wiring) -> tuple[Layer, ...]:
    """The cheaper of layers of exact blocks and layers of commuting strings."""
    kinds = is_structured, commute
    found = (exact_layers(request.terms, request.n_qubits, one) for one in kinds)
    ordered = [ordered_layers(layers, wiring, request.optimise)[0] for layers in found]
    return min(ordered, key=lambda layers: _price(request, layers, wiring))


def _price(request: EvolutionRequest, layers: tuple[Layer, ...], wiring: Wiring) -> int:
    """Two-qubit gates of all steps, or their depth."""
    steps = request.steps if len(layers) > 1 else 1
    return _extrapolated(
        steps, lambda r: _cost(_evolution(request, layers, r, wiring), optimise=request.optimise)
    )


def _extrapolated(steps: int, cost: Callable[[int], int]) -> int:
    """The cost of many steps from that of one and of two."""
    once = cost(1)
    return once if steps == 1 else once + (steps - 1) * (cost(2) - once)


def _cost(circuit: QuantumCircuit, *, optimise: str, whole: bool = False) -> int:
    """CX gates, or their depth, once neighbours cancel; two-qubit rotations as one if ``whole``."""
    ops = read(circuit)
    kept = simplified(ops if whole else without_rzz(ops))
    gates, depth = two_qubit_cost(op.wires for op in kept)
    return gates if optimise == "gates" else depth


def _evolution(
    request: EvolutionRequest, layers: tuple[Layer, ...], steps: int, wiring: Wiring
) -> QuantumCircuit:
    """The product formula, its time free."""
    circuit = QuantumCircuit(request.n_qubits)
    stages: Iterable[tuple[int, float]] = [(0, 1.0)] if layers else []
    if len(layers) > 1:
        stages = schedule.stages(request.formula, len(layers), [1 / steps] * steps)
    built: dict[tuple[int, float], QuantumCircuit] = {}
    for layer, share in stages:
        if (layer, share) not in built:
            part = QuantumCircuit(request.n_qubits)
            append_layer(part, layers[layer], share * _TIME, wiring, request.optimise)
            built[layer, share] = part
        circuit.compose(built[layer, share], inplace=True)
    return circuit


def _networked(
    request: EvolutionRequest, layers: tuple[Layer, ...], wiring: Wiring
) -> tuple[QuantumCircuit, int] | None:
    """The formula as networks of Clifford gates between rotations, and what it costs."""
    n = request.n_qubits
    sweeps: tuple[schedule.Sweep, ...] = (schedule.Sweep(1.0, 1.0),)
    end = 0.0
    if len(layers) < 2:
        stages = [(layer, _LEAD) for layer in layers]
    else:
        sweeps, end = schedule.sweeps(request.formula, [1 / request.steps] * request.steps)
        shares = schedule.shares(request.formula, len(layers))
        stages = [(layers[s.layer], s.of_lead * _LEAD + s.of_tau * _TAU) for s in shares]
    found = [rephased(one) for one in networks(stages, n, wiring, request.optimise, stays=True)]
    last = [(layers[0], _LEAD)] if end else []
    closings = [rephased(one) for one in networks(last, n, wiring, request.optimise, stays=True)]
    if not found:
        return None
    closing = QuantumCircuit(n)
    for layer, time in last:
        append_layer(closing, layer, time, wiring, request.optimise)
    cost = functools.partial(_cost, optimise=request.optimise)
    closing = min(closing, *closings, key=cost) if closings else closing
    circuit = QuantumCircuit(n)
    for sweep in sweeps:
        circuit.compose(_timed(found[0], sweep.lead, sweep.tau), inplace=True, copy=False)
    circuit.compose(_timed(closing, end, end), inplace=True, copy=False)
    return circuit, cost(circuit)


def _timed(circuit: QuantumCircuit, lead: float, tau: float) -> QuantumCircuit:
    shares = {_LEAD: lead * _TIME, _TAU: tau * _TIME}
    return circuit.assign_parameters({free: shares[free] for free in circuit.parameters})


def _built_in_of(
    gate: PauliEvolutionGate,
    request: EvolutionRequest,
    machine: tuple[Any, ...],
    options: dict[str, Any],
) -> Callable[[int], QuantumCircuit]:
    """Qiskit's own circuit of the formula asked for, by the number of steps."""
    method = HighLevelSynthesisPluginManager().method("PauliEvolution", "default")

    def evolve(steps: int) -> QuantumCircuit:
        settings = {**gate.synthesis.settings, "order": request.formula, "reps": steps}
        formula = SuzukiTrotter(**settings)
        stand_in = PauliEvolutionGate(gate.operator, gate.time, synthesis=formula)
        return method.run(stand_in, *machine, **options)

    return evolve
