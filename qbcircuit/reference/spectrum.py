"""The lowest and highest energy of a sum of terms: exact where structure allows, else bounded."""

from __future__ import annotations

import functools
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg

from qbcircuit.charging import Evolve
from qbcircuit.hypergraph import interactions
from qbcircuit.reference import sector
from qbcircuit.reference.action import Span, flip_mask
from qbcircuit.reference.commuting import merged_strings, share_one_basis
from qbcircuit.reference.component import connected_sites, split_steps
from qbcircuit.reference.fermions import chain_order, mode_couplings
from qbcircuit.reference.pairs import pair_extremes
from qbcircuit.reference.symmetric import collective_form, lowest_and_highest
from qbcircuit.terms import Term

Kind = Literal["exact", "upper bound", "estimate"]
"""How far a norm can be trusted; an upper bound never lies below the truth."""

_LARGEST_DIAGONAL = 22
"""Most sites whose 2^N energies are listed."""

_LARGEST_SECTORS = 24
"""log2 of the most matrix elements, over all sectors, that are diagonalised."""

_SMALL_RANK = 8
"""log2 of the sectors that are diagonalised rather than certified."""

_MARGIN = 1e-11
"""Relative margin of a Cholesky certificate, above rounding."""

_TILE_SIZES = (4, 8, 11)

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


@functools.lru_cache(maxsize=256)
def _connected(terms: tuple[Term, ...], n_sites: int) -> Extremes:
    """The extremes of terms that hang together, by the first structure that fits."""
    if share_one_basis(terms) and _all_attainable(terms, n_sites):
        radius = math.fsum(string.norm for string in merged_strings(terms))
        return Extremes(-radius, radius, "exact")
    if pair := pair_extremes(terms, n_sites):
        return Extremes(*pair, "exact")
    if order := chain_order(terms, n_sites):
        modes = np.linalg.svd(mode_couplings(terms, order), compute_uv=False)
        return Extremes(-float(modes.sum()) / 4, float(modes.sum()) / 4, "exact")
    if form := collective_form(terms, n_sites):
        return Extremes(*lowest_and_highest(form), "exact")
    if share_one_basis(terms) and n_sites <= _LARGEST_DIAGONAL:
        return _by_transform(terms, n_sites)
    span = Span((flip_mask(term) for term in terms), n_sites)
    if n_sites + span.rank <= _LARGEST_SECTORS:
        return _by_sectors(terms, span)
    return Extremes(*cluster_bounds(terms, n_sites), "upper bound")


def _all_attainable(terms: tuple[Term, ...], n_sites: int) -> bool:
    """Whether product states reach every string's +strength at once, and every -strength.

    Strings of one basis are signs, products of signs of their sites: they can be chosen wherever
    no product of strings that is the identity asks for the sign -1.
    """
    strings = merged_strings(terms)
    masks = [sum(1 << site for site in string.sites) for string in strings]
    negative = [string.strength.real < 0 for string in strings]
    return all(
        not Span(
            [mask | (sign ^ wanted) << n_sites for mask, sign in zip(masks, negative, strict=True)],
            n_sites + 1,
        ).contains(1 << n_sites)
        for wanted in (False, True)
    )


def _by_transform(terms: tuple[Term, ...], n_sites: int) -> Extremes:
    """Strings of one basis are diagonal there: all 2^N energies by a fast Walsh transform."""
    energies = np.zeros(1 << n_sites)
    for string in merged_strings(terms):
        energies[sum(1 << site for site in string.sites)] += string.strength.real
    for site in range(n_sites):
        pairs = energies.reshape(-1, 2, 1 << site)
        even, odd = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        pairs[:, 0], pairs[:, 1] = even, odd
    return Extremes(float(energies.min()), float(energies.max()), "exact")


def _by_sectors(terms: tuple[Term, ...], span: Span) -> Extremes:
    """Every sector solved, equal ones once."""
    low, high = np.inf, -np.inf
    seen: set[bytes] = set()
    for starts in span.all_sectors():
        parts = sector.couplings(terms, span, span.sectors(starts))
        matrices = sector.dense(parts, starts.shape[1], 1 << span.rank)
        if span.rank <= _SMALL_RANK:
            energies = np.linalg.eigvalsh(matrices)
            low, high = min(low, energies[:, 0].min()), max(high, energies[:, -1].max())
            continue
        for matrix in matrices:
            digest = hashlib.sha256(matrix.tobytes()).digest()
            if digest not in seen:
                seen.add(digest)
                low, high = min(low, -_certified_top(-matrix)), max(high, _certified_top(matrix))
    return Extremes(float(low), float(high), "exact")


def _certified_top(matrix: sector.Array) -> float:
    """The largest eigenvalue by Lanczos, which a Cholesky factor proves to be the largest.

    Lanczos converges from below, perhaps to another eigenvalue; but if top + margin - H has a
    Cholesky factor, it is positive definite and no eigenvalue lies above.
    """
    start = np.cos(np.arange(len(matrix)))
    sparse = scipy.sparse.csr_array(matrix)
    top = float(scipy.sparse.linalg.eigsh(sparse, k=1, which="LA", v0=start)[0][0])
    size = float(np.abs(matrix).sum(axis=1).max())
    proof = -matrix
    proof[np.diag_indices_from(proof)] += top + _MARGIN * size
    try:
        scipy.linalg.cholesky(proof, overwrite_a=True, check_finite=False)
    except scipy.linalg.LinAlgError:
        return float(scipy.linalg.eigvalsh(matrix)[-1])
    return top


def cluster_bounds(
    terms: tuple[Term, ...], n_sites: int, *, sizes: Sequence[int] = _TILE_SIZES
) -> tuple[float, float]:
    """Certified bounds: H is cut into tiles whose extremes are exact, and those add up.

    Interactions go to tiles in order of their sites; a field is shared out between the tiles
    at its site. The best of several tile sizes counts, and the triangle bound.

    Args:
        terms: the Hamiltonian.
        n_sites: number of sites.
        sizes: sites of a tile, each below ``n_sites``.
    """
    radius = math.fsum(term.norm for term in terms)
    low, high = -radius, radius
    for size in sizes:
        tiles = [_renumbered(tile) for tile in _tiles(terms, size)]
        # a tile as large as the whole would come back here
        if all(n < n_sites for _, n in tiles):
            parts = [extreme_energies(*tile) for tile in tiles]
            low = max(low, math.fsum(one.low for one in parts))
            high = min(high, math.fsum(one.high for one in parts))
    return low, high


def _tiles(terms: tuple[Term, ...], size: int) -> list[list[Term]]:
    tiles: list[list[Term]] = []
    covered: list[set[int]] = []
    for one in interactions([term for term in terms if term.order > 1]):
        if not tiles or len(covered[-1].union(one.sites)) > max(size, one.order):
            tiles.append([])
            covered.append(set())
        tiles[-1].extend(one.terms)
        covered[-1].update(one.sites)
    for term in terms:
        if term.order == 1:
            homes = [i for i, sites in enumerate(covered) if term.sites[0] in sites]
            if not homes:
                homes = [len(tiles)]
                tiles.append([])
                covered.append({term.sites[0]})
            for home in homes:
                tiles[home].append(term.scaled(1 / len(homes)))
    return tiles


def _renumbered(tile: list[Term]) -> tuple[tuple[Term, ...], int]:
    place = {site: i for i, site in enumerate(sorted({s for term in tile for s in term.sites}))}
    moved = (
        Term(term.operators, (place[site] for site in term.sites), term.strength) for term in tile
    )
    return tuple(moved), len(place)
