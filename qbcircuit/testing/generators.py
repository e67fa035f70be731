"""Random protocols to try things on, from a fresh seeded generator each."""

from __future__ import annotations

import math

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.terms import Term


def random_term(rng: np.random.Generator, n_sites: int, order: int, letters: str = "XYZ+-") -> Term:
    """A term of a given order on random sites, strength of order 1."""
    sites = rng.choice(n_sites, size=order, replace=False)
    operators = rng.choice(list(letters), size=order)
    return Term(operators, sites, float(rng.normal()))


def random_protocol(
    rng: np.random.Generator,
    n_cells: int,
    *,
    n_terms: int = 4,
    max_order: int = 3,
    letters: str = "XYZ+-",
    n_steps: int = 1,
    start: str = "ground",
) -> ChargingProtocol:
    """A protocol of random terms, piecewise constant where ``n_steps`` is above 1.

    Args:
        rng: a fresh seeded generator.
        n_cells: N.
        n_terms: terms per step.
        max_order: largest k.
        letters: what operators are drawn from.
        n_steps: steps; all but the last have a duration.
        start: ``"ground"`` or a bit string.
    """
    schedule = tuple(
        Evolve(
            terms=tuple(
                random_term(
                    rng, n_cells, int(rng.integers(1, min(max_order, n_cells) + 1)), letters
                )
                for _ in range(n_terms)
            ),
            duration=math.inf if step == n_steps - 1 else float(rng.uniform(0.2, 0.8)),
        )
        for step in range(n_steps)
    )
    return ChargingProtocol(
        battery=Battery.qubits(n_cells, start=start), schedule=schedule, name="random"
    )
