"""Circuits of free fermions, exact at any time: nearest-neighbour matchgates, 2 CX each.

From a basis state floor(N^2/4) matchgates are enough, the whole operator takes N(N - 1)/2.
Their angles are found anew for every time; a Parameter is the difference of an angle from its
value at time 0, so that zero angles leave the start alone.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression, ParameterVector

from qbcircuit.battery import Battery
from qbcircuit.compilation import LocalBlock
from qbcircuit.compile.exact.chains import chains
from qbcircuit.compile.exact.matchgates import Network, Preparation, Whole, layered, weight_of
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term

Angles = Sequence[ParameterExpression | float]

_FRAMES: dict[str, tuple[str, str] | None] = {"Z": None, "X": ("h", "h"), "Y": ("sx", "sxdg")}
"""Gates that turn an axis to Z, and back."""


@dataclass(frozen=True, eq=False)
class FreeFermions:
    """One template for all times, and how to bind it.

    Args:
        networks: one a chain.
        n_wires: number of wires, sites first.
        levels: of every site at time 0, where it starts in a basis state.
        opening: prepares the start where it is no basis state.
    """

    networks: tuple[Network, ...]
    n_wires: int
    levels: tuple[int, ...]
    opening: QuantumCircuit | None = None

    @property
    def assumes_start(self) -> bool:
        """Whether the circuit is right from the battery's start only."""
        return any(one.levels for one in self.networks)

    @property
    def bonds(self) -> list[tuple[int, ...]]:
        """Pairs of sites that interact."""
        pairs = {
            tuple(sorted(network.chain.sites[site] for site in gate.sites))
            for network in self.networks
            for gate in network.gates
            if gate.kind != "turn"
        }
        return sorted(pairs)

    @functools.cached_property
    def weight(self) -> tuple[int, int]:
        """Two-qubit gates and their depth, where no wires need to be brought together."""
        weights = [weight_of(network.gates) for network in self.networks]
        return sum(gates for gates, _ in weights), max(depth for _, depth in weights)

    def outdoes(self, steps: int, optimise: str) -> bool:
        """Whether a product formula of so many steps must cost more: every bond is in each."""
        gates, depth = self.weight
        active = zip(*(network.chain.n_bonds for network in self.networks), strict=True)
        fewest = min(map(sum, active))
        return fewest * steps > gates if optimise == "gates" else min(fewest, 1) * steps > depth

    @functools.cached_property
    def local_layers(self) -> tuple[tuple[LocalBlock, ...], ...]:
        """The gates on two sites, in layers."""
        layers: dict[int, list[LocalBlock]] = defaultdict(list)
        for network in self.networks:
            for layer, gate in layered(network.gates):
                sites = tuple(network.chain.sites[site] for site in gate.sites)
                layers[layer].append(LocalBlock(sites=sites, label="XX+YY"))
        return tuple(tuple(layers[layer]) for layer in sorted(layers))

    def angles(self, elapsed: Sequence[float]) -> tuple[float, ...]:
        """One value per Parameter of the circuit.

        Args:
            elapsed: how long every step has acted.
        """
        now = self._values(elapsed)
        return tuple(a - b for a, b in zip(now, self._at_zero, strict=True))

    @functools.cached_property
    def _at_zero(self) -> tuple[float, ...]:
        return self._values([0.0] * len(self.networks[0].chain.couplings))

    def _values(self, elapsed: Sequence[float]) -> tuple[float, ...]:
        return tuple(angle for network in self.networks for angle in network.angles(elapsed))

    def circuit(self) -> QuantumCircuit:
        """The template on the battery's wires, from |0...0>."""
        circuit = self._opened()
        free = ParameterVector("angle", len(self._at_zero))
        angles = [
            parameter + value if value else parameter
            for parameter, value in zip(free, self._at_zero, strict=True)
        ]
        for network in self.networks:
            used = sum(gate.n_angles for gate in network.gates)
            append_network(circuit, network, angles[:used])
            angles = angles[used:]
        return circuit

    def _opened(self) -> QuantumCircuit:
        """The start, changed where a network begins from another basis state."""
        circuit = QuantumCircuit(self.n_wires)
        if self.opening is not None:
            return circuit.compose(self.opening)
        levels = list(self.levels)
        for network in self.networks:
            for site, level in zip(network.chain.sites, _prepared(network), strict=False):
                levels[site] = level
        for site, level in enumerate(levels):
            if level:
                circuit.x(site)
        return circuit


def free_fermions(
    battery: Battery,
    steps: Sequence[Sequence[Term]],
    *,
    from_start: bool,
    n_wires: int | None = None,
    opening: QuantumCircuit | None = None,
) -> FreeFermions | None:
    """The circuit of a schedule of open chains; ``None`` where its terms are not such chains.

    Args:
        battery: what evolves.
        steps: terms of every step of the schedule.
        from_start: whether it may be right from the battery's start only.
        n_wires: number of wires; ``None``: one a site.
        opening: prepares the start, on all wires, where that is no basis state.
    """
    found = chains(steps, battery.n_sites)
    if not found:
        return None
    start = battery.start
    levels = start.levels if isinstance(start, BasisStart) else (0,) * battery.n_sites
    networks: list[Network] = []
    for chain in found:
        if from_start and opening is None and chain.keeps_levels:
            networks.append(Preparation(chain, tuple(levels[site] for site in chain.sites)))
        else:
            networks.append(Whole(chain))
    return FreeFermions(tuple(networks), n_wires or battery.n_sites, levels, opening)


def _prepared(network: Network) -> list[int]:
    """The levels before the gates; the second site of a pair tells whether the two are alike."""
    levels = list(network.levels)
    for gate in network.gates:
        if gate.kind == "pair":
            left, right = gate.sites
            levels[right] ^= levels[left]
    return levels


def append_network(
    circuit: QuantumCircuit, network: Network, angles: Angles, *, from_axes: bool = False
) -> None:
    """The gates of a network on its sites, between the turns of axes to Z and back.

    Args:
        circuit: appended to.
        network: which gates.
        angles: of all of them.
        from_axes: prepare the network's own basis state, of levels along its axes, instead of
            acting on what is there.
    """
    turns = zip(network.chain.sites, map(_FRAMES.get, network.chain.axes), strict=True)
    framed = [(site, turn) for site, turn in turns if turn is not None]
    if from_axes:
        _append_levels(circuit, network)
    else:
        for site, (there, _) in framed:
            getattr(circuit, there)(site)
    rest = iter(angles)
    for gate in network.gates:
        sites = [network.chain.sites[site] for site in gate.sites]
        _append_gate(circuit, gate.kind, sites, [next(rest) for _ in range(gate.n_angles)])
    for site, (_, back) in framed:
        getattr(circuit, back)(site)


def _append_levels(circuit: QuantumCircuit, network: Network) -> None:
    for site, level in zip(network.chain.sites, _prepared(network), strict=True):
        if level:
            circuit.x(site)


def _append_gate(circuit: QuantumCircuit, kind: str, sites: Sequence[int], angles: Angles) -> None:
    if kind == "turn":
        circuit.rz(angles[0], sites[0])
    elif kind == "pair":
        circuit.rx(angles[0], sites[0])
        circuit.cx(*sites)
    else:  # a square root of X takes YY to ZZ, and CX takes XX and ZZ to one site each
        circuit.sx(sites)
        circuit.cx(*sites)
        circuit.rx(angles[0], sites[0])
        circuit.rz(angles[1], sites[1])
        circuit.cx(*sites)
        circuit.sxdg(sites)
