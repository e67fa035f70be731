"""Layers of a Hamiltonian: sets of interactions that commute and are exponentiated exactly."""

from __future__ import annotations

from collections import defaultdict
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

_MOST_RAISED = 12
"""Sites of a product with + or - letters (2^(k-1) Pauli strings) that overlaps others."""

Layer = tuple[Interaction, ...]
"""Interactions that commute with one another."""


@dataclass(frozen=True, slots=True, eq=False)
class _Element:
    """One interaction and its Pauli strings."""

    interaction: Interaction
    strings: PauliSum

    def commutes(self, other: _Element) -> bool:
        """Whether the two commute (exactly, in their Pauli expansions)."""
        if not set(self.interaction.sites) & set(other.interaction.sites):
            return True
        if len(self.strings) * len(other.strings) > _MOST_PAIRS:
            return False
        return not len(self.strings.commutator(other.strings))


def exact_layers(
    terms: Iterable[Term], n_sites: int, can_exponentiate: Callable[[Interaction], bool]
) -> tuple[Layer, ...]:
    """The fewest layers we know of such that each is exponentiated exactly.

    Disjoint interactions with everything inside them are one layer; otherwise terms on the
    same sites are one interaction, and interactions that do not commute go to different layers.

    Args:
        terms: what the Hamiltonian is the sum of.
        n_sites: number of sites.
        can_exponentiate: whether an interaction has an exact circuit.
    """
    terms = tuple(terms)
    merged = hypergraph.interactions(terms)
    if hypergraph.participation(merged) <= 1 and all(map(can_exponentiate, merged)):
        return (merged,) if merged else ()
    elements = [
        _Element(interaction, PauliSum.of(interaction.terms, n_sites))
        for interaction in _same_support(terms, can_exponentiate)
    ]
    return tuple(tuple(elements[i].interaction for i in group) for group in _coloured(elements))


def _same_support(
    terms: Sequence[Term], can_exponentiate: Callable[[Interaction], bool]
) -> list[Interaction]:
    groups: dict[tuple[int, ...], list[Term]] = defaultdict(list)
    for term in terms:
        groups[tuple(sorted(term.sites))].append(term)
    found = []
    for sites, inside in groups.items():
        whole = Interaction(sites=sites, terms=tuple(inside))
        if can_exponentiate(whole) and whole.order <= _MOST_RAISED:
            found.append(whole)
        else:
            found += [_alone(sites, term) for term in inside]
    return found


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
    conflicts = _conflicts(elements)
    by_site = hypergraph.layers([elements[i].interaction.sites for i in many])
    groups = [[many[i] for i in group] for group in by_site]
    if sum(i in many and j in many for i, j in conflicts) < _sharing(elements, many):
        groups = _saturated(many, conflicts)
    for i in sorted(set(range(len(elements))) - set(many)):
        _join(i, groups, conflicts)
    return groups


def _join(i: int, groups: list[list[int]], conflicts: set[tuple[int, int]]) -> None:
    """Add a single-site element to the last layer that it commutes with, else to a new one."""
    for group in reversed(groups):
        if not any((min(i, j), max(i, j)) in conflicts for j in group):
            group.append(i)
            return
    groups.append([i])


def _conflicts(elements: Sequence[_Element]) -> set[tuple[int, int]]:
    at_site: dict[int, list[int]] = defaultdict(list)
    for i, one in enumerate(elements):
        for site in one.interaction.sites:
            at_site[site].append(i)
    pairs = {(i, j) for inside in at_site.values() for i in inside for j in inside if i < j}
    return {(i, j) for i, j in pairs if not elements[i].commutes(elements[j])}


def _sharing(elements: Sequence[_Element], many: Sequence[int]) -> int:
    at_site: dict[int, list[int]] = defaultdict(list)
    for i in many:
        for site in elements[i].interaction.sites:
            at_site[site].append(i)
    return len({(i, j) for inside in at_site.values() for i in inside for j in inside if i < j})


def _saturated(many: Sequence[int], conflicts: set[tuple[int, int]]) -> list[list[int]]:
    place = {i: node for node, i in enumerate(many)}
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(many)))
    graph.add_edges_from_no_data(
        [(place[i], place[j]) for i, j in conflicts if i in place and j in place]
    )
    colours = rx.graph_greedy_color(graph, strategy=rx.ColoringStrategy.Saturation)
    groups: dict[int, list[int]] = defaultdict(list)
    for node, i in enumerate(many):
        groups[colours[node]].append(i)
    return [groups[colour] for colour in sorted(groups)]
