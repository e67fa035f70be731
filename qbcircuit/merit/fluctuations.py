"""Fluctuations of energy and work, and the power that they allow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.errors import InvalidRequest, whole_number

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WorkDistribution:
    """Work by two projective measurements of the energy, before and after charging.

    Its mean is the deposited work where the start has no coherence between energies; otherwise
    the first measurement has changed what is charged.

    Args:
        work: values, shape (B,), in energy units.
        probabilities: their weights, shape (B,), adding up to 1.

    Raises:
        InvalidRequest: weights that are negative or do not add up to 1.

    Reference: Talkner, Lutz and Hanggi, PRE 75, 050102 (2007), arXiv:cond-mat/0703189.
    """

    work: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __post_init__(self) -> None:
        work_moments(self.work, self.probabilities)

    @property
    def mean(self) -> float:
        """<w>."""
        return work_moments(self.work, self.probabilities)[0]

    @property
    def variance(self) -> float:
        """<w^2> - <w>^2."""
        return work_moments(self.work, self.probabilities)[1]

    def characteristic(self, arguments: ArrayLike) -> NDArray[np.complex128]:
        """G(u) = <exp(iuw)>.

        Args:
            arguments: u, shape (M,), in 1/energy.
        """
        phases = np.exp(1j * np.multiply.outer(np.asarray(arguments, dtype=float), self.work))
        return np.asarray(phases @ self.probabilities)

    def exponential_mean(self, beta: float) -> float:
        """<exp(-beta w)>, which is 1 for cells that start at inverse temperature beta.

        Reference: Jarzynski, PRL 78, 2690 (1997), arXiv:cond-mat/9610209.
        """
        return float(self.probabilities @ np.exp(-beta * self.work))


def work_moments(work: ArrayLike, probabilities: ArrayLike) -> tuple[float, float]:
    """Mean and variance of a work distribution.

    Args:
        work: values, shape (B,), in the unit of the levels.
        probabilities: their weights, shape (B,), summing to 1.

    Returns:
        (mean, variance).

    Raises:
        InvalidRequest: weights that are negative or do not sum to 1.
    """
    values, weights = np.asarray(work, dtype=float), np.asarray(probabilities, dtype=float)
    if weights.min() < -_ROUNDING or abs(weights.sum() - 1) > 1e-6:
        raise InvalidRequest(f"Probabilities must sum to 1, got a sum of {weights.sum():.6g}.")
    mean = float(weights @ values)
    return mean, float(weights @ (values - mean) ** 2)


def producible_variance(n_cells: int, size: int, *, splitting: float = 1.0) -> float:
    """Largest Var(I) of pure states that are products of at most r entangled cells each.

    Delta^2 [floor(N/r) r^2 + (N - floor(N/r) r)^2] / 4, reached by blocks in a superposition of
    empty and full. A pure state with more Var(I) entangles more than r cells.

    Condition: pure states, and I a sum of equal cells.

    Args:
        n_cells: N.
        size: r, from 1 to N.
        splitting: Delta of a cell.

    Raises:
        InvalidRequest: an r outside 1..N.

    Reference: Julia-Farre et al., PRR 2, 023113 (2020), arXiv:1811.04005.
    """
    whole_number("The entangled cells", size, least=1, most=n_cells, hint=f"Use 1..{n_cells}.")
    blocks = n_cells // size
    rest = n_cells - blocks * size
    return splitting**2 * (blocks * size**2 + rest**2) / 4


def entanglement_depth(variance: float, n_cells: int, *, splitting: float = 1.0) -> int:
    """The fewest cells that must be entangled for a pure state to have this Var(I).

    Args:
        variance: Var(I), in energy units squared.
        n_cells: N.
        splitting: Delta of a cell.

    Raises:
        InvalidRequest: a variance that no state has, above (N Delta)^2/4.

    Reference: Julia-Farre et al., PRR 2, 023113 (2020), arXiv:1811.04005.
    """
    for size in range(1, n_cells + 1):
        limit = producible_variance(n_cells, size, splitting=splitting)
        if variance <= limit * (1 + _ROUNDING):
            return size
    raise InvalidRequest(
        f"No state of {n_cells} cells has a variance above {limit:.6g}, got {variance:.6g}."
    )


def instantaneous_power(density: ArrayLike, generator: ArrayLike, energy: ArrayLike) -> float:
    """dW/dt = i tr([H, I] rho).

    Args:
        density: of all sites, shape (D, D).
        generator: H, shape (D, D).
        energy: I, shape (D, D).

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    rho, drive, charge = (np.asarray(one, dtype=complex) for one in (density, generator, energy))
    return float(-2 * np.trace(rho @ drive @ charge).imag)


def power_limit(energy_variance: float, generator_variance: float) -> float:
    """2 Delta I Delta H, which no power exceeds (Robertson); a global flip saturates it.

    Args:
        energy_variance: Var(I).
        generator_variance: Var(H).

    Reference: Julia-Farre et al., PRR 2, 023113 (2020), arXiv:1811.04005; Garcia-Pintos et al.,
    PRL 125, 040601 (2020), arXiv:1909.03558.
    """
    return 2 * math.sqrt(max(energy_variance, 0.0) * max(generator_variance, 0.0))
