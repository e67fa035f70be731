"""Upper bounds on the operator norm of Pauli sums, exact where few sites are involved."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from qbcircuit.compile.formula.paulis import PauliSum, anticommute, bits, relabelled

_MOST_SITES = 8
"""Sites up to which a norm is computed from the matrix."""

_MOST_MATRICES = 128
"""Different matrices of one sum whose norms are computed; of more, bounded by their strings."""

Given = tuple[int, int, complex]
Row = tuple[int, int, float]
Indices = npt.NDArray[np.int64]


def norm_bound(operator: PauliSum) -> float:
    """At least the operator norm of a Hermitian or anti-Hermitian sum of Pauli strings.

    Exact on up to 8 sites; otherwise the norms of parts on up to 8 sites, added up. Chains have
    few different parts, whose norms are exact; where there are very many, each is bounded by
    sets of strings that anticommute: |sum_i a_i P_i| = (sum_i a_i^2)^(1/2) for such a set.
    """
    parts = [_local(part) for part in _parts(operator.rows())]
    different = {part for part, _ in parts}
    norm = _dense_norm if len(different) <= _MOST_MATRICES else _by_anticommuting_sets
    return math.fsum(scale * (1.0 if len(part) == 1 else norm(part)) for part, scale in parts)


def _parts(rows: Sequence[Given]) -> Iterator[list[Given]]:
    """Strings in order of their first sites, cut where more than 8 sites come together."""
    part: list[Given] = []
    together = 0
    for row in sorted(rows, key=lambda row: f"{row[0] | row[1]:b}"[::-1], reverse=True):
        support = row[0] | row[1]
        if part and (together | support).bit_count() > _MOST_SITES:
            yield part
            part, together = [], 0
        part.append(row)
        together |= support
    if part:
        yield part


def _local(rows: Sequence[Given]) -> tuple[tuple[Row, ...], float]:
    """The strings of a part with its own sites counted from 0, sorted, the first 1; its scale."""
    support = functools.reduce(int.__or__, [x | z for x, z, _ in rows])
    first = max(0, (support & -support).bit_length() - 1)
    if (support >> first) & ((support >> first) + 1) == 0:  # sites in a row
        here = [(x >> first, z >> first, value) for x, z, value in rows]
    else:
        places = {site: i for i, site in enumerate(bits(support))}
        here = [(relabelled(x, places), relabelled(z, places), value) for x, z, value in rows]
    here.sort(key=lambda row: row[:2])
    unit = here[0][2]
    return tuple([(x, z, (value / unit).real) for x, z, value in here]), abs(unit)


def _by_anticommuting_sets(rows: tuple[Row, ...]) -> float:
    """An upper bound: strings, the largest first, gathered in sets that anticommute."""
    sets: list[list[Row]] = []
    for row in sorted(rows, key=lambda one: -abs(one[2])):
        home = next((one for one in sets if all(anticommute(row, other) for other in one)), None)
        if home is None:
            sets.append([row])
        else:
            home.append(row)
    return math.fsum(math.hypot(*(abs(value) for _, _, value in one)) for one in sets)


@functools.lru_cache(maxsize=4096)
def _dense_norm(rows: tuple[Row, ...]) -> float:
    """The norm of the matrix, from the blocks of states that it connects."""
    states, flips, amplitudes = _amplitudes(rows)
    targets = states ^ flips[:, None]
    reach = np.abs(amplitudes).sum(axis=0)  # no eigenvalue of a state's block is larger than most
    owner = _connected(targets, amplitudes != 0)
    order = np.argsort(owner, kind="stable")
    firsts, sizes = np.unique(owner[order], return_index=True, return_counts=True)[1:]
    number, place = np.empty_like(order), np.empty_like(order)
    number[order] = np.repeat(np.arange(len(sizes)), sizes)
    place[order] = np.arange(len(order)) - np.repeat(firsts, sizes)
    largest = 0.0
    for size in sorted(set(sizes.tolist()), reverse=True):
        chosen = np.flatnonzero(sizes[number] == size)
        if reach[chosen].max() <= largest:
            continue
        flip, column = np.nonzero(amplitudes[:, chosen])
        start = chosen[column]
        blocks = np.zeros((len(sizes), size, size), dtype=amplitudes.dtype)
        blocks[number[start], place[targets[flip, start]], place[start]] = amplitudes[flip, start]
        eigenvalues = np.linalg.eigvalsh(blocks[sizes == size])
        largest = max(largest, float(np.abs(eigenvalues).max()))
    return largest


def _amplitudes(rows: tuple[Row, ...]) -> tuple[Indices, Indices, npt.NDArray[np.inexact]]:
    """The states, the different flip masks, and what each flip of each state has for amplitude.

    Real where that is possible.
    """
    x, z = (np.array([row[i] for row in rows]) for i in (0, 1))
    values = np.array([row[2] for row in rows]) * 1j ** (np.bitwise_count(x & z) % 4)
    states = np.arange(1 << int(np.bitwise_or.reduce(x | z)).bit_length())
    signs = 1 - 2.0 * (np.bitwise_count(states & z[:, None]) & 1)
    flips, row = np.unique(x, return_inverse=True)
    amplitudes = np.zeros((len(flips), len(states)), dtype=np.complex128)
    np.add.at(amplitudes, row, values[:, None] * signs)
    return states, flips, amplitudes if amplitudes.imag.any() else amplitudes.real


def _connected(targets: Indices, linked: npt.NDArray[np.bool_]) -> Indices:
    """The lowest state that each state is connected with.

    Args:
        targets: where every flip takes every state, shape (flips, states).
        linked: whether it does.
    """
    owner = np.arange(targets.shape[1])
    while True:
        lower = np.minimum(owner, np.where(linked, owner[targets], owner).min(axis=0))
        lower = lower[lower]
        if np.array_equal(lower, owner):
            return owner
        owner = lower
