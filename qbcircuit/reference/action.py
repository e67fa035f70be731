"""What a term does to basis states: each product of letters sends one to one, with an amplitude."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.terms import Term

Bits = NDArray[np.bool_]
"""Basis states as columns: ``bits[site, state]``, so that any number of sites fits."""

_BATCH = 1 << 20
"""Matrix elements of the sectors that are handled at once."""

_CONJUGATE = {"X": "X", "Y": "Y", "Z": "Z", "+": "-", "-": "+"}


def amplitudes(term: Term, bits: Bits) -> NDArray[np.complex128]:
    """<x XOR flips| term |x> for every basis state x.

    Args:
        term: the term, Hermitian conjugate included.
        bits: shape (n_sites, n_states).

    Returns:
        One complex energy a state, shape (n_states,).
    """
    total = _product(term.operators, term.sites, term.strength, bits)
    if term.adds_conjugate:
        letters = tuple(_CONJUGATE[letter] for letter in term.operators)
        total += _product(letters, term.sites, term.strength.conjugate(), bits)
    return total


def _product(
    letters: Sequence[str], sites: Sequence[int], strength: complex, bits: Bits
) -> NDArray[np.complex128]:
    n_states = bits.shape[1]
    odd = np.zeros(n_states, dtype=np.bool_)
    forbidden = np.zeros(n_states, dtype=np.bool_)
    for letter, site in zip(letters, sites, strict=True):
        if letter in "YZ":
            odd ^= bits[site]
        elif letter == "+":
            forbidden |= bits[site]
        elif letter == "-":
            forbidden |= ~bits[site]
    scale = strength * 1j ** (list(letters).count("Y") % 4)
    values = np.full(n_states, scale, dtype=np.complex128)
    values[odd] *= -1
    values[forbidden] = 0
    return values


def flip_mask(term: Term) -> int:
    """The sites a term flips, as an integer whose bit j is site j."""
    return sum(1 << site for site in term.flips)


def bit_columns(masks: Sequence[int], n_sites: int) -> Bits:
    """Basis states (or flip masks) as columns, shape (n_sites, n_masks)."""
    rows = [[mask >> site & 1 for mask in masks] for site in range(n_sites)]
    return np.array(rows, dtype=np.bool_)


class Span:
    """The GF(2) span of flip masks, with masks themselves as its basis.

    A flip by the i-th basis mask is then a flip of bit i of the coordinate, so that matrices
    on a sector are as local as the terms are.

    Args:
        masks: integers whose bit j is site j; zero and repeated ones are ignored.
        n_sites: number of sites.
    """

    def __init__(self, masks: Iterable[int], n_sites: int) -> None:
        self.n_sites = n_sites
        self.basis: list[int] = []
        self._reduced: dict[int, tuple[int, int]] = {}
        for mask in sorted(set(masks), key=lambda m: (m.bit_count(), m)):
            left, combination = self._reduce(mask)
            if left:
                combination |= 1 << len(self.basis)
                self._reduced[left.bit_length()] = (left, combination)
                self.basis.append(mask)

    @property
    def rank(self) -> int:
        """Dimension of the span; a sector has 2^rank basis states."""
        return len(self.basis)

    def _reduce(self, mask: int) -> tuple[int, int]:
        combination = 0
        while mask and mask.bit_length() in self._reduced:
            vector, coordinates = self._reduced[mask.bit_length()]
            mask ^= vector
            combination ^= coordinates
        return mask, combination

    def coordinates(self, mask: int) -> int:
        """Which basis masks add up to ``mask``, as an integer whose bit i is basis mask i."""
        left, combination = self._reduce(mask)
        if left:
            raise ValueError(f"mask {mask:b} is outside the span")
        return combination

    def contains(self, mask: int) -> bool:
        """Whether the mask is a sum of basis masks."""
        return not self._reduce(mask)[0]

    def free_sites(self) -> list[int]:
        """Sites whose bits label the sectors: setting them at will visits every sector once."""
        pivots = {length - 1 for length in self._reduced}
        return [site for site in range(self.n_sites) if site not in pivots]

    def sectors(self, starts: Bits) -> Bits:
        """All states reached from each start, in order of their coordinate, start by start.

        Args:
            starts: basis states, shape (n_sites, n_starts).

        Returns:
            Shape (n_sites, n_starts * 2^rank).
        """
        bits = starts[:, :, None]
        for mask in self.basis:
            flipped = bits ^ bit_columns([mask], self.n_sites)[:, :, None]
            bits = np.concatenate([bits, flipped], axis=2)
        return bits.reshape(self.n_sites, -1)

    def all_sectors(self) -> Iterator[Bits]:
        """One state of every sector, in batches of shape (n_sites, n_starts)."""
        free = np.array(self.free_sites(), dtype=np.int64)
        at_once = max(1, _BATCH >> 2 * self.rank)
        for first in range(0, 1 << len(free), at_once):
            labels = np.arange(first, min(first + at_once, 1 << len(free)))
            starts = np.zeros((self.n_sites, labels.size), dtype=np.bool_)
            starts[free] = labels >> np.arange(len(free))[:, None] & 1
            yield starts
