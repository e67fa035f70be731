"""Any rotation of the Majorana modes of a chain as a brick wall of N(N - 1)/2 matchgates.

Reference: Clements et al., Optica 3, 1460 (2016), arXiv:1603.08788, with 2 x 2 blocks for
complex numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.exact.givens import Floats, Matchgate, gathered


@dataclass(frozen=True, slots=True)
class Nulling:
    """A 2 x 2 block of T (U c U^dag = T c) that a matchgate brings to zero.

    Args:
        row: of the block.
        column: of the block.
        after: whether the gate undoes the evolution from its end, moving columns, or from its
            beginning, moving rows.
    """

    row: int
    column: int
    after: bool

    @property
    def bond(self) -> int:
        """The left site of the gate."""
        return self.column if self.after else self.row - 1


def nullings(n_sites: int) -> tuple[Nulling, ...]:
    """Blocks below the diagonal, diagonal by diagonal from the corner, from both sides in turn."""
    found = []
    for i in range(1, n_sites):
        for j in range(i):
            if i % 2:
                found.append(Nulling(n_sites - 1 - j, i - 1 - j, after=True))
            else:
                found.append(Nulling(n_sites + j - i, j, after=False))
    return tuple(found)


def undoing(rotation: Floats, *, split: bool) -> tuple[list[Matchgate], list[float]]:
    """The gates of :func:`nullings`, and the z turns of every site that are left between them.

    The last gate of a row or column keeps its orientation, so that every 2 x 2 block left on the
    diagonal is a rotation.

    Args:
        rotation: R of U^dag c U = R c, shape (2N, 2N).
        split: even and odd modes of alternate sites never mix, so that no z turns are needed.
    """
    n_sites = len(rotation) // 2
    modes = rotation.T.copy()
    gates = []
    for one in nullings(n_sites):
        near = slice(2 * one.bond, 2 * one.bond + 4)
        if one.after:
            real, imaginary = modes[2 * one.row : 2 * one.row + 2, near]
        else:
            real, imaginary = modes[near, 2 * one.column : 2 * one.column + 2].T
        gate = gathered(real + 1j * imaginary, keep=int(one.after), level=0, split=split)
        if one.after:
            modes[:, near] = modes[:, near] @ gate.rotation.T
        else:
            modes[near] = gate.rotation @ modes[near]
        gates.append(gate)
    diagonal = modes[::2, ::2].diagonal(), modes[::2, 1::2].diagonal()
    turns: list[float] = np.arctan2(diagonal[1], diagonal[0]).tolist()
    return gates, turns
