"""How one site reaches others: trees of CX gates that respect the couplings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.target import DeviceTarget

_MOST_ROOTS = 32
"""Sites up to which every root is tried; on longer paths the middle third."""

Pair = tuple[int, int]
Links = dict[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Which wires of a logical circuit are coupled; ``None``: all of them."""

    neighbours: tuple[frozenset[int], ...] | None = None

    @classmethod
    def of(cls, device: DeviceTarget, qubits: Sequence[int]) -> Wiring:
        """The couplings of a device between the qubits that hold wires 0, 1, ..."""
        coupling = device.coupling
        if coupling is None:
            return cls()
        wire = {qubit: i for i, qubit in enumerate(qubits)}
        found: list[set[int]] = [set() for _ in qubits]
        for a, b in coupling:
            if a in wire and b in wire:
                found[wire[a]].add(wire[b])
                found[wire[b]].add(wire[a])
        return cls(tuple(frozenset(one) for one in found))

    def within(self, wires: Sequence[int]) -> Wiring:
        """The couplings among some wires, counted anew from 0."""
        near = self.among(wires)
        return Wiring(None if near is None else tuple(map(frozenset, near)))

    def among(self, wires: Sequence[int]) -> tuple[tuple[int, ...], ...] | None:
        """What each of some wires is coupled with among them, counted anew from 0."""
        if self.neighbours is None:
            return None
        links = [self.neighbours[wire] for wire in wires]
        return tuple([tuple([i for i, w in enumerate(wires) if w in near]) for near in links])

    @property
    def is_complete(self) -> bool:
        """Whether every wire meets every other."""
        return self.neighbours is None or all(
            len(near) == len(self.neighbours) - 1 for near in self.neighbours
        )

    def path_through(self, n_wires: int) -> tuple[int, ...]:
        """An order of few wires in which neighbours are coupled; as they are, where none is."""
        links = self.neighbours
        if links is None:
            return tuple(range(n_wires))
        paths: list[tuple[int, ...]] = [(wire,) for wire in range(n_wires)]
        for _ in range(n_wires - 1):
            paths = [(*path, near) for path in paths for near in sorted(links[path[-1]] - {*path})]
        return paths[0] if paths else tuple(range(n_wires))

    def broadcast(self, sites: Sequence[int]) -> tuple[int, tuple[Pair, ...]]:
        """A root among ``sites`` and the pairs (from, to) that tell all others, in time order.

        As shallow as we know: ceil(log2 k) all to all, ceil(k/2) along a path. Sites that are
        not connected count as a path; routing brings them together.
        """
        if self.neighbours is None:
            return sites[0], _doubling(sites)
        among = frozenset(sites)
        links = {site: self.neighbours[site] & among for site in sites}
        if len(_parents(sites[0], links)) < len(sites):
            links = _path(sites)
        margin = len(sites) // 3 if len(sites) > _MOST_ROOTS else 0
        trees = [(root, _told(root, links)) for root in sites[margin : len(sites) - margin]]
        root, rounds = min(trees, key=lambda tree: max((when for when, _ in tree[1]), default=0))
        return root, tuple(pair for _, pair in sorted(rounds))


def _doubling(sites: Sequence[int]) -> tuple[Pair, ...]:
    pairs: list[Pair] = []
    told = 1
    while told < len(sites):
        new = min(told, len(sites) - told)
        pairs += [(sites[i], sites[told + i]) for i in range(new)]
        told += new
    return tuple(pairs)


def _path(sites: Sequence[int]) -> Links:
    ends = [None, *sites, None]
    return {
        site: frozenset(other for other in (ends[i], ends[i + 2]) if other is not None)
        for i, site in enumerate(sites)
    }


def _parents(root: int, links: Links) -> dict[int, int]:
    """Breadth first: every site reached, and from where."""
    parents = {root: root}
    frontier = [root]
    for site in frontier:
        for other in sorted(links[site] - parents.keys()):
            parents[other] = site
            frontier.append(other)
    return parents


def _told(root: int, links: Links) -> list[tuple[int, Pair]]:
    """(round, (from, to)): every site tells its deepest branch first."""
    parents = _parents(root, links)
    children: dict[int, list[int]] = {site: [] for site in parents}
    height: dict[int, int] = {}
    for site in reversed(parents):
        children[site].sort(key=lambda child: -height[child])
        heights = [1 + i + height[child] for i, child in enumerate(children[site])]
        height[site] = max(heights, default=0)
        if site != root:
            children[parents[site]].append(site)
    told: list[tuple[int, Pair]] = []
    waiting = [(root, 0)]
    for site, when in waiting:
        for i, child in enumerate(children[site], start=1):
            told.append((when + i, (site, child)))
            waiting.append((child, when + i))
    return told
