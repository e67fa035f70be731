"""Experiments whose segments nest, gathered so that a simulator evolves each chain once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qbcircuit.plan import CircuitPlan, Piece


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A place on a chain where one or several experiments leave it.

    Args:
        depth: pieces of the chain that lie before it.
        experiments: indices into the plan's experiments.
    """

    depth: int
    experiments: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """Pieces evolved once, and the stops along them in order of depth.

    Args:
        pieces: the segments of the deepest experiment.
        stops: at least one; the last one's depth is ``len(pieces)``.
    """

    pieces: tuple[Piece, ...]
    stops: tuple[Stop, ...]


def chains_of(plan: CircuitPlan, experiments: Iterable[int]) -> list[Chain]:
    """Chains that hold every given experiment once.

    Experiments nest where one's segments are a prefix of the other's. Where two experiments
    share a beginning and then part, the shared beginning is evolved once for each.
    """
    tree: dict[tuple[int, Piece], int] = {}
    parents = [-1]
    leaving: dict[int, list[int]] = {}
    for index in experiments:
        node = 0
        for piece in plan.experiments[index].segments:
            child = tree.setdefault((node, piece), len(parents))
            if child == len(parents):
                parents.append(node)
            node = child
        leaving.setdefault(node, []).append(index)
    at_start = leaving.pop(0, [])
    return [
        *(Chain(pieces=(), stops=(Stop(depth=0, experiments=(index,)),)) for index in at_start),
        *(_chain(plan, path, leaving) for path in _paths(parents, leaving)),
    ]


def _paths(parents: list[int], leaving: dict[int, list[int]]) -> Iterator[list[int]]:
    """Nodes from root to leaf; a node that several leaves share stops on the first path only."""
    inner = set(parents)
    taken: set[int] = set()
    for leaf in leaving:
        if leaf in inner:
            continue
        path = [leaf]
        while path[-1] != 0:
            path.append(parents[path[-1]])
        path.reverse()
        yield [node if node not in taken else -1 for node in path]
        taken.update(path)


def _chain(plan: CircuitPlan, path: list[int], leaving: dict[int, list[int]]) -> Chain:
    stops = tuple(
        Stop(depth=depth, experiments=tuple(leaving[node]))
        for depth, node in enumerate(path)
        if node in leaving
    )
    return Chain(pieces=plan.experiments[stops[-1].experiments[0]].segments, stops=stops)
