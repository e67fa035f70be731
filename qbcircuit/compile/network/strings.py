"""Pauli strings under two-qubit Clifford gates: the state of a search, without signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LETTERS = "XYZ"
_X = np.array([True, True, False])
_Z = np.array([False, True, True])


@dataclass(frozen=True, slots=True)
class Gate:
    """Controlled Pauli: multiplies by each letter what anticommutes with the other one.

    Formula: (1 + P_a + Q_b - P_a Q_b)/2; P = Z, Q = X is the CX from a to b.

    Args:
        letters: P and Q.
        wires: a and b.
    """

    letters: tuple[str, str]
    wires: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Every controlled Pauli on some pairs, and what it makes of every string.

    Args:
        a: first wire of each move, shape (moves,).
        b: second wire of each move.
        letters: index of (P, Q) of each move, shape (moves, 2).
        support: wires of every string afterwards, shape (moves, strings).
        at_a: letter bits (x, z) at ``a`` afterwards, each of shape (moves, strings).
        at_b: letter bits at ``b`` afterwards.
    """

    a: Ints
    b: Ints
    letters: Ints
    support: Ints
    at_a: tuple[Bits, Bits]
    at_b: tuple[Bits, Bits]

    def gate(self, move: int) -> Gate:
        """One of the moves."""
        p, q = self.letters[move]
        return Gate((LETTERS[p], LETTERS[q]), (int(self.a[move]), int(self.b[move])))


class Strings:
    """Strings as letter bits, wire by wire; changed in place.

    Args:
        masks: (x, z) of every string.
        n_wires: number of wires.
    """

    def __init__(self, masks: Sequence[tuple[int, int]], n_wires: int) -> None:
        both = np.array(masks, dtype=np.int64).reshape(-1, 2)
        wires = np.arange(n_wires)[:, None]
        self.x: Bits = (both[:, 0] >> wires & 1).astype(bool)
        self.z: Bits = (both[:, 1] >> wires & 1).astype(bool)
        self.support: Ints = both[:, 0] | both[:, 1]

    def moves(self, pairs: Sequence[tuple[int, int]]) -> Moves:
        """What the nine controlled Paulis of every pair would do."""
        pair = np.repeat(np.array(pairs, dtype=np.int64), 9, axis=0)
        letters = np.tile(np.stack(np.divmod(np.arange(9), 3), axis=1), (len(pairs), 1))
        a, b = pair[:, 0], pair[:, 1]
        xa, za, xb, zb = self.x[a], self.z[a], self.x[b], self.z[b]
        px, pz = _X[letters[:, :1]], _Z[letters[:, :1]]
        qx, qz = _X[letters[:, 1:]], _Z[letters[:, 1:]]
        odd_a, odd_b = (xa & pz) ^ (za & px), (xb & qz) ^ (zb & qx)
        at_a = xa ^ (odd_b & px), za ^ (odd_b & pz)
        at_b = xb ^ (odd_a & qx), zb ^ (odd_a & qz)
        others = self.support & ~(1 << a | 1 << b)[:, None]
        support = others | (at_a[0] | at_a[1]).astype(np.int64) << a[:, None]
        support |= (at_b[0] | at_b[1]).astype(np.int64) << b[:, None]
        return Moves(a, b, letters, support, at_a, at_b)

    def make(self, moves: Moves, move: int) -> None:
        """Apply one of the moves."""
        a, b = moves.a[move], moves.b[move]
        self.x[a], self.z[a] = moves.at_a[0][move], moves.at_a[1][move]
        self.x[b], self.z[b] = moves.at_b[0][move], moves.at_b[1][move]
        self.support = moves.support[move]
