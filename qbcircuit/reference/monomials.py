"""Letters of any number of levels as maps that send each level to one level, with a factor."""

from __future__ import annotations

import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.terms import Term, matrix_unit

_TWO_LEVEL: dict[str, tuple[tuple[int, int], tuple[complex, complex]]] = {
    "X": ((1, 0), (1, 1)),
    "Y": ((1, 0), (1j, -1j)),
    "Z": ((0, 1), (1, -1)),
    "+": ((1, 1), (1, 0)),
    "-": ((0, 0), (0, 1)),
}


_CONJUGATE = {"+": "-", "-": "+"}
_CANCELLED = 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class Monomial:
    """|l> -> factor_l |target_l>; a factor of 0 ends in nothing.

    Args:
        target: shape (d,), levels.
        factor: shape (d,).
    """

    target: NDArray[np.int64]
    factor: NDArray[np.complex128]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Monomial) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[bytes, bytes]:
        return self.target.tobytes(), self.factor.tobytes()

    @property
    def adjoint(self) -> Monomial:
        """The map back; no two levels with factors other than 0 may have one target."""
        target, factor = np.arange(len(self.target)), np.zeros(len(self.target), dtype=complex)
        sent = np.flatnonzero(self.factor)
        target[self.target[sent]] = sent
        factor[self.target[sent]] = self.factor[sent].conj()
        return Monomial(target, factor)

    @property
    def matrix(self) -> NDArray[np.complex128]:
        """Shape (d, d)."""
        found = np.zeros((len(self.target),) * 2, dtype=complex)
        found[self.target, np.arange(len(self.target))] = self.factor
        return found


@functools.lru_cache(maxsize=1024)
def monomial(letter: str, dimension: int) -> Monomial:
    """What a letter does to a site of ``dimension`` levels."""
    levels = np.arange(dimension)
    unit = matrix_unit(letter)
    if unit is not None:
        row, column = unit
        return Monomial(np.full(dimension, row), (levels == column).astype(complex))
    if letter in _TWO_LEVEL:
        target, factor = _TWO_LEVEL[letter]
        return Monomial(np.array(target), np.array(factor, dtype=complex))
    if letter == "n":
        return Monomial(levels, levels.astype(complex))
    lowers = Monomial(np.maximum(levels - 1, 0), np.sqrt(levels).astype(complex))
    return lowers if letter == "a" else lowers.adjoint


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """strength * product of monomials on different sites, conjugate not included."""

    strength: complex
    sites: tuple[int, ...] = ()
    maps: tuple[Monomial, ...] = ()

    @property
    def adjoint(self) -> Product:
        """The Hermitian conjugate."""
        return Product(
            self.strength.conjugate(), self.sites, tuple(one.adjoint for one in self.maps)
        )

    def apply(
        self, states: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.complex128]]:
        """Which states survive, what becomes of them, and their amplitudes.

        Args:
            states: levels of every site, shape (n_states, n_sites).

        Returns:
            Indices (m,), new levels (m, n_sites), amplitudes (m,).
        """
        amplitudes = np.full(len(states), self.strength, dtype=complex)
        for site, one in zip(self.sites, self.maps, strict=True):
            amplitudes *= one.factor[states[:, site]]
        alive = np.flatnonzero(amplitudes)
        moved = states[alive]
        for site, one in zip(self.sites, self.maps, strict=True):
            moved[:, site] = one.target[moved[:, site]]
        return alive, moved, amplitudes[alive]


def products(terms: Iterable[Term], dimensions: Sequence[int]) -> tuple[Product, ...]:
    """Terms as products, Hermitian conjugates among them.

    Terms that conserve the number of charged sites together, such as XX + YY, come as + and -.

    Args:
        terms: whose letters fit the sites.
        dimensions: number of levels of every site.
    """
    terms = tuple(terms)
    found: list[Product] = list(conserving(terms) or ())
    for term in () if found else terms:
        maps = tuple(
            monomial(letter, dimensions[site])
            for letter, site in zip(term.operators, term.sites, strict=True)
        )
        one = Product(term.strength, term.sites, maps)
        found += [one, one.adjoint] if term.adds_conjugate else [one]
    return tuple(found)


_RAISING: dict[str, tuple[tuple[str, complex], ...]] = {
    "X": (("+", 1), ("-", 1)),
    "Y": (("+", 1j), ("-", -1j)),
}
_MOST_EXPANDED = 4


def conserving(terms: Sequence[Term]) -> tuple[Product, ...] | None:
    """Terms of two-level sites that conserve the number of charged ones, in + - and Z.

    X = (+) + (-) and Y = i(+) - i(-); what changes the number must cancel.

    Returns:
        ``None`` where the number is not conserved, or too many letters would have to be expanded.
    """
    total: dict[tuple[tuple[int, str], ...], complex] = defaultdict(complex)
    for term in terms:
        flips = sum(letter in "XY" for letter in term.operators)
        if not term.is_two_level or flips > _MOST_EXPANDED or flips % 2:
            return None
        choices = [_RAISING.get(letter, ((letter, 1),)) for letter in term.operators]
        for choice in itertools.product(*choices):
            letters = [letter for letter, _ in choice]
            value = term.strength * math.prod(factor for _, factor in choice)
            total[tuple(sorted(zip(term.sites, letters, strict=True)))] += value
            if term.adds_conjugate:
                turned = [_CONJUGATE.get(letter, letter) for letter in letters]
                total[tuple(sorted(zip(term.sites, turned, strict=True)))] += value.conjugate()
    largest = max(map(abs, total.values()), default=0.0)
    found = []
    for placed, value in total.items():
        letters = [letter for _, letter in placed]
        if abs(value) <= _CANCELLED * largest:
            continue
        if letters.count("+") != letters.count("-"):
            return None
        maps = tuple(monomial(letter, 2) for letter in letters)
        found.append(Product(value, tuple(site for site, _ in placed), maps))
    return tuple(found)
