"""The generators that a pulse weighs, as matrices on the states that it can reach."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.optimise.task import ChargingTask
from qbcircuit.terms import Term

LARGEST_DENSE = 7
"""Most cells whose 2^N states are followed one by one."""

LARGEST_ALIKE = 10
"""Most cells that are charged alike."""

_MOST_STRINGS = 4096
"""Most Pauli strings of one slice."""

_NEGLIGIBLE = 1e-13
"""Strength, over a slice's largest, below which a string is left out."""

Array = NDArray[np.complex128]
String = tuple[str, tuple[int, ...]]
"""Letters, and the cells they act on."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Controls:
    """P generators G_p, of which a slice is H = sum_p c_p G_p.

    Args:
        strings: the Pauli strings that each generator sums.
        weights: what each string of a generator is multiplied by.
        blocks: the generators on invariant subspaces, each (P, d*d), rows of matrices; the
            first holds the states from start to target, all of them together the spectrum.
        start: index of the start in the first block.
        target: index of the target in the first block.
    """

    strings: tuple[tuple[String, ...], ...]
    weights: tuple[float, ...]
    blocks: tuple[scipy.sparse.csr_array, ...]
    start: int
    target: int

    @property
    def size(self) -> int:
        """P."""
        return len(self.strings)

    @property
    def dimension(self) -> int:
        """Number of states in the first block."""
        return math.isqrt(self.blocks[0].shape[1])

    def hamiltonians(self, pulse: NDArray[np.float64], block: int = 0) -> Array:
        """H of every slice on one block, (L, d, d), from strengths (L, P)."""
        flat = pulse @ self.blocks[block]
        size = math.isqrt(flat.shape[1])
        return np.asarray(flat, dtype=complex).reshape(len(pulse), size, size)

    def pulled_back(self, slopes: Array, block: int = 0) -> NDArray[np.float64]:
        """Slopes along the strengths, (L, P), of a function with slopes (L, d, d) along H.

        ``slopes[l, i, j]`` is the derivative by H_ij of slice l, in the sense of
        Re sum_ij slopes_ij dH_ij.
        """
        flat = slopes.reshape(len(slopes), -1)
        return np.ascontiguousarray((self.blocks[block] @ flat.T).real.T)

    def terms(self, strengths: NDArray[np.float64]) -> tuple[Term, ...]:
        """One slice as terms, negligible ones left out."""
        largest = float(np.abs(strengths).max())
        return tuple(
            Term(letters, sites, float(strength) * weight)
            for own, weight, strength in zip(self.strings, self.weights, strengths, strict=True)
            if abs(strength) > _NEGLIGIBLE * largest
            for letters, sites in own
        )


def every_string(task: ChargingTask) -> Controls:
    """One generator for every Pauli string of weight 1..k, on all 2^N states.

    Raises:
        InvalidRequest: more cells or strings than can be followed.
    """
    n = task.n_cells
    if n > LARGEST_DENSE:
        raise InvalidRequest(
            f"A search over all states takes up to {LARGEST_DENSE} cells, got N={n}. "
            "Use --symmetric, which charges all cells alike."
        )
    strings = tuple(_strings(n, task.order))
    elements = scipy.sparse.vstack([_pauli(string, n) for string in strings], format="csr")
    return Controls(
        strings=tuple((string,) for string in strings),
        weights=(1.0,) * len(strings),
        blocks=(scipy.sparse.csr_array(elements),),
        start=_index(task.start.levels),
        target=_index(task.target.levels),
    )


def alike_cells(task: ChargingTask) -> Controls:
    """One generator for every kind of string, summed over the cells, on every total spin.

    The states from |0...0> to |1...1> keep the largest spin N/2; the spectrum, which C0 limits,
    needs every other spin too.

    Raises:
        InvalidRequest: a start or target that tells cells apart, or too many of them.
    """
    n = task.n_cells
    if not task.is_symmetric:
        raise InvalidRequest(
            f'Charging from "{task.start.bits}" to "{task.target.bits}" tells cells apart. '
            "Use --no-symmetric."
        )
    if n > LARGEST_ALIKE:
        raise InvalidRequest(f"A search takes up to {LARGEST_ALIKE} cells, got N={n}.")
    _check_count(n, task.order)
    kinds = [kind for kind in _kinds(task.order) if sum(kind)]
    spins = range(n, -1, -2) if task.constraint is Constraint.C0 else (n,)
    strings = tuple(tuple(_placements(kind, n)) for kind in kinds)
    weights = tuple(1 / math.sqrt(len(own)) for own in strings)
    return Controls(
        strings=strings,
        weights=weights,
        blocks=tuple(_alike_block(kinds, weights, n, spin) for spin in spins),
        start=sum(task.start.levels),
        target=sum(task.target.levels),
    )


def _index(levels: Sequence[int]) -> int:
    return sum(level << site for site, level in enumerate(levels))


def _check_count(n_cells: int, order: int) -> None:
    count = sum(math.comb(n_cells, weight) * 3**weight for weight in range(1, order + 1))
    if count > _MOST_STRINGS:
        raise InvalidRequest(
            f"k={order} among N={n_cells} cells makes {count} strings, and {_MOST_STRINGS} are "
            "the most. Use a smaller k or N."
        )


def _strings(n_cells: int, order: int) -> Iterable[String]:
    _check_count(n_cells, order)
    for weight in range(1, order + 1):
        for sites in itertools.combinations(range(n_cells), weight):
            for letters in itertools.product("XYZ", repeat=weight):
                yield "".join(letters), sites


def _pauli(string: String, n_cells: int) -> scipy.sparse.csr_array:
    """A Pauli string as one row of 4^N elements; bit j of an index is cell j."""
    size = 1 << n_cells
    columns = np.arange(size)
    rows, values = columns.copy(), np.ones(size, dtype=complex)
    for letter, site in zip(*string, strict=True):
        signs = 1 - 2 * (columns >> site & 1)
        if letter != "Z":
            rows ^= 1 << site
        values *= {"X": np.ones(size), "Y": 1j * signs, "Z": signs}[letter]
    places = (np.zeros(size, dtype=int), rows * size + columns)
    return scipy.sparse.csr_array((values, places), shape=(1, size * size))


Kind = tuple[int, int, int]
"""How many X, Y and Z a string has."""


def _kinds(order: int) -> list[Kind]:
    """All kinds of up to ``order`` letters, shorter ones first."""
    counts = itertools.product(range(order + 1), repeat=3)
    return sorted(((a, b, c) for a, b, c in counts if a + b + c <= order), key=sum)


def _placements(kind: Kind, n_cells: int) -> Iterable[String]:
    word = "X" * kind[0] + "Y" * kind[1] + "Z" * kind[2]
    orders = sorted(set(itertools.permutations(word)))
    for sites in itertools.combinations(range(n_cells), len(word)):
        for letters in orders:
            yield "".join(letters), sites


def _alike_block(
    kinds: Sequence[Kind], weights: Sequence[float], n_cells: int, spin: int
) -> scipy.sparse.csr_array:
    sums = collective_sums(n_cells, spin, max(sum(kind) for kind in kinds))
    rows = [weight * sums[kind].reshape(-1) for kind, weight in zip(kinds, weights, strict=True)]
    return scipy.sparse.csr_array(np.array(rows))


def collective_sums(n_cells: int, spin: int, order: int) -> dict[Kind, Array]:
    """S(a, b, c), the sum of all strings with a X, b Y and c Z, on total spin ``spin``/2.

    With S_X = sum_j X_j, placing one more X on the strings of S(a, b, c) gives

    S_X S(a,b,c) = (a+1) S(a+1,b,c) + (N-a-b-c+1) S(a-1,b,c)
                   + i (c+1) S(a,b-1,c+1) - i (b+1) S(a,b+1,c-1),

    an identity of operators on N cells, so true on every total spin; likewise for Y and Z.

    Args:
        n_cells: N.
        spin: twice the total spin; the block has spin + 1 states, by rising excitation.
        order: the most letters.
    """
    excited = np.arange(spin + 1)
    up = np.diag(np.sqrt((excited[:-1] + 1) * (spin - excited[:-1])), -1).astype(complex)
    single = (up + up.T, 1j * up - 1j * up.T, np.diag(spin - 2.0 * excited).astype(complex))
    sums: dict[Kind, Array] = {(0, 0, 0): np.eye(spin + 1, dtype=complex)}
    for kind in _kinds(order)[1:]:
        letter = next(i for i in range(3) if kind[i])
        fewer = _moved(kind, letter, -1)
        total = single[letter] @ sums[fewer]
        if fewer[letter]:
            total = total - (n_cells - sum(fewer) + 1) * sums[_moved(fewer, letter, -1)]
        for other, sign in (((letter + 1) % 3, 1), ((letter + 2) % 3, -1)):
            if fewer[other]:
                third = 3 - letter - other
                turned = _moved(_moved(fewer, other, -1), third, 1)
                total = total - sign * 1j * turned[third] * sums[turned]
        sums[kind] = total / kind[letter]
    return sums


def _moved(kind: Kind, letter: int, by: int) -> Kind:
    a, b, c = (count + by * (place == letter) for place, count in enumerate(kind))
    return a, b, c
