"""States of a few cells from product Pauli bases, and what can be extracted from them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.bracket import Bracket
from qbcircuit.estimate.populations import split
from qbcircuit.merit import product_energies

Matrix = NDArray[np.complex128]
Array = NDArray[np.float64]

Bases = tuple[str, ...]
"""The letters that two-level cells were read in, the first cell first."""

SettingCounts = Mapping[Bases, Counts]
"""Counts by bases; in an outcome the rightmost bit is the first cell's, 0 the eigenvalue +1."""

Witness = Callable[[Matrix], Matrix]
"""The observable whose mean is a figure of this state and at most the figure of any other."""

MOST_CELLS = 4
"""Most cells of one tomography: 3^n settings, 4^n numbers."""

_READ_AS: dict[str, tuple[Matrix, Matrix]] = {
    letter: ((np.eye(2) + pauli) / 2, (np.eye(2) - pauli) / 2)
    for letter, pauli in {
        "X": np.array([[0, 1], [1, 0]], dtype=complex),
        "Y": np.array([[0, -1j], [1j, 0]]),
        "Z": np.diag([1.0 + 0j, -1.0]),
    }.items()
}
"""Projectors on what is read as 0 and as 1."""


def tomography_bases(n_cells: int, cells: Sequence[int]) -> list[Bases]:
    """The 3^n product bases in which some of the cells are to be read, the others in Z.

    Args:
        n_cells: N, all that are read.
        cells: which, as places among them.

    Raises:
        InvalidRequest: more than four cells.
    """
    if len(cells) > MOST_CELLS:
        raise InvalidRequest(
            f"Tomography of {len(cells)} cells takes {3 ** len(cells)} settings, and "
            f"{MOST_CELLS} cells are the most. Name fewer cells."
        )
    found = []
    for letters in itertools.product("XYZ", repeat=len(cells)):
        basis = ["Z"] * n_cells
        for cell, letter in zip(cells, letters, strict=True):
            basis[cell] = letter
        found.append(tuple(basis))
    return found


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tomogram:
    """How often each outcome of some cells was seen in each of their 3^n bases.

    Args:
        seen: shape (3^n, 2^n); in an outcome's index the first cell counts fastest.
        snapshots: shape (3^n, 2^n, 2^n, 2^n): what each outcome says of the state; the mean over
            bases and shots is the state.
    """

    seen: Array
    snapshots: Matrix

    def state(self) -> Matrix:
        """Linear inversion: unbiased, Hermitian, of trace 1, but perhaps not positive.

        rho = mean over bases and shots of the product over cells of 3|b><b| - 1.

        Returns:
            Shape (2^n, 2^n), the first cell counting fastest.
        """
        return _inverted(self.seen, self.snapshots)

    def mean(self, observable: Matrix) -> tuple[float, float]:
        """tr(rho O) and its standard error, unbiased.

        Args:
            observable: Hermitian, shape (2^n, 2^n).
        """
        return _mean(self.seen, self._scores(observable)[None], self.seen[None])

    def bracket(self, witness: Witness, *, seed: int = 0) -> Bracket:
        """A figure that is a maximum of means, from below and from above.

        Upper: the figure of the linear inversion. Lower: every tenth of the shots is judged by the
        observable that the other nine tenths chose.

        Args:
            witness: the observable that reaches the maximum for a Hermitian matrix.
            seed: of the split.
        """
        rng = np.random.default_rng([seed, 1])
        folds = np.stack([split(row, rng) for row in self.seen], axis=1)
        chosen = [witness(_inverted(self.seen - fold, self.snapshots)) for fold in folds]
        lower, lower_stderr = _mean(
            self.seen, np.array([self._scores(one) for one in chosen]), folds
        )
        upper, upper_stderr = self.mean(witness(self.state()))
        return Bracket(
            lower=lower, lower_stderr=lower_stderr, upper=upper, upper_stderr=upper_stderr
        )

    def _scores(self, observable: Matrix) -> Array:
        """What each outcome says of an observable, shape (3^n, 2^n)."""
        return np.asarray(np.einsum("ij,sbji->sb", observable, self.snapshots).real)


def _inverted(seen: Array, snapshots: Matrix) -> Matrix:
    shares = seen / seen.sum(axis=1, keepdims=True) / len(seen)
    return np.asarray(np.einsum("sb,sbij->ij", shares, snapshots))


def _mean(seen: Array, scores: Array, parts: Array) -> tuple[float, float]:
    """Mean over bases of the mean over shots, every part of the shots by its own scores."""
    shots = seen.sum(axis=1)
    first = np.einsum("ksb,ksb->s", parts, scores) / shots
    second = np.einsum("ksb,ksb->s", parts, scores**2) / shots
    variance = np.maximum(second - first**2, 0.0) / np.maximum(shots - 1, 1)
    return float(first.mean()), math.sqrt(float(variance.sum())) / len(seen)


def tomogram(
    counts: SettingCounts, cells: Sequence[int], *, inverses: Sequence[Array] | None = None
) -> Tomogram:
    """Counts of some cells in each of their 3^n bases; settings that agree there are pooled.

    Args:
        counts: of all cells that were read.
        cells: which, as places among them, the first one counting fastest in the state.
        inverses: inverse of every one of these cells' read-out confusion, ``[true, read]``;
            ``None``: as read.

    Raises:
        InvalidRequest: more than four cells.
        RunFailed: a basis that was not read, or not often enough to be split.
    """
    n = len(cells)
    tomography_bases(n, range(n))
    rows = {letters: row for row, letters in enumerate(itertools.product("XYZ", repeat=n))}
    seen = np.zeros((3**n, 1 << n))
    for bases, several in counts.items():
        row = rows[tuple(bases[cell] for cell in cells)]
        for outcome, times in restricted(several, cells):
            seen[row, outcome] += times
    least = int(seen.sum(axis=1).min())
    if least < 20:
        raise RunFailed(
            f"Tomography of {n} cells needs 20 shots or more in each of {3**n} bases, got {least} "
            "in one. Run it in all of them."
        )
    snapshots = np.array(
        [
            [_product(letters, outcome, inverses) for outcome in range(1 << n)]
            for letters in itertools.product("XYZ", repeat=n)
        ]
    )
    return Tomogram(seen=seen, snapshots=snapshots)


def restricted(counts: Counts, cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(outcome of some cells as an index, the first counting fastest, and how often)."""
    for bits, times in counts:
        yield sum(int(bits[-1 - cell]) << i for i, cell in enumerate(cells)), times


def _product(letters: Bases, outcome: int, inverses: Sequence[Array] | None) -> Matrix:
    """Product over cells of 3|b><b| - 1, read-out errors undone in the mean."""
    product = np.ones((1, 1), dtype=complex)
    for cell, letter in enumerate(letters):
        weights = np.eye(2) if inverses is None else inverses[cell]
        read = weights[:, outcome >> cell & 1]
        own = sum(3 * w * p for w, p in zip(read, _READ_AS[letter], strict=True)) - np.eye(2)
        product = np.kron(own, product)
    return product


def ergotropy_witness(levels: Sequence[Sequence[float]]) -> Witness:
    """I - U^dag I U, with U the unitary that makes the state passive.

    Args:
        levels: level energies of every cell.
    """
    return lambda state: (
        np.diag(product_energies(levels)).astype(complex) - _arranged(state, levels)
    )


def capacity_witness(levels: Sequence[Sequence[float]]) -> Witness:
    """Highest minus lowest arrangement of the levels on the state's eigenvectors."""
    return lambda state: _arranged(state, levels, rising=False) - _arranged(state, levels)


def local_witness(levels: Sequence[Sequence[float]]) -> Witness:
    """The sum over cells of the witness of each cell's own state."""

    def total(state: Matrix) -> Matrix:
        found, below = np.zeros_like(state), 1
        for own in levels:
            d, above = len(own), len(state) // (below * len(own))
            parts = state.reshape(above, d, below, above, d, below)
            one = ergotropy_witness([own])(np.einsum("albamb->lm", parts))
            found = found + np.kron(np.eye(above), np.kron(one, np.eye(below)))
            below *= d
        return found

    return total


def _arranged(state: Matrix, levels: Sequence[Sequence[float]], *, rising: bool = True) -> Matrix:
    """Levels on eigenvectors, the lowest on the most populated (or the highest)."""
    _, vectors = np.linalg.eigh(state)
    energies = np.sort(product_energies(levels))
    placed = energies[::-1] if rising else energies
    return np.asarray((vectors * placed) @ vectors.conj().T)
