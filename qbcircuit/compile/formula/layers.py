"""Layers of a Hamiltonian: sets of interactions that commute and are exponentiated exactly."""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import rustworkx as rx

from qbcircuit import hypergraph
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

_MOST_PAIRS = 1 << 22
"""String pairs beyond which two interactions count as not commuting: safe, and quick."""

_FEW_PRODUCTS = 64
"""Anticommuting pairs of strings fewer than which one commutator's products are counted."""

_MOST_RAISED = 12
"""Sites of a product with + or - letters (2^(k-1) Pauli strings) that overlaps others."""

Layer = tuple[Interaction, ...]
"""Interactions that commute with one another."""


@functools.lru_cache(maxsize=64)
def strings_of(layer: Layer, n_sites: int) -> PauliSum:
    """The Pauli strings of a layer."""
    return PauliSum.of([term for one in layer for term in one.terms], n_sites)


def last_site(layer: Layer) -> int:
    """The highest site that a layer acts on."""
    return max(one.sites[-1] for one in layer)


@dataclass(frozen=True, slots=True, eq=False)
class _Element:
    """One interaction and the masks (flips, phases) of its Pauli strings."""

    interaction: Interaction
    strings: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, interaction: Interaction) -> _Element:
        strings = tuple((x, z) for x, z, _ in PauliSum.masks(interaction.terms))
        return cls(interaction, strings)

    def commutes(self, other: _Element) -> bool:
        """Whether the two commute (exactly, in their Pauli expansions)."""
        if len(self.strings) * len(other.strings) > _MOST_PAIRS:
            return False
        crossed = (
            (x ^ u, z ^ v)
            for x, z in self.strings
            for u, v in other.strings
            if ((x & v).bit_count() + (z & u).bit_count()) & 1
        )
        products = Counter(itertools.islice(crossed, _FEW_PRODUCTS))
        if not products:
            return True
        if products.total() < _FEW_PRODUCTS and 1 in products.values():
            return False  # a product that comes once is cancelled by no other
        return _cancels(*_local(self.interaction.terms, other.interaction.terms))


Row = tuple[tuple[str, ...], tuple[int, ...], complex]
"""A term's letters, the places of its sites, and its strength."""


def _local(*sums: tuple[Term, ...]) -> tuple[tuple[Row, ...], ...]:
    """Sums with their sites counted from 0, the same wherever they are on a lattice."""
    sites = sorted({site for terms in sums for term in terms for site in term.sites})
    place = {site: i for i, site in enumerate(sites)}
    return tuple(
        tuple([(t.operators, tuple([place[site] for site in t.sites]), t.strength) for t in terms])
        for terms in sums
    )


@functools.lru_cache(maxsize=4096)
def _cancels(left: tuple[Row, ...], right: tuple[Row, ...]) -> bool:
    n_sites = 1 + max(max(sites) for _, sites, _ in (*left, *right))
    return not len(_summed(left, n_sites).commutator(_summed(right, n_sites)))


def _summed(rows: tuple[Row, ...], n_sites: int) -> PauliSum:
    return PauliSum.of([Term(*row) for row in rows], n_sites)


def exact_layers(
    terms: Iterable[Term],
    n_sites: int,
    can_exponentiate: Callable[[Interaction], bool],
    blocks: Iterable[Interaction] = (),
) -> tuple[Layer, ...]:
    """The fewest layers we know of such that each is exponentiated exactly.

    Disjoint interactions with everything inside them are one layer; otherwise terms on the
    same sites are one interaction, and interactions that do not commute go to different layers.

    Args:
        terms: what the Hamiltonian is the sum of, with the blocks.
        n_sites: number of sites.
        can_exponentiate: whether an interaction has an exact circuit.
        blocks: interactions that may be merged, but are never taken apart.

    Raises:
        InvalidRequest: a block without an exact circuit.
    """
    terms, blocks = tuple(terms), tuple(blocks)
    whole = merged(terms, blocks)
    if hypergraph.participation(whole) <= 1 and all(map(can_exponentiate, whole)):
        return (whole,) if whole else ()
    for block in blocks:
        if not can_exponentiate(block):
            raise InvalidRequest(
                f"A term of d-level sites that acts on {block.order} qubits has no exact circuit. "
                "Use fewer levels or sites a term, or --encoding unary."
            )
    together = (*_same_support(terms, can_exponentiate), *blocks)
    return layers_of([one for one in together if not _vanishes(one)])


def merged(terms: Iterable[Term], blocks: Iterable[Interaction] = ()) -> tuple[Interaction, ...]:
    """Interactions that hold every term within their sites; see :func:`exact_layers`."""
    return _merged((*terms, *(term for block in blocks for term in block.terms)))


@functools.lru_cache(maxsize=64)
def _merged(terms: tuple[Term, ...]) -> tuple[Interaction, ...]:
    return tuple(one for one in hypergraph.interactions(terms) if not _vanishes(one))


def layers_of(interactions: Iterable[Interaction]) -> tuple[Layer, ...]:
    """Interactions that commute in one layer, as few layers as we know of."""
    elements = [_Element.of(one) for one in interactions]
    return tuple(tuple(elements[i].interaction for i in group) for group in _coloured(elements))


def conserved(layers: Sequence[Layer]) -> tuple[Interaction, ...]:
    """Interactions that commute with every one of every layer."""
    elements = [_Element.of(one) for layer in layers for one in layer]
    home = [number for number, layer in enumerate(layers) for _ in layer]
    crossed: set[int] = set()
    for i, j in _meeting(elements):
        apart = home[i] != home[j] and not (i in crossed and j in crossed)
        if apart and not elements[i].commutes(elements[j]):
            crossed |= {i, j}
    return tuple(one.interaction for i, one in enumerate(elements) if i not in crossed)


def commute(interaction: Interaction) -> bool:
    """Whether the terms of an interaction commute with one another."""
    if len(interaction.terms) == 1:
        return True
    alone = [_Element.of(_alone(interaction.sites, term)) for term in interaction.terms]
    return all(one.commutes(other) for one, other in itertools.combinations(alone, 2))


def _vanishes(interaction: Interaction) -> bool:
    """Whether the terms cancel, so that nothing is to be exponentiated."""
    terms = interaction.terms
    if len(terms) == 1 or interaction.order > _MOST_RAISED:
        return not any(term.strength for term in terms)
    return _is_zero(*_local(terms))


@functools.lru_cache(maxsize=4096)
def _is_zero(rows: tuple[Row, ...]) -> bool:
    return not len(_summed(rows, 1 + max(max(sites) for _, sites, _ in rows)))


def _same_support(
    terms: Sequence[Term], can_exponentiate: Callable[[Interaction], bool]
) -> list[Interaction]:
    groups: dict[tuple[int, ...], list[Term]] = defaultdict(list)
    for term in terms:
        groups[tuple(sorted(term.sites))].append(term)
    pairs_only = max(map(len, groups), default=0) <= 2
    found = []
    for sites, inside in groups.items():
        whole = Interaction(sites=sites, terms=tuple(inside))
        if can_exponentiate(whole) and whole.order <= _MOST_RAISED and _is_alike(whole, pairs_only):
            found.append(whole)
        else:
            found += [_alone(sites, term) for term in inside]
    return found


def _is_alike(interaction: Interaction, pairs_only: bool) -> bool:
    """Whether the terms have more in common than their sites, so that together they are cheap.

    Among pairs, pairs of sites take few gates whatever acts on them; terms that flip the same
    sites close two-level spaces; terms that commute need no basis of their own.
    """
    if interaction.order <= (2 if pairs_only else 1) or len(interaction.terms) == 1:
        return True
    flips = {term.flips for term in interaction.terms} - {frozenset()}
    return len(flips) <= 1 or PauliSum.of(interaction.terms, 1 + max(interaction.sites)).all_commute


def _alone(sites: tuple[int, ...], term: Term) -> Interaction:
    if term.adds_conjugate and term.order > _MOST_RAISED:
        raise InvalidRequest(
            f"A term with + or - letters that overlaps others is compiled on up to {_MOST_RAISED} "
            f"cells, got {term.order}. Use fewer cells or Pauli letters."
        )
    return Interaction(sites=sites, terms=(term,))


def _coloured(elements: Sequence[_Element]) -> list[list[int]]:
    """Indices of elements, one list a layer."""
    many = [i for i, one in enumerate(elements) if one.interaction.order > 1]
    meeting = _meeting(elements)
    conflicts = {(i, j) for i, j in meeting if not elements[i].commutes(elements[j])}
    by_site = hypergraph.layers([elements[i].interaction.sites for i in many])
    groups = [[many[i] for i in group] for group in by_site]
    inside = set(many)
    if any(i in inside and j in inside for i, j in meeting - conflicts):
        groups = _saturated(many, [(i, j) for i, j in conflicts if i in inside and j in inside])
    _join([i for i in range(len(elements)) if i not in inside], groups, conflicts)
    return groups


def _join(singles: Sequence[int], groups: list[list[int]], conflicts: set[tuple[int, int]]) -> None:
    """Add each single-site element to the last layer that it commutes with, else to a new one."""
    home = {i: number for number, group in enumerate(groups) for i in group}
    against: dict[int, list[int]] = defaultdict(list)
    for i, j in conflicts:
        against[i].append(j)
        against[j].append(i)
    for i in singles:
        barred = {home[j] for j in against[i] if j in home}
        number = next((n for n in reversed(range(len(groups))) if n not in barred), len(groups))
        if number == len(groups):
            groups.append([])
        groups[number].append(i)
        home[i] = number


def _meeting(elements: Sequence[_Element]) -> set[tuple[int, int]]:
    """Pairs of elements that share a site."""
    at_site: dict[int, list[int]] = defaultdict(list)
    for i, one in enumerate(elements):
        for site in one.interaction.sites:
            at_site[site].append(i)
    return {pair for inside in at_site.values() for pair in itertools.combinations(inside, 2)}


def _saturated(many: Sequence[int], conflicts: Sequence[tuple[int, int]]) -> list[list[int]]:
    place = {i: node for node, i in enumerate(many)}
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(many)))
    graph.add_edges_from_no_data([(place[i], place[j]) for i, j in sorted(conflicts)])
    colours = rx.graph_greedy_color(graph, strategy=rx.ColoringStrategy.Saturation)
    groups: dict[int, list[int]] = defaultdict(list)
    for node, i in enumerate(many):
        groups[colours[node]].append(i)
    return [groups[colour] for colour in sorted(groups)]
