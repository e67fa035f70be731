"""A protocol cut into parts that never interact: each is solved alone, equal ones once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qbcircuit.battery import Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset, Step
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.action import Bits
from qbcircuit.terms import Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """Two-level sites that interact, directly or through others, numbered from 0.

    Args:
        energies: (level 0, level 1) of each site; (0, 0) where the site is no cell.
        excited: population of level 1 of each site at time 0.
        steps: the schedule; terms are the total generator, restricted to these sites.
    """

    energies: tuple[tuple[float, float], ...]
    excited: tuple[float, ...]
    steps: tuple[Step, ...]

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.energies)

    @property
    def evolutions(self) -> tuple[Evolve, ...]:
        """The steps that evolve, in time order."""
        return tuple(step for step in self.steps if isinstance(step, Evolve))

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of all steps together."""
        return tuple(term for step in self.evolutions for term in step.terms)

    @property
    def is_constant(self) -> bool:
        """Whether one Hamiltonian acts throughout, without resets."""
        return len(self.steps) == 1

    @property
    def has_reset(self) -> bool:
        """Whether any site is put back to level 0 on the way."""
        return any(isinstance(step, Reset) for step in self.steps)

    @property
    def moves(self) -> bool:
        """Whether anything can change its populations."""
        return self.has_reset or any(term.flips for term in self.terms)

    @property
    def is_pure(self) -> bool:
        """Whether the start is one basis state."""
        return set(self.excited) <= {0.0, 1.0}

    @property
    def start_bits(self) -> Bits:
        """The basis state it starts in, shape (n_sites, 1); meaningful where ``is_pure``."""
        return np.array(self.excited)[:, None] > 0.5

    def energy(self, bits: Bits) -> NDArray[np.float64]:
        """Internal energy of the cells in each basis state."""
        total = np.zeros(bits.shape[1])
        for (low, high), row in zip(self.energies, bits, strict=True):
            if low or high:
                total += np.where(row, high, low)
        return total

    def weight(self, bits: Bits) -> NDArray[np.float64]:
        """Population of each basis state at time 0."""
        total = np.ones(bits.shape[1])
        for excited, row in zip(self.excited, bits, strict=True):
            total *= np.where(row, excited, 1 - excited)
        return total


def connected_sites(terms: tuple[Term, ...], n_sites: int) -> list[tuple[int, ...]]:
    """Sites grouped by who interacts with whom, each group sorted."""
    parent = list(range(n_sites))

    def root(site: int) -> int:
        while parent[site] != site:
            parent[site] = parent[parent[site]]
            site = parent[site]
        return site

    for term in terms:
        first = root(term.sites[0])
        for site in term.sites[1:]:
            parent[root(site)] = first
    groups: dict[int, list[int]] = {}
    for site in range(n_sites):
        groups.setdefault(root(site), []).append(site)
    return [tuple(group) for group in groups.values()]


def components(protocol: ChargingProtocol) -> Counter[Component]:
    """The parts of a protocol that never interact, with how often each occurs.

    Raises:
        InvalidRequest: a term on a site that has not two levels.
    """
    battery = protocol.battery
    steps = tuple(
        replace(step, terms=protocol.generator(step)[0]) if isinstance(step, Evolve) else step
        for step in protocol.schedule
    )
    terms = tuple(term for step in steps if isinstance(step, Evolve) for term in step.terms)
    for site in sorted({site for term in terms for site in term.sites}):
        if (levels := battery.sites[site].dimension) != 2:
            raise InvalidRequest(
                f"Terms act on two-level sites, but site {site} has {levels} levels. "
                "Give it 2 levels or drop its terms."
            )
    groups = connected_sites(terms, battery.n_sites)
    sites = [
        _two_levels(site, populations)
        for site, populations in zip(battery.sites, battery.start_populations, strict=True)
    ]
    return Counter(
        Component(
            energies=tuple(sites[j][0] for j in group),
            excited=tuple(sites[j][1] for j in group),
            steps=own,
        )
        for group, own in zip(groups, split_steps(steps, groups), strict=True)
    )


def _two_levels(site: Site, populations: tuple[float, ...]) -> tuple[tuple[float, float], float]:
    """A site's cell energies and excited population; d levels nobody drives act as two."""
    excited = math.fsum(populations[1:])
    if site.role is not Role.CELL:
        return (0.0, 0.0), excited
    if site.dimension == 2 or not excited:
        return (site.levels[0], site.levels[1]), excited
    mean = math.fsum(p * e for p, e in zip(populations[1:], site.levels[1:], strict=True)) / excited
    return (site.levels[0], mean), excited


def split_steps(steps: Sequence[Step], groups: Sequence[tuple[int, ...]]) -> list[tuple[Step, ...]]:
    """The schedule of each group of sites, with sites renumbered from 0 within the group."""
    place = {site: (g, i) for g, group in enumerate(groups) for i, site in enumerate(group)}
    split: list[list[Step]] = [[] for _ in groups]
    for step in steps:
        if isinstance(step, Reset):
            sites: list[list[int]] = [[] for _ in groups]
            for site in sorted(set(step.sites)):
                sites[place[site][0]].append(place[site][1])
            for own, inside in zip(split, sites, strict=True):
                own.extend([replace(step, sites=tuple(inside))] if inside else [])
            continue
        terms: list[list[Term]] = [[] for _ in groups]
        for term in step.terms:
            terms[place[term.sites[0]][0]].append(term)
        for own, group, acting in zip(split, groups, terms, strict=True):
            renumbered = _renumbered(acting, group, place)
            own.append(Evolve(terms=renumbered, duration=step.duration))
    return [tuple(own) for own in split]


def _renumbered(
    terms: Sequence[Term], group: tuple[int, ...], place: Mapping[int, tuple[int, int]]
) -> tuple[Term, ...]:
    if group == tuple(range(len(group))):
        return tuple(terms)
    return tuple(
        Term(term.operators, (place[site][1] for site in term.sites), term.strength)
        for term in terms
    )
