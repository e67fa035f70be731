"""Dense operators as sums of terms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import HERMITIAN, Term, matrix_unit

_NEGLIGIBLE = 1e-12
"""Part of the largest entry that is taken as rounding."""

Matrix = NDArray[np.complex128]

_Label = tuple[str, ...]
"""One letter a site, site 0 first, ``I`` among them."""


def terms_of(operator: Matrix, dimensions: Sequence[int]) -> tuple[tuple[Term, ...], float]:
    """A Hermitian matrix as terms and a multiple of the identity.

    Two-level sites get X, Y and Z; a site of more levels gets matrix units, its identity being
    written out from level 0: diag(a_0, a_1, ...) = a_0 + sum_l (a_l - a_0)|l><l|.

    Args:
        operator: shape (prod d, prod d), energies; an index counts site 0 fastest.
        dimensions: number of levels of every site.

    Returns:
        The terms, each conjugate pair once, and the shift.

    Raises:
        InvalidRequest: entries that are not finite, or a matrix that is not Hermitian.
    """
    if not np.isfinite(operator).all():
        raise InvalidRequest("An operator must have finite entries, and some are not.")
    found = _products(operator, dimensions)
    scale = max((abs(value) for value in found.values()), default=0.0)
    terms, shift = [], 0.0
    for label, value in found.items():
        partner = tuple(map(_adjoint, label))
        if abs(value - found.get(partner, 0.0).conjugate()) > 10 * _NEGLIGIBLE * scale:
            raise InvalidRequest(
                f"The operator is not Hermitian: {''.join(reversed(label))} has coefficient "
                f"{value:.6g}. Add its Hermitian conjugate."
            )
        sites = [site for site, letter in enumerate(label) if letter != "I"]
        strength = value if label != partner else value.real
        if not sites:
            shift = value.real
        elif label >= partner and strength:
            terms.append(Term([label[site] for site in sites], sites, strength))
    return tuple(terms), shift


def _products(operator: Matrix, dimensions: Sequence[int]) -> dict[_Label, complex]:
    """Coefficients of products of letters, from the last site, which counts slowest, to site 0."""
    cut = _NEGLIGIBLE * max(float(np.abs(operator).max()), 1e-300)
    parts: list[tuple[_Label, Matrix]] = [((), operator)]
    for site in reversed(range(len(dimensions))):
        d, rest = dimensions[site], math.prod(dimensions[:site])
        split = [
            ((letter, *label), block)
            for label, matrix in parts
            for letter, block in _split(matrix.reshape(d, rest, d, rest).swapaxes(1, 2))
        ]
        parts = [(label, block) for label, block in split if np.abs(block).max() > cut]
    return {label: complex(block[0, 0]) for label, block in parts}


def _split(blocks: Matrix) -> list[tuple[str, Matrix]]:
    """The letters of one site and what multiplies them, from blocks[row, column]."""
    d = len(blocks)
    if d == 2:
        (a, b), (c, e) = blocks
        pauli = (a + e) / 2, (b + c) / 2, 1j * (b - c) / 2, (a - e) / 2
        return list(zip("IXYZ", pauli, strict=True))
    units = [
        (f"|{i}><{j}|", blocks[i, j] - (blocks[0, 0] if i == j else 0.0))
        for i in range(d)
        for j in range(d)
        if i or j
    ]
    return [("I", blocks[0, 0]), *units]


def _adjoint(letter: str) -> str:
    if letter == "I" or letter in HERMITIAN:
        return letter
    row, column = matrix_unit(letter) or (0, 0)
    return f"|{column}><{row}|"
