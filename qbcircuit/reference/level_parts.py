"""Protocols on sites of any number of levels, cut into parts that never meet.

This is the general road: any start, any resets, internal Hamiltonians that interact, cut-off
modes. States are kept in the basis that the Hamiltonian reaches from the start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qbcircuit.battery import Battery, Role
from qbcircuit.charging import ChargingProtocol, Evolve, Reset, Step, internal_terms
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.component import Component, connected_sites, split_steps
from qbcircuit.reference.monomials import Product, products
from qbcircuit.reference.reachable import Basis, States, all_states
from qbcircuit.starts import BasisStart, GroundStart, ProductStart, PureStart
from qbcircuit.terms import Term

_LARGEST_GROUND = 14
"""log2 of the states among which a ground state is looked for."""

_DEGENERATE = 1e-9
"""Gap, relative to the spread of energies, below which a ground state is not unique."""

_NEGLIGIBLE = 1e-14


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Acting:
    """Evolution under a sum of products, all of the generator, for a while."""

    products: tuple[Product, ...]
    duration: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LevelPart:
    """Sites that meet, numbered from 0, and what happens to them.

    Args:
        sites: which sites of the battery these are.
        dimensions: number of levels of every site.
        levels: level energies of every cell; none for other sites.
        interactions: internal products between the cells.
        steps: the schedule.
        states: basis states of the start, shape (m, n_sites).
        amplitudes: of these states; empty where the start is a mixture.
        weights: probabilities of these states, for a mixture.
    """

    sites: tuple[int, ...]
    dimensions: tuple[int, ...]
    levels: tuple[tuple[float, ...], ...]
    interactions: tuple[Product, ...]
    steps: tuple[Acting | Reset, ...]
    states: States
    amplitudes: NDArray[np.complex128]
    weights: NDArray[np.float64]

    @property
    def is_pure(self) -> bool:
        """Whether the start is one pure state."""
        return self.amplitudes.size > 0

    @property
    def resets(self) -> tuple[Reset, ...]:
        """The resets of the schedule."""
        return tuple(step for step in self.steps if isinstance(step, Reset))

    @property
    def evolutions(self) -> tuple[Acting, ...]:
        """The steps that evolve, in time order."""
        return tuple(step for step in self.steps if isinstance(step, Acting))

    def moves(self) -> tuple[Product, ...]:
        """Everything that takes one basis state to another: products and resets."""
        found = [one for step in dict.fromkeys(self.evolutions) for one in step.products]
        for reset in dict.fromkeys(self.resets):
            for site in reset.sites:
                found += products(fresh_terms(reset, site, self.dimensions[site]), self.dimensions)
        return tuple(found)


def part_of(component: Component) -> LevelPart:
    """A component of two-level sites in a basis state, on this road."""
    dimensions = (2,) * component.n_sites
    acting = {
        step: Acting(products=products(step.terms, dimensions), duration=step.duration)
        for step in dict.fromkeys(component.evolutions)
    }
    return LevelPart(
        sites=tuple(range(component.n_sites)),
        dimensions=dimensions,
        levels=tuple(pair if any(pair) else () for pair in component.energies),
        interactions=(),
        steps=tuple(acting[one] if isinstance(one, Evolve) else one for one in component.steps),
        states=component.start_bits.T.astype(np.int64),
        amplitudes=np.ones(1, dtype=complex),
        weights=np.zeros(0),
    )


def fresh_terms(reset: Reset, site: int, dimension: int) -> list[Term]:
    """Matrix units that lead from any level to those of a fresh site, strengths irrelevant."""
    fresh = np.abs(reset.amplitudes or reset.populations or (1.0,))
    return [
        Term((f"|{after}><{before}|",), (site,))
        for after in np.flatnonzero(fresh)
        for before in range(dimension)
    ]


def is_general(protocol: ChargingProtocol) -> bool:
    """Whether a protocol needs this road: levels, starts, resets or energies that others lack."""
    battery = protocol.battery
    return (
        bool(battery.interactions)
        or not battery.starts_in_levels
        or any(isinstance(step, Reset) and not step.is_plain for step in protocol.schedule)
        or any(not term.is_two_level for step in protocol.evolutions for term in step.terms)
        or (protocol.include_internal and set(battery.dimensions) != {2})
    )


def level_parts(protocol: ChargingProtocol) -> list[LevelPart]:
    """The parts of a protocol that never meet.

    Raises:
        InvalidRequest: a ground state that is not unique or too large to find.
    """
    generators = {
        step: replace(step, terms=protocol.generator(step)[0])
        for step in dict.fromkeys(protocol.evolutions)
    }
    steps = tuple(
        generators[step] if isinstance(step, Evolve) else step for step in protocol.schedule
    )
    return _parts(protocol.battery, steps)


def level_parts_of(battery: Battery) -> list[LevelPart]:
    """The parts of a battery whose start and energies never meet."""
    return _parts(battery, ())


def _parts(battery: Battery, steps: tuple[Step, ...]) -> list[LevelPart]:
    acting = dict.fromkeys(step for step in steps if isinstance(step, Evolve))
    terms = tuple(dict.fromkeys(term for step in acting for term in step.terms))
    if isinstance(battery.start, PureStart):
        groups = [tuple(range(battery.n_sites))]
    else:
        groups = connected_sites((*terms, *battery.interactions), battery.n_sites)
    place = {site: i for group in groups for i, site in enumerate(group)}
    return [
        _part(battery, group, place, own)
        for group, own in zip(groups, split_steps(steps, groups), strict=True)
    ]


def _part(
    battery: Battery, group: tuple[int, ...], place: dict[int, int], steps: tuple[Step, ...]
) -> LevelPart:
    sites = [battery.sites[site] for site in group]
    dimensions = tuple(site.dimension for site in sites)
    states, amplitudes, weights = _start(battery, group, place)
    acting = {
        step: Acting(products=products(step.terms, dimensions), duration=step.duration)
        for step in dict.fromkeys(steps)
        if isinstance(step, Evolve)
    }
    return LevelPart(
        sites=group,
        dimensions=dimensions,
        levels=tuple(site.levels if site.role is Role.CELL else () for site in sites),
        interactions=products(_inside(battery.interactions, group, place), dimensions),
        steps=tuple(acting[one] if isinstance(one, Evolve) else one for one in steps),
        states=states,
        amplitudes=amplitudes,
        weights=weights,
    )


def _inside(
    terms: Sequence[Term], group: tuple[int, ...], place: dict[int, int]
) -> tuple[Term, ...]:
    members = set(group)
    return tuple(
        Term(term.operators, [place[site] for site in term.sites], term.strength)
        for term in terms
        if term.support <= members
    )


def _start(
    battery: Battery, group: tuple[int, ...], place: dict[int, int]
) -> tuple[States, NDArray[np.complex128], NDArray[np.float64]]:
    """Basis states of the start on one group, with amplitudes or weights."""
    none_mixed, none_pure = np.zeros(0), np.zeros(0, dtype=complex)
    start = battery.start
    if isinstance(start, BasisStart):
        states = np.array([[start.levels[site] for site in group]])
        return states, np.ones(1, dtype=complex), none_mixed
    if isinstance(start, GroundStart):
        return *_ground(battery, group, place), none_mixed
    if isinstance(start, PureStart):
        values = np.array(start.amplitudes)
        kept = np.flatnonzero(np.abs(values) > _NEGLIGIBLE)
        return all_states(battery.dimensions).states[kept], values[kept], none_mixed
    if isinstance(start, ProductStart):
        states, values = _product([start.amplitudes[site] for site in group])
        return states, values, none_mixed
    states, values = _product([battery.start_populations[site] for site in group])
    if len(values) == 1:
        return states, np.ones(1, dtype=complex), none_mixed
    return states, none_pure, values.real


def _product(rows: Sequence[Sequence[complex]]) -> tuple[States, NDArray[np.complex128]]:
    """Products of the entries of rows that are not zero, and their levels."""
    states, values = np.zeros((1, 0), dtype=np.int64), np.ones(1, dtype=complex)
    for row in rows:
        levels = np.flatnonzero(np.abs(row) > _NEGLIGIBLE)
        entries = np.array(row)[levels]
        if len(values) * len(levels) > 1 << 22:
            raise InvalidRequest(
                "The start is a superposition or mixture of more than 2^22 basis states. "
                "Use fewer sites."
            )
        values = np.outer(values, entries).ravel()
        left = np.repeat(states, len(levels), axis=0)
        states = np.column_stack([left, np.tile(levels, len(states))])
    return states, values


def _ground(
    battery: Battery, group: tuple[int, ...], place: dict[int, int]
) -> tuple[States, NDArray[np.complex128]]:
    """The lowest state of I on a group; sites without energies are in level 0."""
    terms = _inside(internal_terms(battery)[0], group, place)
    moving = sorted({site for term in terms for site in term.sites})
    dimensions = [battery.sites[group[site]].dimension for site in moving]
    if math.prod(dimensions) > 1 << _LARGEST_GROUND:
        raise InvalidRequest(
            f"The ground state of {len(moving)} interacting sites is too large to find. "
            "Use fewer sites or another start."
        )
    index = {site: i for i, site in enumerate(moving)}
    own = [Term(t.operators, [index[site] for site in t.sites], t.strength) for t in terms]
    if not own:
        return np.zeros((1, len(group)), dtype=np.int64), np.ones(1, dtype=complex)
    basis = all_states(dimensions)
    values = lowest_state(basis, products(own, dimensions))
    kept = np.flatnonzero(np.abs(values) > _NEGLIGIBLE)
    states = np.zeros((len(kept), len(group)), dtype=np.int64)
    states[:, moving] = basis.states[kept]
    return states, values[kept] / np.linalg.norm(values[kept])


def lowest_state(basis: Basis, hamiltonian: Sequence[Product]) -> NDArray[np.complex128]:
    """The eigenvector of the lowest energy.

    Raises:
        InvalidRequest: two states share the lowest energy.
    """
    matrix = basis.matrix(hamiltonian)
    if len(basis) <= 1 << 9:
        energies, vectors = np.linalg.eigh(matrix.toarray())
        spread = energies[-1] - energies[0]
    else:
        from scipy.sparse.linalg import eigsh

        begin = np.cos(np.arange(len(basis)))
        energies, vectors = eigsh(matrix, k=2, which="SA", v0=begin)
        energies, vectors = np.sort(energies), vectors[:, np.argsort(energies)]
        spread = float(abs(matrix).sum(axis=1).max())
    if energies[1] - energies[0] <= _DEGENERATE * spread:
        raise InvalidRequest(
            "The internal Hamiltonian has more than one ground state. "
            "Name the start state instead, or add a field."
        )
    return vectors[:, 0].astype(complex)
