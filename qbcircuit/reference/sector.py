"""Hamiltonians on the sectors that flip masks leave invariant, dense or sparse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from qbcircuit.reference.action import Bits, Span, amplitudes, flip_mask
from qbcircuit.terms import Term

Array = NDArray[Any]
"""Real where H is real in the computational basis, else complex."""

Couplings = Mapping[int, Array]
"""``couplings[c][x]`` = <x XOR c| H |x>, with c and x coordinates in the sector."""


def couplings(terms: Iterable[Term], span: Span, bits: Bits) -> Couplings:
    """A Hamiltonian as one coefficient array per flip.

    Args:
        terms: its terms; their flip masks lie in the span.
        span: the span whose coordinates order the states.
        bits: states, one or several sectors after another, shape (n_sites, n_states).

    Returns:
        Real arrays where the whole Hamiltonian is real in this basis.
    """
    found: dict[int, NDArray[np.complex128]] = {}
    for term in terms:
        flip = span.coordinates(flip_mask(term))
        values = amplitudes(term, bits)
        found[flip] = found[flip] + values if flip in found else values
    if all(not values.imag.any() for values in found.values()):
        return {flip: values.real.copy() for flip, values in found.items()}
    return found


def is_real(parts: Couplings) -> bool:
    """Whether every matrix element is real."""
    return not any(np.iscomplexobj(values) for values in parts.values())


def dense(parts: Couplings, n_sectors: int, dimension: int) -> Array:
    """The Hamiltonian of each sector, shape (n_sectors, dimension, dimension)."""
    dtype = np.float64 if is_real(parts) else np.complex128
    matrix = np.zeros((n_sectors, dimension, dimension), dtype=dtype)
    columns = np.arange(dimension)
    for flip, values in parts.items():
        matrix[:, columns ^ flip, columns] = values.reshape(n_sectors, dimension)
    return matrix


def sparse(parts: Couplings, dimension: int) -> sp.csr_matrix:
    """The Hamiltonian of one sector as a CSR matrix, one column a flip in every row."""
    flips = sorted(parts)
    dtype = np.float64 if is_real(parts) else np.complex128
    states = np.arange(dimension, dtype=np.int32)
    columns = np.empty((dimension, len(flips)), dtype=np.int32)
    entries = np.empty((dimension, len(flips)), dtype=dtype)
    for i, flip in enumerate(flips):
        columns[:, i] = states ^ flip
        # H is Hermitian: the row's entry is the conjugate of the column's amplitude
        entries[:, i] = parts[flip].conj()
    starts = np.arange(0, columns.size + 1, max(len(flips), 1), dtype=np.int64)[: dimension + 1]
    matrix = sp.csr_matrix((dimension, dimension), dtype=dtype)
    if flips:
        matrix = sp.csr_matrix((entries.ravel(), columns.ravel(), starts), shape=matrix.shape)
    return matrix


def spread(parts: Couplings) -> tuple[float, float]:
    """Centre and half width of an interval that holds the whole spectrum (Gershgorin)."""
    diagonal = parts.get(0)
    rest = sum(np.abs(values) for flip, values in parts.items() if flip)
    if diagonal is None:
        return 0.0, float(np.max(rest, initial=0.0))
    low, high = float(np.min(diagonal.real - rest)), float(np.max(diagonal.real + rest))
    return (low + high) / 2, (high - low) / 2
