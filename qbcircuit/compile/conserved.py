"""Evolution in which interactions that commute with all others act once, after the formula."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qbcircuit.compile.evolution import STEP, Evolution, Evolving, Pieces
from qbcircuit.compile.formula.layers import conserved
from qbcircuit.compile.templates import TemplateBook


@dataclass(frozen=True, slots=True, eq=False)
class ConservedOnce:
    """exp(-i t C) times the formula of the rest, C what commutes with each part of the rest.

    Args:
        rest: how the rest evolves.
        once: what acts once: exact, of one layer.
    """

    rest: Evolving
    once: Evolution

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        segments, closing = self.rest.pieces(book, elapsed)
        before = (*segments, *closing)
        if not before:
            return (), ()
        restore = not self.once.last
        last = book.piece(
            f"{self.once.name}conserved",
            lambda: self.once.circuits(((0, STEP),), book, stays=restore),
            (elapsed,),
            restore=restore,
            after=before[-1],
        )
        return segments, (*closing, last)


def parted(asked: Evolution) -> tuple[Evolution, Evolution] | None:
    """An evolution without what is conserved in it, and that; ``None`` where it saves nothing."""
    alone = set(conserved(asked.layers))
    if asked.is_exact or all(one.order == 1 for one in alone):
        return None
    left = (tuple(one for one in layer if one not in alone) for layer in asked.layers)
    kept = (tuple(one for one in layer if one in alone) for layer in asked.layers)
    rest = replace(asked, name=f"{asked.name}rest ", layers=tuple(filter(None, left)))
    return rest, replace(asked, layers=(tuple(one for layer in kept for one in layer),))
