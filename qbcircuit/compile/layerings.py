"""Which layers the intervals of a protocol can be split into."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from qbcircuit.charging import Evolve
from qbcircuit.compile.exact.blocks import can_exponentiate, is_structured
from qbcircuit.compile.formula.layers import Layer, commute, exact_layers, layers_of, merged
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.compile.network.candidates import MOST_WIRES
from qbcircuit.compile.program import Interval
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

Layering = list[tuple[Layer, ...]]
"""The layers of every interval."""

_DENSE = {1: 0, 2: 3, 3: 21}
"""Two-qubit gates of anything on so many sites."""


def layers_in(
    part: Interval, n_sites: int, fits: Callable[[Interaction], bool] = can_exponentiate
) -> tuple[Layer, ...]:
    """Exact layers, of interactions that fit and blocks."""
    if not isinstance(part.step, Evolve):
        return ()
    return exact_layers(
        part.free, n_sites, lambda one: fits(one) or one in part.blocks, part.blocks
    )


def at_once(whole: Layering, *, formula_asked: bool) -> Layering:
    """Everything at once: what is a layer only on few wires.

    Nothing where a product formula was asked for, or all is exact and structured already.
    """
    if all(len(layers) <= 1 for layers in whole):
        if all(is_structured(one) for one in _interactions(whole)):
            return []
    elif formula_asked:
        return []
    return [layers and (tuple(itertools.chain(*layers)),) for layers in whole]


def layerings(parts: Sequence[Interval], whole: Layering, n_sites: int) -> Iterator[Layering]:
    """Layers, those of few sites with all that acts there, and finer ones.

    Blocks of few sites only where strings are so many that these pay, and then no others
    where strings one by one would have to take half as many gates as they do.

    Args:
        parts: the intervals.
        whole: their layers.
        n_sites: number of sites.
    """
    together = [
        merged(part.free, part.blocks) if isinstance(part.step, Evolve) else () for part in parts
    ]
    blocks = list(itertools.chain(*together))
    exact = all(len(layers) <= 1 for layers in whole)
    pays = not exact and all(one.order in _DENSE for one in blocks)
    few, many = (sum(map(_gates, one)) if pays else 0 for one in (blocks, _interactions(whole)))
    if few < many:
        yield [layers_of(one) for one in together]
    if 2 * few >= many:
        yield whole
        yield from finer(parts, whole, n_sites)


def finer(parts: Sequence[Interval], whole: Layering, n_sites: int) -> Iterator[Layering]:
    """Layers without dense blocks, and without strings in a block that do not commute."""
    blocks = _interactions(whole)
    if not all(map(is_structured, blocks)):
        yield [layers_in(part, n_sites, is_structured) for part in parts]
    if n_sites <= MOST_WIRES and not all(map(commute, blocks)):
        yield [layers_in(part, n_sites, _commutes_exactly) for part in parts]


def by_support(layers: Sequence[Layer]) -> tuple[Interaction, ...]:
    """All interactions, those on the same sites as one."""
    terms: dict[tuple[int, ...], list[Term]] = defaultdict(list)
    for one in itertools.chain(*layers):
        terms[one.sites] += one.terms
    return tuple(Interaction(sites=sites, terms=tuple(one)) for sites, one in terms.items())


def _interactions(whole: Layering) -> list[Interaction]:
    return [one for layers in whole for layer in layers for one in layer]


def _gates(interaction: Interaction) -> int:
    """Two-qubit gates of its strings one by one, or of all at once where that is less."""
    n_strings = sum(1 for _ in PauliSum.masks(interaction.terms))
    each = 2 * (interaction.order - 1)
    return min(n_strings * each, _DENSE.get(interaction.order, n_strings * each))


def _commutes_exactly(interaction: Interaction) -> bool:
    return commute(interaction) and can_exponentiate(interaction)
