"""Pauli strings under two-qubit Clifford gates: the state of a search, without signs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Letters = npt.NDArray[np.uint8]
"""Letters as bits x + 2z: I, X, Z and Y are 0, 1, 2 and 3, and a product is an exclusive or."""

LETTERS = "XYZ"
CODES: Letters = np.array([1, 3, 2], dtype=np.uint8)
"""Of X, Y and Z."""

ODD: Letters = np.array([[(a & 1 & b >> 1) ^ (a >> 1 & b & 1) for b in range(4)] for a in range(4)],
                        dtype=np.uint8)  # fmt: skip
"""Whether two letters anticommute."""

_OF_P, _OF_Q = np.divmod(np.arange(9), 3)
_HERE, _THERE = np.divmod(np.arange(16), 4)
_AT_A: Letters = _HERE ^ CODES[_OF_P, None] * ODD[CODES[_OF_Q, None], _THERE]
_AT_B: Letters = _THERE ^ CODES[_OF_Q, None] * ODD[CODES[_OF_P, None], _HERE]
"""What every controlled Pauli makes of letters ``a`` and ``b``, given as 4a + b."""


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
        support: wires of every string afterwards, shape (moves, strings).
        at_a: letters at ``a`` afterwards, shape (moves, strings).
        at_b: letters at ``b`` afterwards.
    """

    a: Ints
    b: Ints
    support: Ints
    at_a: Letters
    at_b: Letters

    def gate(self, move: int) -> Gate:
        """One of the moves."""
        letters = LETTERS[_OF_P[move % 9]], LETTERS[_OF_Q[move % 9]]
        return Gate(letters, (int(self.a[move]), int(self.b[move])))


class Strings:
    """Strings letter by letter; changed in place.

    Args:
        masks: (x, z) of every string.
        n_wires: number of wires.
    """

    def __init__(self, masks: Sequence[tuple[int, int]], n_wires: int) -> None:
        both = np.array(masks, dtype=np.int64).reshape(-1, 2)
        wires = np.arange(n_wires)[:, None]
        found = (both[:, 0] >> wires & 1) + 2 * (both[:, 1] >> wires & 1)
        self.letters: Letters = found.astype(np.uint8)
        self.support: Ints = both[:, 0] | both[:, 1]

    def keep(self, strings: Ints) -> None:
        """Forget all strings but some."""
        self.letters, self.support = self.letters[:, strings], self.support[strings]

    def apply(self, gate: Gate) -> None:
        """Apply a gate."""
        moves = self.moves((gate.wires,))
        one, two = (LETTERS.index(letter) for letter in gate.letters)
        self.make(moves, 3 * one + two)

    def moves(self, pairs: tuple[tuple[int, int], ...]) -> Moves:
        """What the nine controlled Paulis of every pair would do."""
        one, two, a, b, others = _wires(pairs)
        both = 4 * self.letters[one] + self.letters[two]
        shape = len(a), self.support.size
        at_a, at_b = (table[:, both].swapaxes(0, 1).reshape(shape) for table in (_AT_A, _AT_B))
        support = self.support & others
        support |= (at_a != 0).astype(np.int64) << a[:, None]
        support |= (at_b != 0).astype(np.int64) << b[:, None]
        return Moves(a, b, support, at_a, at_b)

    def make(self, moves: Moves, move: int) -> None:
        """Apply one of the moves."""
        self.letters[moves.a[move]] = moves.at_a[move]
        self.letters[moves.b[move]] = moves.at_b[move]
        self.support = moves.support[move]


@functools.lru_cache(maxsize=1024)
def _wires(pairs: tuple[tuple[int, int], ...]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Wires of each pair, those of each move, and the masks of all other wires."""
    one, two = np.array(pairs, dtype=np.int64).T
    a, b = np.repeat(one, 9), np.repeat(two, 9)
    return one, two, a, b, ~(1 << a | 1 << b)[:, None]
