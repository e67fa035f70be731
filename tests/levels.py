"""Random protocols on sites of any number of levels, for any test."""

import math

import numpy as np

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    ThermalStart,
)
from qbcircuit.terms import Term


def letters_for(dimension):
    units = [f"|{a}><{b}|" for a in range(dimension) for b in range(dimension)]
    return [*(["X", "Y", "Z", "+", "-"] if dimension == 2 else []), "a", "c", "n", *units]


def random_levels_term(rng, dimensions, among, most=3):
    k = int(rng.integers(1, min(most, len(among)) + 1))
    sites = [int(site) for site in rng.choice(among, size=k, replace=False)]
    letters = [str(rng.choice(letters_for(dimensions[site]))) for site in sites]
    term = Term(letters, sites, float(rng.normal()))
    turned = term.strength * np.exp(1j * rng.uniform(0, 6))
    return Term(letters, sites, turned) if term.adds_conjugate else term


def random_start(rng, dimensions, kind):
    if kind == "basis":
        return BasisStart(levels=tuple(int(rng.integers(0, d)) for d in dimensions))
    if kind == "mixed":
        rows = [rng.dirichlet(np.ones(d)) for d in dimensions]
        return MixedStart(populations=tuple(tuple(row / row.sum()) for row in rows))
    if kind == "thermal":
        return ThermalStart(beta=0.6)
    if kind == "ground":
        return GroundStart()
    sizes = dimensions if kind == "product" else [math.prod(dimensions)]
    rows = [rng.normal(size=d) + 1j * rng.normal(size=d) for d in sizes]
    if kind == "product":
        return ProductStart(amplitudes=tuple(tuple(row) for row in rows))
    return PureStart(amplitudes=tuple(rows[0]))


def random_levels_protocol(rng, kind, *, resets=False, interacting=False):
    dimensions = [int(d) for d in rng.integers(2, 4, size=int(rng.integers(1, 4)))]
    roles = [Role.CELL] + [rng.choice([Role.CELL, Role.MODE]) for _ in dimensions[1:]]
    sites = tuple(
        Site(levels=tuple(np.cumsum(rng.uniform(0.2, 1.0, size=d))), role=role)
        for d, role in zip(dimensions, roles, strict=True)
    )
    cells = [j for j, role in enumerate(roles) if role is Role.CELL]
    inner = tuple(random_levels_term(rng, dimensions, cells) for _ in range(2))
    battery = Battery(
        sites=sites,
        start=random_start(rng, dimensions, kind),
        interactions=inner if interacting else (),
    )
    everywhere = list(range(len(dimensions)))
    schedule = []
    for step in range(3):
        terms = tuple(random_levels_term(rng, dimensions, everywhere) for _ in range(3))
        duration = math.inf if step == 2 else float(rng.uniform(0.3, 0.8))
        schedule.append(Evolve(terms=terms, duration=duration))
        if resets and step < 2:
            schedule.append(random_reset(rng, dimensions))
    return ChargingProtocol(
        battery=battery, schedule=tuple(schedule), include_internal=bool(rng.integers(0, 2))
    )


def random_reset(rng, dimensions):
    site = int(rng.integers(0, len(dimensions)))
    d = dimensions[site]
    state = rng.normal(size=d) + 1j * rng.normal(size=d)
    weights = rng.dirichlet(np.ones(d))
    which = int(rng.integers(0, 3))
    return Reset(
        sites=(site,),
        amplitudes=tuple(state) if which == 1 else (),
        populations=tuple(weights / weights.sum()) if which == 2 else (),
        probability=float(rng.choice([1.0, 0.4])),
    )
