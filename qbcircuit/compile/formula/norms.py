"""Upper bounds on the operator norm of Pauli sums, exact where few sites are involved."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from qbcircuit.compile.formula.paulis import PauliSum, bits, relabelled

_MOST_SITES = 8
"""Sites up to which a norm is computed from the matrix."""


def norm_bound(operator: PauliSum) -> float:
    """At least the operator norm of a Hermitian or anti-Hermitian sum of Pauli strings.

    Exact on up to 8 sites; otherwise the exact norms of parts on up to 8 sites, added up.
    """
    return math.fsum(_norm(part) for part in _parts(operator))


def _parts(operator: PauliSum) -> Iterator[PauliSum]:
    """Strings in order of their first sites, cut where more than 8 sites come together."""
    supports = operator.supports
    order = sorted(range(len(supports)), key=lambda i: bits(supports[i]))
    part: list[int] = []
    together = 0
    for i in order:
        if part and (together | supports[i]).bit_count() > _MOST_SITES:
            yield operator.part(np.array(part))
            part, together = [], 0
        part.append(i)
        together |= supports[i]
    if part:
        yield operator.part(np.array(part))


def _norm(part: PauliSum) -> float:
    if len(part) == 1:
        return part.one_norm
    rows = part.rows()
    sites = bits(functools.reduce(int.__or__, (x | z for x, z, _ in rows)))
    places = {site: i for i, site in enumerate(sites)}
    here = [(relabelled(x, places), relabelled(z, places), value) for x, z, value in rows]
    return _dense_norm(tuple(sorted(here, key=lambda row: row[:2])))


@functools.lru_cache(maxsize=4096)
def _dense_norm(rows: tuple[tuple[int, int, complex], ...]) -> float:
    sites = functools.reduce(int.__or__, (x | z for x, z, _ in rows)).bit_length()
    matrix = PauliSum.from_masks({(x, z): value for x, z, value in rows}, sites).dense(range(sites))
    return float(np.abs(np.linalg.eigvalsh(_hermitian(matrix))).max())


def _hermitian(matrix: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    return matrix if np.allclose(matrix, matrix.conj().T) else 1j * matrix
