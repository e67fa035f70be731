"""Random matrices that act on k cells, and matrices of k cells as sums of Pauli strings."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from qbcircuit.terms import Term

Matrices = NDArray[np.complex128]
"""Stacked matrices, shape (..., D, D); an index counts the first cell fastest."""

_LETTERS = np.array(
    [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=complex
)
"""I, X, Y, Z."""


def ginibre(rng: np.random.Generator, shape: tuple[int, ...], dimension: int) -> Matrices:
    """Matrices of independent complex Gaussian entries, mean of |A_ab|^2 = 2.

    Args:
        rng: a seeded generator.
        shape: of the stack.
        dimension: D.
    """
    entries = rng.standard_normal((2, *shape, dimension, dimension))
    return np.asarray(entries[0] + 1j * entries[1])


def haar_logarithms(entries: Matrices) -> Matrices:
    """Hermitian H with exp(-i H) from the Haar measure, phases in (-pi, pi].

    The eigenvectors of a Haar unitary are Haar themselves, whatever its eigenphases, so the two
    are drawn apart and no near-degenerate pair is ever taken apart.

    Args:
        entries: two Ginibre matrices for each, shape (..., 2, D, D).

    Returns:
        Shape (..., D, D).

    Reference: Mezzadri, Notices AMS 54, 592 (2007), arXiv:math-ph/0609050.
    """
    unitaries, triangles = np.linalg.qr(entries)
    diagonals = np.einsum("...ii->...i", triangles)
    # Q alone is not Haar: its columns take over the phases that QR puts into R
    unitaries = unitaries * (diagonals / np.abs(diagonals))[..., None, :]
    phases = np.angle(np.linalg.eigvals(unitaries[..., 0, :, :]))
    vectors = unitaries[..., 1, :, :]
    return np.asarray((vectors * -phases[..., None, :]) @ vectors.conj().swapaxes(-1, -2))


def gaussian_unitary(entries: Matrices) -> Matrices:
    """Hermitian matrices of the Gaussian unitary ensemble, mean of |H_ab|^2 = 1/D.

    Their spectrum fills [-2, 2] as D grows.

    Args:
        entries: one Ginibre matrix for each, shape (..., 1, D, D).

    Returns:
        Shape (..., D, D).
    """
    (one,) = np.moveaxis(entries, -3, 0)
    return np.asarray((one + one.conj().swapaxes(-1, -2)) / np.sqrt(4 * one.shape[-1]))


ENSEMBLES: dict[str, tuple[Callable[[Matrices], Matrices], int]] = {
    "haar": (haar_logarithms, 2),
    "gue": (gaussian_unitary, 1),
}
"""Random Hermitian matrices by name, and how many Ginibre matrices make one."""


def pauli_terms(
    parts: Iterable[tuple[tuple[int, ...], Matrices]],
) -> tuple[tuple[Term, ...], float]:
    """Hermitian matrices on some cells each, added up as Pauli strings.

    Args:
        parts: cells and a matrix of shape (2^k, 2^k), whose index counts the first cell fastest.

    Returns:
        The terms, equal strings added up, and the multiple of the identity.
    """
    total: dict[tuple[tuple[int, ...], str], float] = defaultdict(float)
    for cells, matrix in parts:
        for letters, value in _strings(len(cells), matrix):
            placed = sorted((c, a) for c, a in zip(cells, letters, strict=True) if a != "I")
            key = tuple(c for c, _ in placed), "".join(a for _, a in placed)
            total[key] += value
    shift = total.pop(((), ""), 0.0)
    return tuple(Term(a, cells, value) for (cells, a), value in total.items() if value), shift


def _strings(order: int, matrix: Matrices) -> list[tuple[str, float]]:
    """tr(P M)/2^k for every string P, first letter on the first cell."""
    tensor = matrix.reshape((2,) * (2 * order))
    for left in range(order, 0, -1):
        # the leading row axis and its column axis become one axis of letters, at the end
        tensor = np.tensordot(tensor, _LETTERS / 2, axes=((0, left), (2, 1)))
    values = tensor.transpose(range(order - 1, -1, -1)).ravel().real
    letters = ("".join(one) for one in itertools.product("IXYZ", repeat=order))
    return list(zip(letters, values.tolist(), strict=True))
