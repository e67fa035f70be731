"""Paths of coupled wires through given sites."""

from __future__ import annotations

from collections.abc import Sequence

from qbcircuit.compile.exact.wiring import Wiring

_MOST_TRIES = 20_000
"""Extensions of a path before the search gives up."""


def path_through(sites: Sequence[int], wiring: Wiring) -> tuple[int, ...] | None:
    """The sites in an order in which neighbours are coupled, where one is found.

    Depth first, to the site with the fewest ways on.
    """
    if wiring.neighbours is None:
        return tuple(sites)
    links = wiring.within(sites).neighbours or ()
    tries = 0
    by_degree = sorted(range(len(sites)), key=lambda i: len(links[i]))
    paths: list[tuple[int, ...]] = [(i,) for i in reversed(by_degree)]
    while paths and tries < _MOST_TRIES:
        path = paths.pop()
        tries += 1
        if len(path) == len(sites):
            return tuple(sites[i] for i in path)
        ways = links[path[-1]].difference(path)
        paths += [(*path, i) for i in sorted(ways, key=lambda i: -len(links[i].difference(path)))]
    return None
