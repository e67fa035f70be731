"""States under a piecewise-constant pulse, and how they change with it, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.complex128]
Reals = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evolution:
    """U_L ... U_1 |start> with U_l = exp(-i H_l), a slice being of unit duration.

    Args:
        energies: of every slice, (L, d), rising.
        vectors: eigenvectors as columns, (L, d, d).
        states: before every slice and at the end, (L + 1, d).
    """

    energies: Reals
    vectors: Array
    states: Array

    @classmethod
    def of(cls, hamiltonians: Array, start: int) -> Evolution:
        """Under H_l of shape (L, d, d), from basis state ``start``."""
        energies, vectors = np.linalg.eigh(hamiltonians)
        phases = np.exp(-1j * energies)
        states = np.zeros((len(energies) + 1, energies.shape[1]), dtype=complex)
        states[0, start] = 1
        for i, (own, phase) in enumerate(zip(vectors, phases, strict=True)):
            states[i + 1] = own @ (phase * (own.conj().T @ states[i]))
        return cls(energies=energies, vectors=vectors, states=states)

    @property
    def final(self) -> Array:
        """The state after the last slice."""
        last: Array = self.states[-1]
        return last

    def slopes(self, final: Array, before: Array | None = None) -> Array:
        """Slopes along every H_l, (L, d, d), of a function of the states.

        With df = Re <final|d psi_L> + sum_l Re <before_l|d psi_l>, where psi_l comes before
        slice l, the slope K_l is such that df = Re sum_lij K_lij dH_lij. The derivative of
        exp(-iH) is exact (Daleckii and Krein): in the eigenbasis of H its elements are those of
        dH times the divided differences of exp(-iE).

        Args:
            final: (d,).
            before: (L, d); none where ``None``.
        """
        costate, rotated = final, np.empty_like(self.states[1:])
        for i in range(len(self.vectors) - 1, -1, -1):
            own = self.vectors[i]
            rotated[i] = own.conj().T @ costate
            costate = own @ (np.exp(1j * self.energies[i]) * rotated[i])
            if before is not None:
                costate = costate + before[i]
        return self._slopes(rotated)

    def _slopes(self, rotated: Array) -> Array:
        """From costates after every slice, (L, d), in its eigenbasis."""
        begun = np.einsum("lji,lj->li", self.vectors.conj(), self.states[:-1])
        inner = rotated.conj()[:, :, None] * self._differences() * begun[:, None, :]
        slopes: Array = self.vectors.conj() @ inner @ self.vectors.transpose(0, 2, 1)
        return slopes

    def _differences(self) -> Array:
        """Divided differences of exp(-iE) at every two energies, (L, d, d)."""
        mean = (self.energies[:, :, None] + self.energies[:, None, :]) / 2
        half = (self.energies[:, :, None] - self.energies[:, None, :]) / 2
        differences: Array = -1j * np.exp(-1j * mean) * np.sinc(half / np.pi)
        return differences

    def final_slopes(self) -> list[Array]:
        """Slopes of every component of the final state along H_l: L arrays (d, d, d).

        Element [a, i, j] of one is the derivative of <a|psi_L> by H_ij.
        """
        differences = self._differences()
        back, found = np.eye(self.energies.shape[1], dtype=complex), []
        for i in range(len(self.vectors) - 1, -1, -1):
            own = self.vectors[i]
            rows = back @ own
            begun = own.conj().T @ self.states[i]
            inner = rows[:, :, None] * (differences[i] * begun)
            found.append(own.conj() @ inner @ own.T)
            back = (rows * np.exp(-1j * self.energies[i])) @ own.conj().T
        return found[::-1]
