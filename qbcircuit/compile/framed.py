"""Evolution in a Clifford frame in which its strings act on fewer wires."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from qiskit import QuantumCircuit

from qbcircuit.compile.evolution import Evolution, Evolving, Pieces
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer, last_site, strings_of
from qbcircuit.compile.formula.paulis import bits
from qbcircuit.compile.network.candidates import joined_reach
from qbcircuit.compile.network.frames import Frame, lightest
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

FRAMES = 2
"""Frames that are tried."""


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
        enter = book.piece(f"{self.asked.name}frame", lambda: ((self.frame,), ()))
        last = (*segments, *closing)[-1]
        leave = book.piece(
            f"{self.asked.name}frame left from {book.ends(last)}",
            lambda: ((self.frame.inverse(),), ()),
            restore=not self.asked.last,
            after=last,
        )
        if segments:
            return (enter, *segments), (*closing, leave)
        return (), (enter, *closing, leave)


def framed(asked: Evolution, wiring: Wiring) -> Iterator[tuple[Evolution, QuantumCircuit]]:
    """The same formula in frames where it may take fewer gates, and these frames."""
    if asked.is_exact or asked.steps < 2:
        return
    n_wires = len(wiring.neighbours or ()) or 1 + max(map(last_site, asked.layers))
    reach = joined_reach(asked.layers, n_wires, wiring)
    if reach is None:
        return
    comings = [0.0] * len(asked.layers)
    for layer, _ in asked.parts:
        comings[layer] += asked.steps
    rows = [
        (x, z, times)
        for layer, times in zip(asked.layers, comings, strict=True)
        for one in layer
        for x, z, _ in strings_of((one,), n_wires).rows()
    ]
    masks, times = [(x, z) for x, z, _ in rows], [count for *_, count in rows]
    for one in lightest(masks, times, reach, FRAMES):
        layers = _inside(asked.layers, one, n_wires)
        if all(can_exponentiate(block) for layer in layers for block in layer):
            yield replace(asked, name=f"{asked.name}framed ", layers=layers), one.circuit


def _inside(layers: tuple[Layer, ...], frame: Frame, n_wires: int) -> tuple[Layer, ...]:
    """The layers with every string in the frame; strings that commute on their own."""
    moved = iter(frame.strings)
    found: list[Layer] = []
    for layer in layers:
        grouped: dict[tuple[int, ...], list[Term]] = defaultdict(list)
        for one in layer:
            strings = strings_of((one,), n_wires)
            terms = [_term(*next(moved), strength=value.real) for _, _, value in strings.rows()]
            together = tuple(sorted({site for term in terms for site in term.sites}))
            for term in terms:
                grouped[tuple(sorted(term.sites)) if strings.all_commute else together].append(term)
        found.append(
            tuple(Interaction(sites=sites, terms=tuple(terms)) for sites, terms in grouped.items())
        )
    return tuple(found)


def _term(x: int, z: int, sign: int, *, strength: float) -> Term:
    sites = bits(x | z)
    letters = ["IXZY"[(x >> site & 1) + 2 * (z >> site & 1)] for site in sites]
    return Term(letters, sites, -strength if sign else strength)
