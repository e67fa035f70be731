"""The lowest and highest energy of a sum of terms: exact where structure allows, else bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import scipy.linalg

from qbcircuit.charging import Evolve
from qbcircuit.reference import sector
from qbcircuit.reference.action import Span, bit_column, flip_mask
from qbcircuit.reference.component import connected_sites, split_steps
from qbcircuit.terms import Term

Kind = Literal["exact", "upper bound", "estimate"]
"""How far a norm can be trusted; an upper bound never lies below the truth."""

_TRUST: tuple[Kind, ...] = ("exact", "upper bound", "estimate")


class Extremes(NamedTuple):
    """An interval that holds the spectrum.

    ``kind`` is ``"exact"`` where both ends are eigenvalues and ``"upper bound"`` where the
    spectrum may end before them.
    """

    low: float
    high: float
    kind: Kind


def extreme_energies(terms: tuple[Term, ...], n_sites: int) -> Extremes:
    """Lowest and highest eigenvalue of a sum of terms, or certified bounds on them.

    Parts that never interact are added up.

    Args:
        terms: the Hamiltonian; an identity shift is the caller's to add.
        n_sites: number of two-level sites.
    """
    groups = connected_sites(terms, n_sites)
    parts = Counter(
        (steps[0].terms, len(group))
        for group, steps in zip(groups, split_steps((Evolve(terms=terms),), groups), strict=True)
        if isinstance(steps[0], Evolve)
    )
    found = [(_connected(own, n), times) for (own, n), times in parts.items() if own]
    kind = worst([one.kind for one, _ in found])
    low = sum(times * one.low for one, times in found)
    high = sum(times * one.high for one, times in found)
    return Extremes(float(low), float(high), kind)


def worst(kinds: Sequence[Kind]) -> Kind:
    """The least trusted kind of several; exact where there is none."""
    return max(kinds, key=_TRUST.index, default="exact")


def _connected(terms: tuple[Term, ...], n_sites: int) -> Extremes:
    span = Span((flip_mask(term) for term in terms), n_sites)
    if span.rank + n_sites <= 24:
        return _by_sectors(terms, span)
    radius = sum(term.norm for term in terms)
    return Extremes(-radius, radius, "upper bound")


def _by_sectors(terms: tuple[Term, ...], span: Span) -> Extremes:
    """Every sector diagonalised."""
    low, high = np.inf, -np.inf
    free = span.free_sites()
    for label in range(1 << len(free)):
        mask = sum(1 << site for i, site in enumerate(free) if label >> i & 1)
        bits = span.sector(bit_column(mask, span.n_sites))
        matrix = sector.dense(sector.couplings(terms, span, bits), 1, bits.shape[1])[0]
        energies = scipy.linalg.eigvalsh(matrix)
        low, high = min(low, energies[0]), max(high, energies[-1])
    return Extremes(float(low), float(high), "exact")
