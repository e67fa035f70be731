"""Evolution in a Clifford frame in which its strings act on fewer wires."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qiskit import QuantumCircuit

from qbcircuit.compile.evolution import Evolution, Evolving, Pieces
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.layer_circuits import layer_gates
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer, strings_of
from qbcircuit.compile.formula.paulis import bits
from qbcircuit.compile.network.candidates import few_gates, joined_reach
from qbcircuit.compile.network.frames import Frame, lightest
from qbcircuit.compile.network.rotations import Stage
from qbcircuit.compile.network.tangles import is_tangled
from qbcircuit.compile.program import on_all
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

FRAMES = 2
"""Frames that are tried."""

MOST_STRINGS = 16
"""Strings of chains up to which frames are looked for: long chains are light as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class FramedEvolution:
    """F^-1 U F with F constant.

    Args:
        asked: what is realised.
        inside: how U evolves.
        frame: F.
    """

    asked: Evolution
    inside: Evolving
    frame: QuantumCircuit

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        segments, closing = self.inside.pieces(book, elapsed)
        if not segments and not closing:
            return (), ()
        frame = on_all(self.frame, len(book.qubits))
        enter = book.piece(f"{self.asked.name}frame", lambda: ((frame,), ()))
        last = (*segments, *closing)[-1]
        leave = book.piece(
            f"{self.asked.name}frame left",
            lambda: ((frame.inverse(),), ()),
            restore=not self.asked.last,
            after=last,
        )
        if segments:
            return (enter, *segments), (*closing, leave)
        return (), (enter, *closing, leave)


def framed(asked: Evolution, wiring: Wiring) -> Iterator[tuple[Evolution, QuantumCircuit]]:
    """The same formula in frames where it seems to take fewer gates, and these frames."""
    if asked.is_exact or asked.steps < 2:
        return
    n_wires = len(wiring.neighbours or ()) or asked.n_sites
    reach = joined_reach(asked.layers, n_wires, wiring)
    few = sum(len(strings_of(layer, n_wires)) for layer in asked.layers) <= MOST_STRINGS
    if reach is None or not (few or is_tangled(asked.layers, n_wires)):
        return
    comings = Counter(layer for layer, _ in asked.parts)
    rows = [
        (x, z, comings[number] * asked.steps)
        for number, layer in enumerate(asked.layers)
        for one in layer
        for x, z, _ in strings_of((one,), n_wires).rows()
    ]
    masks, times = [(x, z) for x, z, _ in rows], [count for *_, count in rows]
    found = lightest(masks, times, reach, FRAMES)
    if not found:
        return
    alone = sum(
        count * layer_gates(asked.layers[number], wiring, asked.optimise)
        for number, count in comings.items()
    )
    least = asked.steps * min(alone, few_gates(_stages(asked), reach))
    for one in found:
        layers = _inside(asked.layers, one, n_wires)
        if not all(can_exponentiate(block) for layer in layers for block in layer):
            continue
        inside = replace(asked, name=f"{asked.name}framed ", layers=layers, shown=asked.layers)
        crossing = 2 * one.circuit.num_nonlocal_gates()
        if crossing + asked.steps * few_gates(_stages(inside), reach) < least:
            yield inside, one.circuit


def _stages(asked: Evolution) -> list[Stage]:
    return [(asked.layers[layer], duration) for layer, duration in asked.parts]


def _inside(layers: tuple[Layer, ...], frame: Frame, n_wires: int) -> tuple[Layer, ...]:
    """The layers with every string in the frame.

    Strings on their own where all of a layer commute; else interactions stay whole, for these may
    commute where their strings do not.
    """
    moved = iter(frame.strings)
    found: list[Layer] = []
    for layer in layers:
        alone = strings_of(layer, n_wires).all_commute
        grouped: dict[tuple[int, ...], list[Term]] = defaultdict(list)
        for number, one in enumerate(layer):
            rows = strings_of((one,), n_wires).rows()
            for term in [_term(*next(moved), strength=value.real) for _, _, value in rows]:
                grouped[tuple(sorted(term.sites)) if alone else (number,)].append(term)
        found.append(tuple(map(_together, grouped.values())))
    return tuple(found)


def _together(terms: Sequence[Term]) -> Interaction:
    sites = {site for term in terms for site in term.sites}
    return Interaction(sites=tuple(sorted(sites)), terms=tuple(terms))


def _term(x: int, z: int, sign: int, *, strength: float) -> Term:
    sites = bits(x | z)
    letters = ["IXZY"[(x >> site & 1) + 2 * (z >> site & 1)] for site in sites]
    return Term(letters, sites, -strength if sign else strength)
