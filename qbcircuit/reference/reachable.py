"""The basis states that a Hamiltonian reaches from a start, and matrices on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from qbcircuit.reference.monomials import Product

States = NDArray[np.int64]
"""Levels of every site, shape (n_states, n_sites)."""


class TooManyStates(Exception):
    """More basis states are reached than may be kept."""


class Basis:
    """Basis states in order of their number, site 0 counting fastest.

    Args:
        states: without repetition, any order.
        dimensions: number of levels of every site.
    """

    def __init__(self, states: States, dimensions: Sequence[int]) -> None:
        self.dimensions = tuple(dimensions)
        strides = [math.prod(self.dimensions[:j]) for j in range(len(self.dimensions))]
        wide = math.prod(self.dimensions) >= 1 << 62
        self._strides = np.array(strides, dtype=object if wide else np.int64)
        numbers = self.numbers(states)
        order = np.argsort(numbers)
        self.states = states[order]
        self._numbers = numbers[order]

    def __len__(self) -> int:
        return len(self.states)

    def numbers(self, states: States) -> NDArray[Any]:
        """The number of every state: its index among all states of the sites."""
        return np.asarray(states @ self._strides)

    @property
    def indices(self) -> NDArray[Any]:
        """The numbers of the states kept, increasing."""
        return self._numbers

    def places(self, states: States) -> NDArray[np.int64]:
        """Where states stand in the basis; they must be in it."""
        return np.searchsorted(self._numbers, self.numbers(states))

    def matrix(self, products: Iterable[Product]) -> sp.csr_array:
        """A sum of products on the basis, real where it can be; what leaves it is dropped."""
        n = len(self)
        rows, columns, entries = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros(0, complex)]
        for product in products:
            alive, moved, amplitudes = product.apply(self.states)
            place = np.minimum(self.places(moved), n - 1)
            inside = self._numbers[place] == self.numbers(moved)
            rows.append(place[inside])
            columns.append(alive[inside])
            entries.append(amplitudes[inside])
        values = np.concatenate(entries)
        if not values.imag.any():
            values = values.real
        where = np.concatenate(rows), np.concatenate(columns)
        return sp.csr_array(sp.coo_array((values, where), shape=(n, n)))

    def energy(self, levels: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Sum of level energies in each state.

        Args:
            levels: energies of every site's levels; none for a site that does not count.
        """
        total = np.zeros(len(self))
        for site, table in enumerate(levels):
            if len(table):
                total += np.asarray(table)[self.states[:, site]]
        return total


def reachable(
    starts: States, products: Sequence[Product], dimensions: Sequence[int], *, most: int
) -> Basis:
    """All states that products lead to from the starts, one after another.

    Args:
        starts: shape (n_starts, n_sites).
        products: closed under conjugation, or not (resets).
        dimensions: number of levels of every site.
        most: states that may be kept.

    Raises:
        TooManyStates: more are reached.
    """
    if len(starts) > most:
        raise TooManyStates
    whole = Basis(starts, dimensions)
    frontier = whole.states
    while len(frontier):
        found = [product.apply(frontier)[1] for product in products]
        fresh = np.concatenate([frontier[:0], *found])
        numbers, first = np.unique(whole.numbers(fresh), return_index=True)
        known = whole.indices
        place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
        frontier = fresh[first[known[place] != numbers]]
        if len(whole) + len(frontier) > most:
            raise TooManyStates
        whole = Basis(np.concatenate([whole.states, frontier]), dimensions)
    return whole


def all_states(dimensions: Sequence[int]) -> Basis:
    """Every basis state of the sites."""
    grids = np.indices(tuple(dimensions)[::-1]).reshape(len(dimensions), -1)
    return Basis(grids[::-1].T.copy(), dimensions)
