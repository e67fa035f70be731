"""Sums of Pauli strings as bit masks: exact commutators, supports and small dense matrices.

A string with masks (x, z) is i^{|x & z|} X^x Z^z, so that x & z marks the letters Y; bit j is
site j. Reference for the phase rule: Aaronson and Gottesman, PRA 70, 052328 (2004).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse

from qbcircuit.terms import Term

Masks = npt.NDArray[np.uint64]

_WORD = 64
_NEGLIGIBLE = 1e-14
_FEW_PAIRS = 1 << 17
"""String pairs up to which a commutator looks at all of them, whether they share sites or not."""

_PAIRS_AT_ONCE = 1 << 20
"""Pairs sharing a site that a commutator looks at together."""

_ROWS_AT_ONCE = 32
"""Strings that are compared with all others together: tables stay small."""

_MANY = 1 << 32
"""More than two strings can share sites: keeps two counts apart in one number."""


@dataclass(frozen=True, slots=True, eq=False)
class PauliSum:
    """sum_s coefficients[s] * string(x[s], z[s]), every string once.

    Args:
        x: flip masks, shape (strings, words).
        z: phase masks, shape (strings, words).
        coefficients: shape (strings,).
    """

    x: Masks
    z: Masks
    coefficients: npt.NDArray[np.complex128]

    def __len__(self) -> int:
        return len(self.coefficients)

    @classmethod
    def of(cls, terms: Iterable[Term], n_sites: int) -> PauliSum:
        """The sum of terms."""
        strings: dict[tuple[int, int], complex] = {}
        largest = 0.0
        for x, z, value in cls.masks(terms):
            strings[x, z] = strings.get((x, z), 0.0) + value
            largest = max(largest, abs(value))
        return cls.from_masks(strings, n_sites, largest)

    @staticmethod
    def masks(terms: Iterable[Term]) -> Iterator[tuple[int, int, float]]:
        """``(x, z, coefficient)`` of every term's strings, repeated ones not merged."""
        for term in terms:
            yield from _masks(term)

    @classmethod
    def from_masks(
        cls, strings: Mapping[tuple[int, int], complex], n_sites: int, scale: float = 0.0
    ) -> PauliSum:
        """From ``{(x, z): coefficient}`` with masks of any length.

        Args:
            strings: coefficients; those that are rounding of ``scale`` are left out.
            n_sites: number of sites.
            scale: what coefficients were summed from.
        """
        words = max(1, -(-n_sites // _WORD))
        cut = _NEGLIGIBLE * scale
        kept = {masks: value for masks, value in strings.items() if abs(value) > cut}
        return cls(
            _packed([x for x, _ in kept], words),
            _packed([z for _, z in kept], words),
            np.array(list(kept.values()), dtype=np.complex128),
        )

    @property
    def one_norm(self) -> float:
        """Sum of absolute coefficients, at least the operator norm."""
        return float(np.abs(self.coefficients).sum())

    @property
    def supports(self) -> list[int]:
        """The sites of every string as a bit mask."""
        return _unpacked(self.x | self.z)

    def rows(self) -> list[tuple[int, int, complex]]:
        """``(x, z, coefficient)`` of every string, masks as plain integers."""
        values = self.coefficients.tolist()
        return list(zip(_unpacked(self.x), _unpacked(self.z), values, strict=True))

    def plus(self, other: PauliSum) -> PauliSum:
        """The sum of two sums."""
        return _merged(
            np.concatenate([self.x, other.x]),
            np.concatenate([self.z, other.z]),
            np.concatenate([self.coefficients, other.coefficients]),
        )

    def meet_at_most(self, other: PauliSum, most: int) -> bool:
        """Whether there are so many of :meth:`meetings`, or fewer."""
        sites = _WORD * self.x.shape[1]
        return len(self) * len(other) * sites <= most or self.meetings(other) <= most

    def meetings(self, other: PauliSum) -> int:
        """Pairs of strings, one of each sum, once for every site that they share."""
        sites = _WORD * self.x.shape[1]
        here, there = (
            np.bincount(_ones(one.x | one.z)[1], minlength=sites) for one in (self, other)
        )
        return int(here @ there)

    def commutator(self, other: PauliSum) -> PauliSum:
        """[self, other], exactly."""
        if len(self) * len(other) <= _FEW_PAIRS:
            return _merged(*_products(self, other, *_anticommuting(self, other)))
        rows = max(1, len(self) * _PAIRS_AT_ONCE // (1 + self.meetings(other)))
        flips, phases = (_incidence(one).T.tocsr() for one in (other.x, other.z))
        parts = []
        for start in range(0, len(self), rows):
            some = self.part(slice(start, start + rows))
            parts.append(_products(some, other, *_sharing_sites(some, flips, phases)))
        x, z, values = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
        return _merged(x, z, values)

    @property
    def all_commute(self) -> bool:
        """Whether every string commutes with every other."""
        crossed = _shared(self.z, self.x)
        return not ((crossed + crossed.T) & 1).any()

    def part(self, rows: slice | npt.NDArray[np.intp]) -> PauliSum:
        """Some of the strings."""
        return PauliSum(self.x[rows], self.z[rows], self.coefficients[rows])

    def sparse(self, n_sites: int) -> scipy.sparse.csr_array:
        """The matrix on all sites, sparse; bit j of an index is the level of site j."""
        states = np.arange(1 << n_sites)
        actions = list(_actions(self.rows(), states))
        rows = np.concatenate([states ^ x for x, _ in actions])
        values = np.concatenate([amplitudes for _, amplitudes in actions])
        columns = np.tile(states, len(actions))
        return scipy.sparse.csr_array((values, (rows, columns)), shape=(len(states),) * 2)

    def dense(self, sites: Iterable[int]) -> npt.NDArray[np.complex128]:
        """The matrix on ``sites``; bit i of an index is the level of the i-th site."""
        places = {site: i for i, site in enumerate(sites)}
        states = np.arange(1 << len(places))
        matrix = np.zeros((len(states), len(states)), dtype=np.complex128)
        local = [(relabelled(x, places), relabelled(z, places), v) for x, z, v in self.rows()]
        for x, values in _actions(local, states):
            matrix[states ^ x, states] += values
        return matrix


@functools.lru_cache(maxsize=1 << 12)
def _masks(term: Term) -> tuple[tuple[int, int, float], ...]:
    strings = []
    for letters, sites, value in term.paulis():
        x = z = 0
        for site, letter in zip(sites, letters, strict=True):
            bit = 1 << site
            x |= 0 if letter == "Z" else bit
            z |= 0 if letter == "X" else bit
        strings.append((x, z, value))
    return tuple(strings)


def _actions(
    rows: Iterable[tuple[int, int, complex]], states: npt.NDArray[np.int64]
) -> Iterator[tuple[int, npt.NDArray[np.complex128]]]:
    """Every string's flip mask, and its amplitude on each basis state."""
    for x, z, value in rows:
        signs = 1 - 2 * (np.bitwise_count(states & z) & 1).astype(float)
        yield x, value * 1j ** (x & z).bit_count() * signs


def anticommute(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two strings, rows that begin with (x, z), anticommute."""
    crossed = (one[0] & other[1]).bit_count() + (one[1] & other[0]).bit_count()
    return bool(crossed & 1)


def quarter_turns(one: Sequence[Any], other: Sequence[Any]) -> int:
    """q in P Q = i^q R, of two strings and the one whose masks are where theirs differ."""
    (x, z), (u, v) = one[:2], other[:2]
    letters_y = (x & z).bit_count() + (u & v).bit_count() - ((x ^ u) & (z ^ v)).bit_count()
    return int(letters_y + 2 * (z & u).bit_count()) % 4


def letter_at(x: int, z: int, site: int) -> str:
    """X, Y, Z, or a dot where a string of these masks does not act."""
    return ".XZY"[(x >> site & 1) + 2 * (z >> site & 1)]


def relabelled(mask: int, places: Mapping[int, int]) -> int:
    """A mask with every site moved to its place."""
    moved = 0
    while mask:
        low = mask & -mask
        moved |= 1 << places[low.bit_length() - 1]
        mask ^= low
    return moved


def bits(mask: int) -> list[int]:
    """Positions of the ones of a mask, lowest first."""
    positions = []
    while mask:
        low = mask & -mask
        positions.append(low.bit_length() - 1)
        mask ^= low
    return positions


def _packed(masks: list[int], words: int) -> Masks:
    table = b"".join(mask.to_bytes(_WORD // 8 * words, "little") for mask in masks)
    return np.frombuffer(table, dtype="<u8").astype(np.uint64).reshape(len(masks), words)


def _unpacked(masks: Masks) -> list[int]:
    table, width = masks.astype("<u8").tobytes(), _WORD // 8 * masks.shape[1]
    ends = range(width, len(table) + 1, width)
    return [int.from_bytes(table[end - width : end], "little") for end in ends]


def _weight(masks: Masks) -> npt.NDArray[np.int64]:
    counts: npt.NDArray[np.int64] = np.bitwise_count(masks).sum(axis=-1, dtype=np.int64)
    return counts


def _shared(left: Masks, right: Masks) -> npt.NDArray[np.int32]:
    """Ones that every mask shares with every other, shape (left, right)."""
    total = np.zeros((len(left), len(right)), dtype=np.int32)
    for start in range(0, len(left), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        for word in range(left.shape[1]):
            total[some] += np.bitwise_count(left[some, word, None] & right[:, word])
    return total


Indices = npt.NDArray[np.int64]


def _products(
    left: PauliSum, right: PauliSum, a: Indices, b: Indices, crossed: Indices
) -> tuple[Masks, Masks, npt.NDArray[np.complex128]]:
    """Products of the anticommuting pairs, twice each: i^{y_a + y_b - y_ab + 2|z_a & x_b|}."""
    x, z = left.x[a] ^ right.x[b], left.z[a] ^ right.z[b]
    power = (
        _weight(left.x & left.z)[a] + _weight(right.x & right.z)[b] - _weight(x & z) + 2 * crossed
    )
    phases = np.array([1, 1j, -1, -1j])[power % 4]
    return x, z, 2 * phases * left.coefficients[a] * right.coefficients[b]


def _anticommuting(left: PauliSum, right: PauliSum) -> tuple[Indices, Indices, Indices]:
    """Rows of the pairs that anticommute, and |z_a & x_b| of each."""
    crossed = _shared(left.z, right.x)
    a, b = np.nonzero((crossed + _shared(left.x, right.z)) & 1)
    return a, b, crossed[a, b].astype(np.int64)


def _sharing_sites(
    left: PauliSum, flips: scipy.sparse.csr_array, phases: scipy.sparse.csr_array
) -> tuple[Indices, Indices, Indices]:
    """:func:`_anticommuting` from the pairs that share a site: linear in the length of a chain.

    Args:
        left: one sum.
        flips: which site (row) is flipped by which string (column) of the other.
        phases: the same for its phases.
    """
    forward = _incidence(left.z) @ flips
    backward = _incidence(left.x) @ phases
    both = (forward * _MANY + backward).tocoo()
    crossed, back = np.divmod(both.data, _MANY)
    odd = ((crossed + back) & 1).astype(bool)
    return both.row[odd].astype(np.int64), both.col[odd].astype(np.int64), crossed[odd]


def _ones(masks: Masks) -> tuple[Indices, Indices]:
    """String and site of every one."""
    strings, words = np.nonzero(masks)
    octets = masks[strings, words].astype("<u8").view(np.uint8)
    inside, bit = np.nonzero(np.unpackbits(octets, bitorder="little").reshape(-1, _WORD))
    return strings[inside], _WORD * words[inside] + bit


def _incidence(masks: Masks) -> scipy.sparse.csr_array:
    """Ones where a string (row) has a site (column)."""
    where = _ones(masks)
    shape = len(masks), _WORD * masks.shape[1]
    return scipy.sparse.csr_array((np.ones(len(where[0]), dtype=np.int64), where), shape=shape)


def _merged(x: Masks, z: Masks, values: npt.NDArray[np.complex128]) -> PauliSum:
    if not len(values):
        return PauliSum(x, z, values)
    rows = np.concatenate([x, z], axis=1)
    order = np.lexsort(rows.T[::-1])
    rows, values = rows[order], values[order]
    firsts = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
    total = np.add.reduceat(values, firsts)
    # what cancels exactly leaves rounding behind, relative to what went in, in any unit of energy
    kept = np.abs(total) > _NEGLIGIBLE * np.add.reduceat(np.abs(values), firsts).max()
    rows, words = rows[firsts[kept]], x.shape[1]
    return PauliSum(rows[:, :words], rows[:, words:], total[kept])
