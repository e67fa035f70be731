"""exp(At) of real antisymmetric A, for many t."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qbcircuit.compile.exact.givens import Complexes, Floats

Indices = npt.NDArray[np.intp]


class Generator(Protocol):
    """Turns modes."""

    def turned(self, rotation: Floats, duration: float) -> Floats:
        """exp(A duration) rotation."""
        ...


def generator(couplings: Floats, classes: tuple[Indices, ...]) -> Generator:
    """A decomposed as cheaply as it allows.

    Args:
        couplings: A, shape (modes, modes).
        classes: modes that A does not mix.
    """
    if couplings[::2, ::2].any() or couplings[1::2, 1::2].any():
        return _Any(*np.linalg.eigh(1j * couplings))
    parts = []
    for modes in classes:
        even, odd = modes[modes % 2 == 0], modes[modes % 2 == 1]
        parts.append((even, odd, *np.linalg.svd(couplings[np.ix_(even, odd)])))
    return _Bipartite(tuple(parts))


@dataclass(frozen=True, slots=True, eq=False)
class _Any:
    """iA is Hermitian."""

    rates: Floats
    vectors: Complexes

    def turned(self, rotation: Floats, duration: float) -> Floats:
        """exp(A duration) rotation."""
        phases = np.exp(-1j * duration * self.rates)
        turned: Floats = ((self.vectors * phases) @ self.vectors.conj().T).real @ rotation
        return turned


@dataclass(frozen=True, slots=True, eq=False)
class _Bipartite:
    """A couples even to odd modes only, by M = L S R: exp(At) is cos(St) within and sin(St) across.

    Args:
        parts: even modes, odd modes, L, S and R of modes that do not mix with others.
    """

    parts: tuple[tuple[Indices, Indices, Floats, Floats, Floats], ...]

    def turned(self, rotation: Floats, duration: float) -> Floats:
        """exp(A duration) rotation."""
        turned = rotation.copy()
        for even, odd, left, rates, right in self.parts:
            n = len(rates)
            cos, sin = np.cos(duration * rates)[:, None], np.sin(duration * rates)[:, None]
            evens, odds = left.T @ rotation[even], right @ rotation[odd]
            evens[:n], odds[:n] = cos * evens[:n] + sin * odds[:n], cos * odds[:n] - sin * evens[:n]
            turned[even], turned[odd] = left @ evens, right.T @ odds
        return turned
