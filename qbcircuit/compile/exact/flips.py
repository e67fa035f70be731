"""Interactions that either leave every level alone or flip one fixed set of sites together.

Such an H couples a basis state only with its flipped partner: a two-level problem for every
pair, which is solved in closed form.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qbcircuit.terms import Term

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

_NEGLIGIBLE = 1e-12

_LETTER: dict[str, tuple[complex, complex]] = {
    "X": (1, 1),
    "Y": (1j, -1j),
    "Z": (1, -1),
    "+": (1, 0),
    "-": (0, 1),
}
"""Amplitude with which a letter takes level 0, and level 1, to where it leads."""


def flip_sets(terms: Iterable[Term]) -> set[frozenset[int]]:
    """The sets of sites that are flipped together; the empty set is left out."""
    return {term.flips for term in terms} - {frozenset()}


def amplitude(term: Term, levels: Sequence[int]) -> complex:
    """<b flipped| term |b> for the basis state ``levels`` (one level per site)."""
    value = 1.0 + 0j
    back = 1.0 + 0j
    for site, letter in zip(term.sites, term.operators, strict=True):
        level = levels[site]
        value *= _LETTER[letter][level]
        back *= _LETTER[letter][level if letter == "Z" else 1 - level]
    if not term.adds_conjugate:
        return term.strength * value
    return term.strength * value + (term.strength * back).conjugate()


def amplitudes(term: Term, sites: Sequence[int]) -> Complexes:
    """:func:`amplitude` of every basis state of ``sites``; bit i of the index is sites[i]."""
    letters = dict(zip(term.sites, term.operators, strict=True))
    ones = (1.0, 1.0)
    rows = [np.array(_LETTER.get(letters.get(s, ""), ones), dtype=complex) for s in sites]
    forward = functools.reduce(lambda table, row: np.kron(row, table), rows, np.ones(1, complex))
    if not term.adds_conjugate:
        return np.asarray(term.strength * forward)
    mask = sum(1 << i for i, s in enumerate(sites) if s in term.flips)
    back = forward[np.arange(len(forward)) ^ mask]
    both: Complexes = term.strength * forward + np.conj(term.strength * back)
    return both


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """H seen from the root of a tree: |y><y| (x) (shift + along X, Y, Z), one row per pattern.

    Args:
        vectors: Bloch vectors (X, Y, Z) of the root's generator, shape (2^(k-1), 3); bit i of
            a pattern is the (i+1)-th wire.
        shifts: multiples of the root's identity, shape (2^(k-1),).
    """

    vectors: Floats
    shifts: Floats

    @property
    def transverse(self) -> npt.NDArray[np.bool_]:
        """Patterns in which the root is flipped."""
        flips: npt.NDArray[np.bool_] = np.hypot(*self.vectors.T[:2]) > self.tolerance
        return flips

    @property
    def tolerance(self) -> float:
        """What counts as zero."""
        return _NEGLIGIBLE * float(np.abs(self.vectors).max(initial=0.0))


def pairs_of(terms: Iterable[Term], wires: Sequence[int], tree: Sequence[tuple[int, int]]) -> Pairs:
    """The two-level problems of H after contracting a tree that spans the flipped sites.

    Args:
        terms: with one set of flips at most.
        wires: all sites of H, the tree's root first.
        tree: pairs (from, to), root first, over the flipped sites.
    """
    place = {site: i for i, site in enumerate(wires)}
    states = np.arange(1 << len(wires))
    for teller, told in tree:
        states ^= (states >> place[teller] & 1) << place[told]
    terms = tuple(terms)
    still = [amplitudes(term, wires)[states].real for term in terms if not term.flips]
    moving = [amplitudes(term, wires)[states] for term in terms if term.flips]
    energy = sum(still, np.zeros(len(states))).reshape(-1, 2)
    hop = sum(moving, np.zeros(len(states), dtype=complex)).reshape(-1, 2)[:, 0]
    vectors = np.stack([hop.real, hop.imag, (energy[:, 0] - energy[:, 1]) / 2], axis=1)
    return Pairs(vectors=vectors, shifts=energy.mean(axis=1))


def axes(pairs: Pairs) -> tuple[Floats, Floats, Floats]:
    """Tilts, turns and signed energies with v_y = e_y RZ(turn_y) RY(tilt_y) z.

    Where a pattern leaves an angle free, or a sign can make it so, it is the same for all.

    Returns:
        Three arrays, one value per pattern.
    """
    x, y, z = pairs.vectors.T
    moving = pairs.transverse
    turns = np.where(moving, np.arctan2(y, x) % np.pi, np.nan)
    turns[np.abs(turns - np.pi) < _NEGLIGIBLE] = 0.0
    turns = _filled(turns)
    across = x * np.cos(turns) + y * np.sin(turns)
    tilts = np.where(moving, np.arctan2(across, z), 0.0)
    flat = ~moving & (np.abs(z) <= pairs.tolerance)
    folded = np.where(flat, np.nan, (tilts + np.pi / 2) % np.pi - np.pi / 2)
    folded[np.abs(folded + np.pi / 2) < _NEGLIGIBLE] = np.pi / 2
    folded = _filled(folded)
    return folded, turns, across * np.sin(folded) + z * np.cos(folded)


def _filled(angles: Floats) -> Floats:
    """Free angles (nan) take the first value that is not free."""
    taken = angles[~np.isnan(angles)]
    filled: Floats = np.where(np.isnan(angles), taken[0] if len(taken) else 0.0, angles)
    return filled
