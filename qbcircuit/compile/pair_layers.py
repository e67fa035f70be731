"""Evolution layer by layer, where layers of pairs walk their sites past one another."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit

from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Evolving, Parts, Pieces
from qbcircuit.compile.exact.layer_circuits import append_layer
from qbcircuit.compile.exact.pair_network import braided, decoded
from qbcircuit.compile.exact.pair_system import PairSystem, joined
from qbcircuit.compile.exact.parity_flow import Event, Flow, Move, swaps_home
from qbcircuit.compile.exact.site_paths import path_through
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.hypergraph import Interaction
from qbcircuit.plan import Piece
from qbcircuit.terms import Term


def pair_layers(asked: Evolution, wiring: Wiring) -> Evolving | None:
    """The same product formula with all pairs of a layer brought onto wires together.

    ``None`` unless every layer is pairs with one letter a site or acts on single sites, most
    pairs of the sites that they join are there, and these sites lie along paths of couplings.
    """
    systems = tuple(PairSystem.of((layer,)) for layer in asked.layers)
    known = [system for system in systems if system is not None]
    alone = all(
        one.order == 1
        for layer, system in zip(asked.layers, systems, strict=True)
        for one in (layer if system is None else ())
    )
    groups = joined([mask for system in known for mask in system.parities])
    if not known or not alone or not all(system.is_dense for system in known):
        return None
    paths = tuple(path_through(group, wiring) for group in groups)
    found = tuple(path for path in paths if path is not None)
    coupled = wiring.neighbours is None
    return PairLayers(asked, systems, found, coupled) if len(found) == len(paths) else None


@dataclass(frozen=True, eq=False)
class PairLayers:
    """One step of the schedule, its layers of pairs through networks.

    Args:
        asked: what is realised.
        systems: of the layers; ``None`` for those of single sites.
        paths: sites that pairs join, along couplings.
        coupled: whether all wires are; along paths the sites end a layer in another order.
    """

    asked: Evolution
    systems: tuple[PairSystem | None, ...]
    paths: tuple[tuple[int, ...], ...]
    coupled: bool

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        asked = self.asked
        if asked.is_exact:
            parts: list[tuple[str, Parts, tuple[float, ...]]]
            parts, shared = [("exact", ((0, STEP),), (elapsed,))], 0
        else:
            sweeps, end, shared = asked.sweeps(elapsed)
            parts = [("sweep", asked.parts, (one.lead, one.tau)) for one in sweeps]
            parts += [("end", ((0, LEAD),), (end,))] if end else []
        pieces, turned = [], False
        for i, (name, layers, angles) in enumerate(parts):
            last = i == len(parts) - 1
            pieces.append(self._piece(book, name, layers, angles, turned=turned, last=last))
            turned ^= self._turns(layers)
        shared = min(shared, len(pieces) - 1) if turned else shared
        return tuple(pieces[:shared]), tuple(pieces[shared:])

    def _turns(self, parts: Parts) -> bool:
        """Whether the sites end in the other order."""
        return not self.coupled and sum(self.systems[i] is not None for i, _ in parts) % 2 == 1

    def _piece(
        self,
        book: TemplateBook,
        name: str,
        parts: Parts,
        angles: tuple[float, ...],
        *,
        turned: bool,
        last: bool,
    ) -> Piece:
        ends = turned ^ self._turns(parts)
        home = last and ends and not self.asked.last
        words = [self.asked.name + "pair layers", name, *["turned"] * turned, *["home"] * home]
        return book.piece(
            " ".join(words),
            lambda: ((self._circuit(book, parts, turned=turned, home=home),), self._local(parts)),
            angles,
            moved=self._places(len(book.qubits)) if ends and not home else None,
        )

    def _local(self, parts: Parts) -> LocalLayers:
        return tuple(block for i, _ in parts for block in local_layers(self.asked.layers[i]))

    def _places(self, n_wires: int) -> tuple[int, ...]:
        """The wire of every site in the other order."""
        return _walked(self._moves(turned=False), n_wires)

    def _moves(self, *, turned: bool) -> tuple[Move, ...]:
        """CX gates of a layer: fewest, or least deep."""
        few = not self.coupled and self.asked.optimise == "gates"
        found: list[Move] = []
        for path in self.paths:
            way = path[::-1] if turned else path
            found += braided(path, back=turned) if few else decoded(way, coupled=self.coupled)
        return tuple(found)

    def _circuit(
        self, book: TemplateBook, parts: Parts, *, turned: bool, home: bool
    ) -> QuantumCircuit:
        n_wires = len(book.qubits)
        orders = tuple(range(n_wires)), self._places(n_wires)
        circuit = QuantumCircuit(n_wires)
        for i, duration in parts:
            system, places = self.systems[i], orders[turned]
            if system is None:
                layer = _on_wires(self.asked.layers[i], places)
                append_layer(circuit, layer, duration, book.wiring, self.asked.optimise)
                continue
            for site, frame in system.frames.items():
                frame.enter(circuit, places[site])
            turns = tuple(system.parities)
            for event in _events(self._moves(turned=turned), places, turns):
                if event.kind == "cx":
                    circuit.cx(*event.wires)
                else:
                    circuit.rz(2 * system.parities[event.parity] * duration, *event.wires)
            turned ^= not self.coupled
            for site, frame in system.frames.items():
                frame.leave(circuit, orders[turned][site])
        for pair in swaps_home(orders[turned]) if home else ():
            circuit.swap(*pair)
        return circuit


@functools.lru_cache(maxsize=16)
def _events(
    moves: tuple[Move, ...], places: tuple[int, ...], turns: tuple[int, ...]
) -> tuple[Event, ...]:
    return Flow(places).run(moves, turns=turns)


@functools.lru_cache(maxsize=16)
def _walked(moves: tuple[Move, ...], n_wires: int) -> tuple[int, ...]:
    """The wire of every site after a layer from which each comes out alone."""
    flow = Flow(range(n_wires))
    flow.run(moves)
    return flow.places or tuple(range(n_wires))


def _on_wires(layer: Layer, places: Sequence[int]) -> Layer:
    """Interactions of single sites on the wires that hold them."""
    return tuple(
        Interaction(
            sites=(places[one.sites[0]],),
            terms=tuple(
                Term(term.operators, (places[term.sites[0]],), term.strength) for term in one.terms
            ),
        )
        for one in layer
    )
