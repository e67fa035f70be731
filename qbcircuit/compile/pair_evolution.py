"""Evolution under pairs that commute and a field across them, never leaving their parities."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Evolving, Pieces
from qbcircuit.compile.exact.pair_network import Network, all_to_all
from qbcircuit.compile.exact.pair_system import PairSystem
from qbcircuit.compile.exact.parity_flow import Event, Flow, swaps_home
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.plan import Piece

_BEGINNINGS = {"exact", "whole", "first", "first of two"}
END = Parameter("end")
"""Duration of the field after the last sweep; qiskit puts it before the durations of a sweep."""


def pair_evolution(asked: Evolution, wiring: Wiring) -> Evolving | None:
    """The same product formula, sweep after sweep without undoing the CX gates in between.

    ``None`` unless the layers are pairs with one letter a site, alone or after a field at right
    angles to these letters.
    """
    if wiring.neighbours is not None:
        return None
    system = PairSystem.of(asked.layers)
    if system is None or not system.is_dense:
        return None
    networks = [all_to_all(group) for group in system.groups]
    return PairEvolution(asked, system, functools.reduce(Network.plus, networks))


@dataclass(frozen=True, eq=False)
class PairEvolution:
    """One step of the schedule, on parities.

    Args:
        asked: what is realised.
        system: its pairs and its field.
        network: CX gates that bring all pairs onto wires.
    """

    asked: Evolution
    system: PairSystem
    network: Network

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing.

        The last sweep undoes the CX gates, so it is part of the closing.
        """
        if self.asked.is_exact:
            return (), (self._piece(book, "exact", (elapsed,)),)
        sweeps, end, shared = self.asked.sweeps(elapsed)
        if not sweeps:
            return (), ()
        names = _names(len(sweeps))
        angles = [(one.lead, one.tau) for one in sweeps]
        ends = () if self.asked.formula == 1 else (end,)
        pieces = [self._piece(book, *one) for one in zip(names[:-1], angles, strict=False)]
        closing = self._piece(book, names[-1], (*ends, *angles[-1]))
        shared = min(shared, len(sweeps) - 1)
        return tuple(pieces[:shared]), (*pieces[shared:], closing)

    def _piece(self, book: TemplateBook, part: str, angles: Sequence[float]) -> Piece:
        n_wires = len(book.qubits)
        return book.piece(
            f"{self.asked.name}pairs {part}",
            lambda: ((self._circuit(part, n_wires),), self._local(part)),
            angles,
            moved=self._places(part, n_wires) if self.asked.last else None,
        )

    def _local(self, part: str) -> LocalLayers:
        layers = list(self.asked.layers)
        if part.startswith(("last", "whole")) and self.asked.formula != 1:
            layers.append(self.asked.layers[0])
        return tuple(block for layer in layers for block in local_layers(layer))

    def _places(self, part: str, n_wires: int) -> tuple[int, ...] | None:
        return self._parts(n_wires)[part][1]

    def _circuit(self, part: str, n_wires: int) -> QuantumCircuit:
        events, places = self._parts(n_wires)[part]
        circuit = QuantumCircuit(n_wires)
        if part in _BEGINNINGS:
            for site, frame in self.system.frames.items():
                frame.enter(circuit, site)
        self._append(circuit, events, LEAD)
        if places is None:
            return circuit
        if not self.asked.is_exact and self.asked.formula != 1:
            flips = [Event("flip", (places[site],), 1 << site) for site in self.system.fields]
            self._append(circuit, flips, END)
        for site, frame in self.system.frames.items():
            frame.leave(circuit, places[site])
        for pair in swaps_home(places) if not self.asked.last else ():
            circuit.swap(*pair)
        return circuit

    def _append(self, circuit: QuantumCircuit, events: Iterable[Event], lead: Parameter) -> None:
        for event in events:
            if event.kind == "cx":
                circuit.cx(*event.wires)
            elif event.kind == "parity":
                circuit.rz(2 * self.system.parities[event.parity] * STEP, *event.wires)
            else:
                site = event.parity.bit_length() - 1
                circuit.rx(2 * self.system.fields[site] * lead, *event.wires)

    def _parts(self, n_wires: int) -> dict[str, tuple[tuple[Event, ...], tuple[int, ...] | None]]:
        """Gates of every part of a circuit, and where the sites are where it ends decoded."""
        return _parts(self.network, tuple(self.system.fields), tuple(self.system.parities), n_wires)


def _names(sweeps: int) -> list[str]:
    """Parts of a circuit of so many sweeps."""
    if sweeps < 3:
        return [["whole"], ["first of two", "last of two"]][sweeps - 1]
    return ["first", "second", *["turn"] * (sweeps - 3), "last"]


@functools.lru_cache(maxsize=16)
def _parts(
    network: Network, flips: tuple[int, ...], turns: tuple[int, ...], n_wires: int
) -> dict[str, tuple[tuple[Event, ...], tuple[int, ...] | None]]:
    flow = Flow(range(n_wires))
    found = {"whole": _run(flow.copy(), network.whole, flips, turns)}
    found["exact"] = found["whole"]
    if flips:
        short = flow.copy()
        found["first of two"] = _run(short, network.pair[0], flips, turns)
        found["last of two"] = _run(short, network.pair[1], flips, turns)
        found["first"] = _run(flow, network.first, flips, turns)
        found["second"] = _run(flow, network.second, flips, turns)
        found["turn"] = _run(flow, network.turn, flips, turns)
        found["last"] = _run(flow, network.last, flips, turns)
    return found


def _run(
    flow: Flow, moves: Iterable[tuple[int, int]], flips: tuple[int, ...], turns: tuple[int, ...]
) -> tuple[tuple[Event, ...], tuple[int, ...] | None]:
    return flow.run(moves, flips=flips, turns=turns), flow.places
