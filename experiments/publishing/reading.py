"""What is read of the cells' state: the same figures from the exact state and from circuits."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qbcircuit.plan import CircuitPlan

Array = NDArray[np.float64]
Matrix = NDArray[np.complex128]

_TURNS = {
    "X": np.array([[1, 1], [1, -1]], dtype=complex) / np.sqrt(2),
    "Y": np.array([[1, -1j], [1, 1j]], dtype=complex) / np.sqrt(2),
    "Z": np.eye(2, dtype=complex),
}
"""Take the eigenstate +1 of a letter to level 0 and the other to level 1."""


class Cells(Protocol):
    """The state of all cells at one time, the first one counting fastest."""

    levels: list[tuple[float, ...]]

    def populations(self, letter: str = "Z") -> Array:
        """Of products of levels, or of two-level cells that are all read in X or Y."""

    @property
    def density(self) -> Matrix:
        """The density matrix."""


class ExactCells:
    """Cells in a density matrix from the exact reference.

    Args:
        density: shape (D, D).
        levels: level energies of every cell.
    """

    def __init__(self, density: Matrix, levels: list[tuple[float, ...]]) -> None:
        self.density, self.levels = density, levels

    def populations(self, letter: str = "Z") -> Array:
        """Diagonal of the state, all cells turned from a letter to Z."""
        turn = np.ones((1, 1), dtype=complex)
        for _ in self.levels if letter != "Z" else ():
            turn = np.kron(_TURNS[letter], turn)
        state = self.density if letter == "Z" else turn @ self.density @ turn.conj().T
        return np.asarray(np.diag(state).real)


class MeasuredCells:
    """Cells in what compiled circuits tell when they are read in product Pauli bases.

    Args:
        plan: that was run.
        read: outcome probabilities by bases, first qubit of the first cell first.
    """

    def __init__(self, plan: CircuitPlan, read: Mapping[tuple[str, ...], Array]) -> None:
        battery = plan.protocol.battery
        self.levels = [battery.sites[cell].levels for cell in battery.cells]
        self._read = read
        self._codes = _codes(plan)

    def populations(self, letter: str = "Z") -> Array:
        """Of products of levels, or of outcomes where all qubits are read in X or Y."""
        width = len(next(iter(self._read)))
        found = self._read[(letter,) * width]
        return found[self._codes] if letter == "Z" else found

    @functools.cached_property
    def density(self) -> Matrix:
        """Linear inversion: 2^-q times the sum over Pauli strings of their mean times them."""
        width = len(next(iter(self._read)))
        state = np.zeros((1 << width, 1 << width), dtype=complex)
        signs = [np.array([1.0, 1.0]), np.array([1.0, -1.0])]
        for letters in itertools.product("IXYZ", repeat=width):
            bases = tuple("Z" if letter == "I" else letter for letter in letters)
            sign, string = np.ones(1), np.ones((1, 1), dtype=complex)
            for letter in letters:
                sign = np.kron(signs[letter != "I"], sign)
                string = np.kron(_PAULIS[letter], string)
            state += (sign @ self._read[bases]) * string
        return np.asarray(state[np.ix_(self._codes, self._codes)] / (1 << width))


_PAULIS = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1.0 + 0j, -1.0]),
}


def _codes(plan: CircuitPlan) -> NDArray[np.int64]:
    """The outcome of every product of the cells' levels."""
    codes, width = np.zeros(1, dtype=np.int64), 0
    for cell in plan.protocol.battery.cells:
        register = plan.registers[cell]
        own = np.array(register.codes, dtype=np.int64) << width
        codes = (codes[None, :] + own[:, None]).ravel()
        width += len(register.sites)
    return codes


TOMOGRAPHY = "XYZ"
"""Letters of a figure that needs the whole state."""


def bases_for(letters: Sequence[str], width: int) -> list[tuple[str, ...]]:
    """All cells in each letter, or all product bases where the whole state is needed."""
    if TOMOGRAPHY in letters:
        return list(itertools.product("ZXY", repeat=width))
    return [(letter,) * width for letter in letters]
