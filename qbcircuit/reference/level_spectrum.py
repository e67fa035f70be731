"""Extreme energies of sums of terms on sites of any number of levels."""

from __future__ import annotations

import math

import numpy as np

from qbcircuit.reference.component import connected_sites
from qbcircuit.reference.monomials import products
from qbcircuit.reference.reachable import Basis, all_states
from qbcircuit.reference.spectrum import Extremes, Kind, extreme_energies, worst
from qbcircuit.terms import Term

_LARGEST = 1 << 11
"""Most states of a part that is diagonalised."""


def terms_extremes(terms: tuple[Term, ...], dimensions: tuple[int, ...]) -> Extremes:
    """Lowest and highest energy of a sum of terms on sites of any number of levels.

    Parts that never meet are diagonalised, or bounded by the sum of their terms.

    Args:
        terms: the Hamiltonian.
        dimensions: number of levels of every site.
    """
    if all(term.is_two_level for term in terms):
        return extreme_energies(terms, len(dimensions))
    low = high = 0.0
    kinds: list[Kind] = []
    for group in connected_sites(terms, len(dimensions)):
        inside = set(group)
        own = tuple(term for term in terms if term.support <= inside)
        if not own:
            continue
        place = {site: i for i, site in enumerate(group)}
        moved = [Term(t.operators, [place[s] for s in t.sites], t.strength) for t in own]
        sizes = [dimensions[site] for site in group]
        alone = len(own) == 1 and own[0].adds_conjugate
        if not alone and math.prod(sizes) <= _LARGEST:
            below, above = _spectrum(all_states(sizes), tuple(moved))
            kinds.append("exact")
        else:
            above = math.fsum(term.norm_on(dimensions) for term in own)
            below = -above
            kinds.append("exact" if alone else "upper bound")
        low, high = low + below, high + above
    return Extremes(low, high, worst(kinds))


def _spectrum(basis: Basis, terms: tuple[Term, ...]) -> tuple[float, float]:
    energies = np.linalg.eigvalsh(basis.matrix(products(terms, basis.dimensions)).toarray())
    return float(energies[0]), float(energies[-1])
