"""Pairs and a field across them, two steps of a pair at a time: one CX a pair and step.

Between two layers of commuting pairs stands a field. Two evolutions of one pair and the field
on its two sites between them are a matchgate: 2 CX, as many as the pair alone. Neighbouring pairs
are tied in turn: pairs of one colour across one field, pairs of the next across the next field.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression, ParameterVector

from qbcircuit import hypergraph
from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Evolving, Pieces
from qbcircuit.compile.exact.pair_system import PairSystem
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import bits
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.plan import Piece

Pair = tuple[int, int]


def tied_steps(asked: Evolution, wiring: Wiring) -> Evolving | None:
    """The same product formula with neighbouring steps of a pair tied together.

    ``None`` unless the layers are a field and pairs with one letter a site at right angles to
    it, in a formula of equal steps.
    """
    if asked.formula == 4 or len(asked.layers) != 2:
        return None
    system = PairSystem.of(asked.layers)
    if system is None:
        return None
    pairs = [(a, b) for a, b in map(bits, system.parities)]
    if wiring.neighbours is not None and any(b not in wiring.neighbours[a] for a, b in pairs):
        return None
    colours = tuple(tuple(pairs[i] for i in group) for group in hypergraph.layers(pairs))
    return TiedSteps(asked, system, colours) if len(colours) > 1 else None


@dataclass(frozen=True, slots=True)
class Tie:
    """exp(-i tau J ZZ) exp(-i lead (f X_a + g X_b)) exp(-i tau J ZZ) as a matchgate.

    = K exp(-i (u ZZ + v YY)) K with K = exp(-i (p X_a + q X_b)). XX is conserved; for XX = s it
    is exp(-i tau J Z) exp(-i lead (f + s g) X) exp(-i tau J Z) on one qubit, the same read from
    either end, so that its Euler angles X, Z, X are too.

    Args:
        strength: J.
        fields: f and g.
    """

    strength: float
    fields: tuple[float, float]

    def angles(self, lead: float, tau: float) -> tuple[float, float, float, float]:
        """2p, 2q, 2u and 2v; all 0 where nothing lasts.

        Args:
            lead: duration of the field.
            tau: duration of each of the pair's two evolutions.
        """
        twice = 2 * tau * self.strength
        euler = []
        for sign in (1, -1):
            kick = lead * (self.fields[0] + sign * self.fields[1])
            around = math.atan2(math.sin(kick), math.cos(kick) * math.cos(twice))
            along = math.cos(kick) * math.sin(twice)
            across = math.hypot(math.sin(kick), math.cos(kick) * math.cos(twice))
            euler.append((around, 2 * math.atan2(along, across)))
        (turn, bend), (other_turn, other_bend) = euler
        return (
            (turn + other_turn) / 2,
            (turn - other_turn) / 2,
            (bend + other_bend) / 2,
            (other_bend - bend) / 2,
        )

    @staticmethod
    def append(circuit: QuantumCircuit, pair: Pair, free: Sequence[ParameterExpression]) -> None:
        """Append the circuit of the four angles."""
        a, b = pair
        circuit.rx(free[0], a)
        circuit.rx(free[1], b)
        circuit.sdg(pair)
        circuit.cx(a, b)
        circuit.rx(free[3], a)
        circuit.rz(free[2], b)
        circuit.cx(a, b)
        circuit.s(pair)
        circuit.rx(free[0], a)
        circuit.rx(free[1], b)


@dataclass(frozen=True, eq=False)
class TiedSteps:
    """One step of the schedule, pairs of one colour tied across each field.

    Args:
        asked: what is realised.
        system: its pairs and its field.
        colours: disjoint pairs each; colour i is tied across fields i + 1, i + 1 + m, ...
    """

    asked: Evolution
    system: PairSystem
    colours: tuple[tuple[Pair, ...], ...]

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing.

        Segments end with the pairs of one colour still to come; the closing begins with them.
        """
        sweeps, end, full = self.asked.sweeps(elapsed)
        if not sweeps:
            return (), ()
        whole = [(one.lead, one.tau) for one in sweeps[:full]]
        segments = [self._open(book, *whole[0])] if whole else []
        segments += [self._tie(book, i, *one) for i, one in enumerate(whole[1:])]
        closing = [self._close(book, full - 1, whole[-1][1])] if whole else []
        if len(sweeps) > full:
            closing.append(self._short(book, sweeps[-1].lead, sweeps[-1].tau, first=not whole))
        closing.append(self._end(book, end))
        return tuple(segments), tuple(closing)

    def _colour(self, step: int) -> int:
        return step % len(self.colours)

    def _open(self, book: TemplateBook, lead: float, tau: float) -> Piece:
        def make() -> tuple[tuple[QuantumCircuit], LocalLayers]:
            circuit = self._entered(book)
            self._flip(circuit, self.system.fields)
            self._turn(circuit, self._others(0))
            return (circuit,), self._local(self._others(0), field=True)

        angles = (lead, tau) if self._others(0) else (lead,)
        return book.piece(f"{self.asked.name}opened", make, angles)

    def _tie(self, book: TemplateBook, step: int, lead: float, tau: float) -> Piece:
        """Two steps of one colour around the field, then what is never tied of the second."""
        tied = self.colours[self._colour(step)]
        kinds = {kind: i for i, kind in enumerate(dict.fromkeys(map(self._kind, tied)))}
        alone = [site for site in self.system.fields if site not in set().union(*tied)]
        others = self._others(step, step + 1)

        def make() -> tuple[tuple[QuantumCircuit], LocalLayers]:
            circuit = QuantumCircuit(len(book.qubits))
            free = ParameterVector("angle", 4 * len(kinds))
            for pair in tied:
                place = 4 * kinds[self._kind(pair)]
                Tie.append(circuit, pair, free[place : place + 4])
            self._flip(circuit, alone)
            self._turn(circuit, others)
            both = self._local(tied) + self._local((), field=True) + self._local(tied)
            return (circuit,), both + self._local(others)

        angles = [angle for kind in kinds for angle in kind.angles(lead, tau)]
        angles += [lead] * bool(alone) + [tau] * bool(others)
        return book.piece(f"{self.asked.name}tied {self._colour(step)}", make, angles)

    def _close(self, book: TemplateBook, step: int, tau: float) -> Piece:
        def make() -> tuple[tuple[QuantumCircuit], LocalLayers]:
            circuit = QuantumCircuit(len(book.qubits))
            pairs = self.colours[self._colour(step)]
            self._turn(circuit, pairs)
            return (circuit,), self._local(pairs)

        return book.piece(f"{self.asked.name}untied {self._colour(step)}", make, (tau,))

    def _short(self, book: TemplateBook, lead: float, tau: float, *, first: bool) -> Piece:
        def make() -> tuple[tuple[QuantumCircuit], LocalLayers]:
            circuit = self._entered(book) if first else QuantumCircuit(len(book.qubits))
            pairs = [pair for colour in self.colours for pair in colour]
            self._flip(circuit, self.system.fields)
            self._turn(circuit, pairs)
            return (circuit,), self._local(pairs, field=True)

        name = f"{self.asked.name}{'only' if first else 'short'} step"
        return book.piece(name, make, (lead, tau))

    def _end(self, book: TemplateBook, end: float) -> Piece:
        def make() -> tuple[tuple[QuantumCircuit], LocalLayers]:
            circuit = QuantumCircuit(len(book.qubits))
            if end:
                self._flip(circuit, self.system.fields)
            for site, frame in self.system.frames.items():
                frame.leave(circuit, site)
            return (circuit,), self._local((), field=bool(end))

        return book.piece(f"{self.asked.name}left", make, (end,) if end else ())

    def _others(self, *steps: int) -> tuple[Pair, ...]:
        """Pairs of the colours that are not tied across these fields."""
        tied = set(map(self._colour, steps))
        left = (pairs for i, pairs in enumerate(self.colours) if i not in tied)
        return tuple(pair for pairs in left for pair in pairs)

    def _kind(self, pair: Pair) -> Tie:
        a, b = (self.system.fields.get(site, 0.0) for site in pair)
        return Tie(self._strength(pair), (a, b))

    def _strength(self, pair: Pair) -> float:
        return self.system.parities[1 << pair[0] | 1 << pair[1]]

    def _entered(self, book: TemplateBook) -> QuantumCircuit:
        circuit = QuantumCircuit(len(book.qubits))
        for site, frame in self.system.frames.items():
            frame.enter(circuit, site)
        return circuit

    def _flip(self, circuit: QuantumCircuit, sites: Iterable[int]) -> None:
        for site in sites:
            circuit.rx(2 * self.system.fields[site] * LEAD, site)

    def _turn(self, circuit: QuantumCircuit, pairs: Iterable[Pair]) -> None:
        for a, b in pairs:
            circuit.cx(a, b)
            circuit.rz(2 * self._strength((a, b)) * STEP, b)
            circuit.cx(a, b)

    def _local(self, pairs: Iterable[Pair], *, field: bool = False) -> LocalLayers:
        found: LocalLayers = local_layers(self.asked.layers[0]) if field else ()
        return found + local_layers([self._interactions[pair] for pair in pairs])

    @functools.cached_property
    def _interactions(self) -> dict[Pair, hypergraph.Interaction]:
        return {(one.sites[0], one.sites[1]): one for one in self.asked.layers[1]}
