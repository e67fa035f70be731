"""Evolution of few sweeps as one circuit, where no earlier time is to share its sweeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qiskit.circuit import Parameter

from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Evolving, Parts, Pieces
from qbcircuit.compile.formula.layers import strings_of
from qbcircuit.compile.network.tangles import is_tangled
from qbcircuit.compile.templates import TemplateBook

MOST_STRINGS = 80
"""Strings of all sweeps up to which these are looked at together."""


def unrolled(asked: Evolution) -> Iterator[Evolving]:
    """The same product formula, its networks searched for through all sweeps."""
    pieces = asked.steps + (asked.formula > 1)  # an end follows the last sweep
    if asked.is_exact or not asked.once or pieces < 2:
        return
    strings = sum(len(strings_of(asked.layers[layer], asked.n_sites)) for layer, _ in asked.parts)
    n_sweeps = len(asked.sweeps(asked.steps * asked.step)[0])
    if strings * n_sweeps <= MOST_STRINGS and is_tangled(asked.layers, asked.n_sites):
        yield UnrolledEvolution(asked)


@dataclass(frozen=True, slots=True, eq=False)
class UnrolledEvolution:
    """One step of the schedule in one piece.

    Args:
        asked: what is realised.
    """

    asked: Evolution

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: a closing."""
        sweeps, end, _ = self.asked.sweeps(elapsed)
        if not sweeps:
            return (), ()
        free = [Parameter(f"lasting {i:03}") for i in range(2 * len(sweeps) + 1)]  # in their order
        parts: Parts = tuple(
            (layer, duration.subs({LEAD: free[2 * i], STEP: free[2 * i + 1]}))
            for i in range(len(sweeps))
            for layer, duration in self.asked.parts
        )
        angles = [angle for one in sweeps for angle in (one.lead, one.tau)]
        if end:
            parts, angles = (*parts, (0, free[-1])), [*angles, end]
        restore = not self.asked.last
        piece = book.piece(
            f"{self.asked.name}{len(sweeps)} sweeps at once",
            lambda: self.asked.circuits(parts, book, stays=restore),
            angles,
            restore=restore,
        )
        return (), (piece,)
