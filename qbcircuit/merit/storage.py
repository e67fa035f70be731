"""What is left of a charge after a delay: amplitude damping and dephasing, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.errors import InvalidRequest

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """A delay during which every cell decays and dephases by itself.

    Cells lose quanta one by one, level n at the rate n/T1, and coherences between n and m decay
    as exp(-(n - m)^2 t/T_phi) besides, with 1/T_phi = 1/T2 - 1/(2 T1): of two levels, the
    populations with T1 and the coherence with T2. Condition: cells do not interact.

    Args:
        delay: how long, in any unit of time.
        t1: time in which one quantum decays, in the same unit; infinite: no decay.
        t2: time in which the coherence between levels 0 and 1 decays, at most 2 T1; no dephasing
            beside the decay where ``None``.

    Raises:
        InvalidRequest: a negative delay, or times that cannot be.
    """

    delay: float
    t1: float = math.inf
    t2: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.delay) and self.delay >= 0):
            raise InvalidRequest(f"A delay must be finite and not negative, got {self.delay}.")
        if not self.t1 > 0 or (self.t2 is not None and not self.t2 > 0):
            raise InvalidRequest(f"T1 and T2 must be positive, got {self.t1} and {self.t2}.")
        if self.t2 is not None and self.t2 > 2 * self.t1 * (1 + _ROUNDING):
            raise InvalidRequest(
                f"T2 is at most 2 T1 = {2 * self.t1:g}, got {self.t2:g}. Lower it."
            )

    @property
    def kept(self) -> float:
        """Share of single quanta that are left, exp(-t/T1)."""
        return math.exp(-self.delay / self.t1)

    @property
    def blurred(self) -> float:
        """Factor of neighbouring coherences beyond damping, exp(-t/T_phi)."""
        if self.t2 is None:
            return 1.0
        rate = max(1 / self.t2 - 1 / (2 * self.t1), 0.0)
        return math.exp(-self.delay * rate)


def stored_density(
    density: ArrayLike, dimensions: Sequence[int], storage: Storage
) -> NDArray[np.complex128]:
    """The state of cells after the delay.

    Args:
        density: shape (D, D), the first cell counting fastest.
        dimensions: levels of every cell.
        storage: the delay and what happens in it.

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Nielsen and Chuang, Quantum Computation and Quantum Information (2000), ch. 8.
    """
    rho = np.asarray(density, dtype=complex)
    size = math.prod(dimensions)
    if rho.shape != (size, size):
        raise InvalidRequest(f"{len(dimensions)} cells have {size} levels, not {rho.shape}.")
    below = 1
    for d in dimensions:
        above = size // (below * d)
        parts = rho.reshape(above, d, below, above, d, below)
        rho = np.einsum("nmkl,akbclf->anbcmf", _map(d, storage), parts).reshape(size, size)
        below *= d
    return rho


def stored_populations(
    populations: ArrayLike, dimensions: Sequence[int], storage: Storage
) -> NDArray[np.float64]:
    """Populations of levels after the delay; coherences do not matter to them.

    Args:
        populations: shape (D,), the first cell counting fastest.
        dimensions: levels of every cell.
        storage: the delay and what happens in it.
    """
    weights = np.asarray(populations, dtype=float)
    below = 1
    for d in dimensions:
        table = np.einsum("nnkk->nk", _map(d, storage))
        parts = weights.reshape(-1, d, below)
        weights = np.einsum("nk,akb->anb", table, parts).ravel()
        below *= d
    return weights


def _map(d: int, storage: Storage) -> NDArray[np.float64]:
    """<n| channel(|k><l|) |m> at [n, m, k, l]."""
    eta = storage.kept
    found = np.zeros((d, d, d, d))
    for lost in range(d):
        root = [
            math.sqrt(math.comb(k, lost) * eta ** (k - lost) * (1 - eta) ** lost)
            for k in range(lost, d)
        ]
        for i, left in enumerate(root):
            for j, right in enumerate(root):
                found[i, j, i + lost, j + lost] += left * right
    gaps = np.subtract.outer(np.arange(d), np.arange(d)) ** 2
    return found * (storage.blurred ** gaps.astype(float))
