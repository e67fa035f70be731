"""Upper bounds on the operator norm of Pauli sums, exact where few sites are involved."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from qbcircuit.compile.paulis import PauliSum, bits

_MOST_SITES = 8
"""Sites up to which a norm is computed from the matrix."""


def norm_bound(operator: PauliSum) -> float:
    """At least the operator norm of a Hermitian or anti-Hermitian sum of Pauli strings."""
    if not len(operator):
        return 0.0
    supports = operator.supports
    everything = functools.reduce(int.__or__, supports)
    if everything.bit_count() <= _MOST_SITES:
        matrix = operator.dense(bits(everything))
        return float(np.abs(np.linalg.eigvalsh(_hermitian(matrix))).max())
    return math.fsum(np.abs(operator.coefficients))


def _hermitian(matrix: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    return matrix if np.allclose(matrix, matrix.conj().T) else 1j * matrix
