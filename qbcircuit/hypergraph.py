"""Who interacts with whom: terms merged into interactions, counted and coloured into layers."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import rustworkx as rx

from qbcircuit.terms import Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Interaction:
    """Terms that act inside one set of sites.

    Args:
        sites: the union of the terms' sites, sorted.
        terms: the terms, in the order they were given.
    """

    sites: tuple[int, ...]
    terms: tuple[Term, ...]

    @property
    def order(self) -> int:
        """Number of sites that interact."""
        return len(self.sites)


def interactions(terms: Iterable[Term]) -> tuple[Interaction, ...]:
    """Terms merged: one interaction per maximal support.

    Terms on the same support, or on a support inside another's, are one interaction; a term
    that fits inside several goes to the first. So XX - YY given as two strings counts once,
    and a Z field does not spoil disjoint blocks.
    """
    terms = tuple(terms)
    supports = sorted({term.support for term in terms}, key=lambda s: (-len(s), sorted(s)))
    at_site: dict[int, list[frozenset[int]]] = defaultdict(list)
    owner: dict[frozenset[int], frozenset[int]] = {}
    for support in supports:
        candidates = at_site[min(support, key=lambda site: len(at_site[site]))]
        home = next((large for large in candidates if support <= large), None)
        owner[support] = support if home is None else home
        if home is None:
            for site in support:
                at_site[site].append(support)
    members: dict[frozenset[int], list[Term]] = defaultdict(list)
    for term in terms:
        members[owner[term.support]].append(term)
    ordered = sorted(members.items(), key=lambda item: sorted(item[0]))
    return tuple(
        Interaction(sites=tuple(sorted(support)), terms=tuple(inside))
        for support, inside in ordered
    )


def order(merged: Iterable[Interaction]) -> int:
    """k: the most sites in one interaction (0 where there is none)."""
    return max((interaction.order for interaction in merged), default=0)


def participation(merged: Iterable[Interaction]) -> int:
    """m: the most interactions that share one site (0 where there is none)."""
    counts = Counter(site for interaction in merged for site in interaction.sites)
    return max(counts.values(), default=0)


def layers(supports: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Supports coloured so that no two in one layer share a site.

    Optimal for disjoint supports, intervals of a line, bipartite graphs (Koenig) and complete
    graphs (round robin); one above the optimum at most for any other graph (Vizing); saturation
    colouring for other hypergraphs.

    Args:
        supports: sites of each interaction.

    Returns:
        Indices into ``supports``, one tuple a layer.
    """
    if not supports:
        return ()
    counts = Counter(site for support in supports for site in support)
    fewest = max(counts.values())
    if fewest == 1:
        return (tuple(range(len(supports))),)
    best = _interval_colouring(supports)
    plain = len(set(map(frozenset, supports))) == len(supports)  # edges of a graph, none twice
    if 1 + max(best) > fewest and plain and all(len(support) == 2 for support in supports):
        best = min(best, _edge_colouring(supports), key=max)
    if 1 + max(best) > fewest:
        best = min(best, _saturation_colouring(supports), key=max)
    classes: dict[int, list[int]] = defaultdict(list)
    for index, colour in enumerate(best):
        classes[colour].append(index)
    return tuple(tuple(classes[colour]) for colour in sorted(classes))


def _interval_colouring(supports: Sequence[tuple[int, ...]]) -> list[int]:
    """First fit by leftmost site: optimal where every support is an interval."""
    colours = [0] * len(supports)
    used: dict[int, set[int]] = defaultdict(set)
    for index in sorted(range(len(supports)), key=lambda i: min(supports[i])):
        taken = set().union(*(used[site] for site in supports[index]))
        colour = next(c for c in range(len(taken) + 1) if c not in taken)
        colours[index] = colour
        for site in supports[index]:
            used[site].add(colour)
    return colours


def _edge_colouring(pairs: Sequence[tuple[int, ...]]) -> list[int]:
    nodes = {site: i for i, site in enumerate(sorted({s for pair in pairs for s in pair}))}
    n = len(nodes)
    edges = [(nodes[a], nodes[b]) for a, b in pairs]
    if len({frozenset(edge) for edge in edges}) == n * (n - 1) // 2:
        return [_round_robin(a, b, n) for a, b in edges]
    graph = rx.PyGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from([(a, b, None) for a, b in edges])
    if rx.is_bipartite(graph):
        colouring = rx.graph_bipartite_edge_color(graph)
    else:
        colouring = rx.graph_misra_gries_edge_color(graph)
    return [colouring[i] for i in range(len(edges))]


def _round_robin(a: int, b: int, n: int) -> int:
    """The round in which players a and b meet: N - 1 rounds for even N, N for odd N."""
    if n % 2:
        return (a + b) % n
    if n - 1 in (a, b):
        return 2 * min(a, b) % (n - 1)
    return (a + b) % (n - 1)


def _saturation_colouring(supports: Sequence[tuple[int, ...]]) -> list[int]:
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(supports)))
    at_site: dict[int, list[int]] = defaultdict(list)
    for index, support in enumerate(supports):
        for site in support:
            at_site[site].append(index)
    for indices in at_site.values():
        graph.add_edges_from_no_data(
            [(a, b) for i, a in enumerate(indices) for b in indices[i + 1 :]]
        )
    colouring = rx.graph_greedy_color(graph, strategy=rx.ColoringStrategy.Saturation)
    return [colouring[i] for i in range(len(supports))]


def components(n_sites: int, supports: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Sites joined by interactions, the largest set first.

    Args:
        n_sites: number of sites.
        supports: sites of every interaction.
    """
    joined = rx.PyGraph(multigraph=False)
    joined.add_nodes_from(range(n_sites))
    joined.add_edges_from_no_data([pair for one in supports for pair in itertools.pairwise(one)])
    parts = [tuple(sorted(part)) for part in rx.connected_components(joined)]
    return sorted(parts, key=lambda part: (-len(part), part))
