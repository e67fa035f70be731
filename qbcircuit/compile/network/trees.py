"""Couplings of the smallest trees that join some wires, looked up.

Where couplings fall into parts that meet at single wires, the smallest tree is one in every part:
it joins the wires on which what is to be joined hangs. So tables are as large as parts, not as
all wires.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rustworkx as rx

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Table = npt.NDArray[np.int16]
Edges = tuple[tuple[int, int], ...]

_TOGETHER, _MOST = 16, 18
"""Wires that share a table where they may, and the most of one part."""

_PAGE = 12
"""Wires whose masks are looked up at once."""

_FAR = 1 << 12


def tabled(n_wires: int, edges: Edges) -> Edges:
    """Couplings without those that make parts too large, so that trees can be looked up.

    Args:
        n_wires: number of wires.
        edges: coupled pairs, lower first.
    """
    while n_wires > _TOGETHER and (large := _too_large(n_wires, edges)):
        fewer = [tuple(one for one in edges if one != edge) for edge in itertools.chain(*large)]
        edges = min(fewer, key=lambda left: _untabled(n_wires, left))
    return edges


def _too_large(n_wires: int, edges: Edges) -> list[Edges]:
    return [part for part in _parts(n_wires, edges) if len(_wires(part)) > _MOST]


def _untabled(n_wires: int, edges: Edges) -> tuple[float, int, float]:
    """Pairs of wires that are not joined, wires in too large parts, and how far wires are apart."""
    far = 1e6
    apart, near = divmod(rx.distance_matrix(_graph(n_wires, edges), null_value=far).sum(), far)
    return apart, sum(len(_wires(part)) for part in _too_large(n_wires, edges)), near


def tree_sizes(supports: Ints, n_wires: int, edges: Edges, active: int) -> Ints:
    """Couplings of the smallest tree that joins each support; huge where none does.

    Args:
        supports: masks of active wires.
        n_wires: number of wires.
        edges: coupled pairs, lower first.
        active: mask of the wires that take part; they are joined.
    """
    groups = _groups(n_wires, edges)
    tables = [_table(group, active & group.mask) for group in groups]
    if n_wires <= _TOGETHER:
        return tables[0][supports].astype(np.int64)
    digits = [supports >> low & (1 << _PAGE) - 1 for low in range(0, n_wires, _PAGE)]
    found = np.zeros_like(supports)
    for group, table in zip(groups, tables, strict=True):
        places = [page[digit] for page, digit in zip(group.pages, digits, strict=True)]
        found += table[functools.reduce(operator.or_, places)]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Wires that others are joined with at single wires only.

    Args:
        wires: of the part.
        branches: mask of each wire with all that hangs on it.
        joined: whether the wires of every mask of the part are joined among themselves.
    """

    wires: tuple[int, ...]
    branches: tuple[int, ...]
    joined: Bits

    def table(self, active: int) -> Table:
        """Couplings of the smallest tree by the mask of what it joins."""
        n = len(self.wires)
        masks = np.arange(1 << n)
        weights = np.bitwise_count(masks).astype(np.int16)
        absent = sum(1 << i for i, wire in enumerate(self.wires) if not active >> wire & 1)
        table = np.where(self.joined & (masks & absent == 0), weights - 1, np.int16(_FAR))
        for q in range(n):  # the least over all supersets
            split = table.reshape(-1, 2, 1 << q)
            np.minimum(split[:, 0], split[:, 1], out=split[:, 0])
        table[weights <= 1] = 0
        return table


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Parts whose masks are side by side in one table.

    Args:
        parts: small ones, or one.
        pages: of ``_PAGE`` wires after another, the places in the table that their masks stand
            for: one bit for every branch that they touch.
        mask: wires of the parts.
    """

    parts: tuple[_Part, ...]
    pages: tuple[Ints, ...]
    mask: int


@functools.lru_cache(maxsize=256)
def _table(group: _Group, active: int) -> Table:
    """Couplings of the smallest trees, summed over the parts."""
    found, *others = (part.table(active) for part in group.parts)
    for other in others:
        found = (other[:, None] + found).reshape(-1)
    return found


@functools.lru_cache(maxsize=8)
def _groups(n_wires: int, edges: Edges) -> tuple[_Group, ...]:
    if n_wires <= _TOGETHER:
        whole = _part(n_wires, edges, range(n_wires), edges)
        return (_Group((whole,), (), (1 << n_wires) - 1),)
    groups: list[list[_Part]] = []
    for inside in _parts(n_wires, edges):
        part = _part(n_wires, edges, sorted(_wires(inside)), inside)
        room = _TOGETHER - len(part.wires)
        fits = (group for group in groups if sum(len(one.wires) for one in group) <= room)
        if group := next(fits, None):
            group.append(part)
        else:
            groups.append([part])
    return tuple(_Group(tuple(one), _pages(n_wires, one), _mask(one)) for one in groups)


def _mask(parts: Sequence[_Part]) -> int:
    return functools.reduce(operator.or_, (1 << wire for part in parts for wire in part.wires))


def _pages(n_wires: int, parts: Sequence[_Part]) -> tuple[Ints, ...]:
    digit, pages = np.arange(1 << _PAGE), []
    for low in range(0, n_wires, _PAGE):
        page = np.zeros_like(digit)
        for place, branch in enumerate(itertools.chain(*(part.branches for part in parts))):
            page |= (digit << low & branch != 0).astype(np.int64) << place
        pages.append(page)
    return tuple(pages)


@functools.lru_cache(maxsize=8)
def _parts(n_wires: int, edges: Edges) -> tuple[Edges, ...]:
    """Couplings in parts that meet each other at single wires only, joined while they are small."""
    blocks: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (a, b), block in rx.biconnected_components(_graph(n_wires, edges)).items():
        blocks[block].append((min(a, b), max(a, b)))
    found = (tuple(sorted(block)) for block in blocks.values())
    left, parts = sorted(found, key=lambda block: (len(block), block)), []
    while left:
        part = left.pop()
        while near := [one for one in left if _fit(part, one)]:
            part += near[-1]
            left.remove(near[-1])
        parts.append(part)
    return tuple(parts)


def _fit(one: Edges, other: Edges) -> bool:
    """Whether two parts meet and are not too large together."""
    ours, theirs = _wires(one), _wires(other)
    return bool(ours & theirs) and len(ours | theirs) <= _TOGETHER


def _part(n_wires: int, edges: Edges, wires: Sequence[int], inside: Edges) -> _Part:
    own = set(inside)
    rest = _graph(n_wires, tuple(edge for edge in edges if edge not in own))
    branches = [sum(1 << i for i in rx.node_connected_component(rest, wire)) for wire in wires]
    local = tuple((wires.index(a), wires.index(b)) for a, b in inside)
    return _Part(tuple(wires), tuple(branches), _connected(len(wires), local))


def _wires(edges: Edges) -> set[int]:
    return set(itertools.chain(*edges))


def _graph(n_wires: int, edges: Edges) -> rx.PyGraph:
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n_wires))
    graph.add_edges_from_no_data(list(edges))
    return graph


def _connected(n_wires: int, edges: Edges) -> Bits:
    """Whether the wires of every mask are joined by couplings among themselves."""
    masks = np.arange(1 << n_wires)
    reached = masks & -masks
    while True:
        before = reached
        for a, b in edges:
            both = (masks >> a & masks >> b & 1) & (reached >> a | reached >> b)
            reached = reached | both << a | both << b
        if np.array_equal(before, reached):
            break
    joined: Bits = reached == masks
    return joined
