"""Upper bounds on the operator norm of Pauli sums, exact where few sites are involved."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from qbcircuit.compile.formula.paulis import PauliSum, bits, relabelled

_MOST_SITES = 8
"""Sites up to which a norm is computed from the matrix."""


_MOST_MATRICES = 128
"""Different matrices of one sum whose norms are computed; of more, bounded by their strings."""

Row = tuple[int, int, complex]


def norm_bound(operator: PauliSum) -> float:
    """At least the operator norm of a Hermitian or anti-Hermitian sum of Pauli strings.

    Exact on up to 8 sites; otherwise the norms of parts on up to 8 sites, added up. Chains have
    few different parts, whose norms are exact; where there are very many, each is bounded by
    sets of strings that anticommute: |sum_i a_i P_i| = (sum_i a_i^2)^(1/2) for such a set.
    """
    parts = [_local(part) for part in _parts(operator)]
    norm = _dense_norm if len(set(parts)) <= _MOST_MATRICES else _by_anticommuting_sets
    return math.fsum(abs(part[0][2]) if len(part) == 1 else norm(part) for part in parts)


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


def _local(part: PauliSum) -> tuple[Row, ...]:
    """The strings of a part with its own sites counted from 0, sorted."""
    rows = part.rows()
    sites = bits(functools.reduce(int.__or__, (x | z for x, z, _ in rows)))
    places = {site: i for i, site in enumerate(sites)}
    here = [(relabelled(x, places), relabelled(z, places), value) for x, z, value in rows]
    return tuple(sorted(here, key=lambda row: row[:2]))


def _by_anticommuting_sets(rows: tuple[Row, ...]) -> float:
    """An upper bound: strings, the largest first, gathered in sets that anticommute."""
    sets: list[list[Row]] = []
    for row in sorted(rows, key=lambda one: -abs(one[2])):
        home = next((one for one in sets if all(_anticommute(row, other) for other in one)), None)
        if home is None:
            sets.append([row])
        else:
            home.append(row)
    return math.fsum(math.hypot(*(abs(value) for _, _, value in one)) for one in sets)


def _anticommute(one: Row, other: Row) -> bool:
    return bool(((one[0] & other[1]).bit_count() + (one[1] & other[0]).bit_count()) % 2)


@functools.lru_cache(maxsize=4096)
def _dense_norm(rows: tuple[Row, ...]) -> float:
    sites = functools.reduce(int.__or__, (x | z for x, z, _ in rows)).bit_length()
    turned = 1j if abs(rows[0][2].imag) > abs(rows[0][2].real) else 1  # anti-Hermitian
    hermitian = {(x, z): turned * value for x, z, value in rows}
    whole = PauliSum.from_masks(hermitian, sites).dense(range(sites))
    matrix = whole if whole.imag.any() else whole.real
    _, owner = connected_components(csr_array(matrix != 0), directed=False)
    blocks = [np.flatnonzero(owner == number) for number in range(owner.max() + 1)]
    return max(_largest(matrix[np.ix_(inside, inside)]) for inside in blocks)


def _largest(block: npt.NDArray[np.inexact]) -> float:
    """The largest absolute eigenvalue."""
    return float(np.abs(np.linalg.eigvalsh(block)).max())
