"""Counts drawn from states in product Pauli bases, independently of the estimators."""

from __future__ import annotations

import functools

import numpy as np

from qbcircuit.backend import Counts

TURNS = {
    "X": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "Y": np.array([[1, -1j], [1, 1j]]) / np.sqrt(2),
    "Z": np.eye(2),
}
"""Rows: the bras of what is read as 0 and 1."""


def probabilities(rho, bases):
    """Of every outcome, cell 0 counting fastest."""
    turn = np.ones((1, 1))
    for letter in bases:
        turn = np.kron(TURNS[letter], turn)
    return np.einsum("ia,ab,ib->i", turn, rho, turn.conj()).real.clip(0)


@functools.lru_cache(maxsize=4096)
def remembered(state, bases):
    size = 1 << len(bases)
    return probabilities(np.frombuffer(state, dtype=complex).reshape(size, size), bases)


def drawn(rho, bases, shots, rng, confusion=None):
    """Counts of one basis; the confusion ``[true, read]`` is that of every cell."""
    n = len(bases)
    p = remembered(rho.tobytes(), bases)
    for cell in range(n if confusion is not None else 0):
        p = p.reshape((2,) * n)
        axis = n - 1 - cell
        p = np.moveaxis(np.tensordot(confusion.T, p, axes=(1, axis)), 0, axis).ravel()
    seen = rng.multinomial(shots, p / p.sum())
    return Counts(tuple((f"{i:0{n}b}", int(seen[i])) for i in np.flatnonzero(seen)))


def read_in(rho, settings, shots, rng, confusion=None):
    """Counts by bases."""
    return {bases: drawn(rho, bases, shots, rng, confusion) for bases in settings}
