"""How much work can be taken out of a state: ergotropy, its parts, and capacity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.errors import InvalidRequest
from qbcircuit.merit.spectra import fitting, product_energies

_EXACT = 1 << 53
"""Whole numbers below this are exact as floats."""


def passive_energy(
    weights: ArrayLike,
    energies: ArrayLike,
    *,
    weight_counts: ArrayLike | None = None,
    energy_counts: ArrayLike | None = None,
) -> float:
    """Least energy that unitaries can bring a spectrum to: sum_i r_i e_i, r falling, e rising.

    Args:
        weights: eigenvalues r; those left out are 0.
        energies: levels e.
        weight_counts: how often each weight occurs; once where ``None``.
        energy_counts: how often each level occurs; once where ``None``.

    Raises:
        InvalidRequest: more weights than levels.

    Reference: Pusz and Woronowicz, Commun. Math. Phys. 58, 273 (1978).
    """
    falling, held = _sorted(weights, weight_counts, falling=True)
    rising, room = _sorted(energies, energy_counts, falling=False)
    ends, tops = np.cumsum(held), np.cumsum(room)
    if ends[-1] > tops[-1]:
        raise InvalidRequest(f"{ends[-1]} populations do not fit on {tops[-1]} levels.")
    edges = np.unique(np.concatenate([ends, tops[tops < ends[-1]]]))
    widths = np.diff(edges, prepend=0).astype(float)
    held_by = falling[np.searchsorted(ends, edges)]
    lies_at = rising[np.searchsorted(tops, edges)]
    return float(np.sum(held_by * lies_at * widths))


def _sorted(
    values: ArrayLike, counts: ArrayLike | None, *, falling: bool
) -> tuple[NDArray[np.float64], NDArray[np.object_] | NDArray[np.int64]]:
    array = np.asarray(values, dtype=float)
    order = np.argsort(-array if falling else array, kind="stable")
    if counts is None:
        return array[order], np.ones(len(array), dtype=np.int64)
    several = np.asarray(counts, dtype=object)[order]
    return array[order], several if sum(several) >= _EXACT else several.astype(np.int64)


def ergotropy(density: ArrayLike, energies: ArrayLike) -> float:
    """The most work that a unitary can take out of a state.

    tr(rho H) - sum_i r_i e_i, populations r falling, energies e rising; 0 for passive states.
    The unitary may use all the levels that are given: see :mod:`qbcircuit.merit.spectra`.

    Args:
        density: density matrix, shape (d, d), in the energy basis.
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Allahverdyan, Balian, Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
    """
    rho, levels = fitting(density, energies)
    return float(np.real(np.diag(rho)) @ levels) - passive_energy(np.linalg.eigvalsh(rho), levels)


def population_ergotropy(populations: ArrayLike, energies: ArrayLike) -> float:
    """The most work that permutations of levels can take out: ergotropy without coherence.

    sum_i p_i e_i - sum_i p_i(falling) e_i(rising).

    Args:
        populations: shape (d,).
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Allahverdyan, Balian, Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
    """
    weights, levels = np.asarray(populations, dtype=float), np.asarray(energies, dtype=float)
    if weights.shape != levels.shape:
        raise InvalidRequest(f"There are {weights.size} populations but {levels.size} energies.")
    return float(weights @ levels) - passive_energy(weights, levels)


def incoherent_ergotropy(density: ArrayLike, energies: ArrayLike) -> float:
    """The ergotropy of the state with its coherences removed; the rest is coherent.

    All off-diagonal elements in the basis of levels are removed, those between products of equal
    energy too.

    Args:
        density: density matrix, shape (d, d), in the energy basis.
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Francica et al., PRL 125, 180603 (2020), arXiv:2006.05424.
    """
    rho, levels = fitting(density, energies)
    return population_ergotropy(np.real(np.diag(rho)), levels)


def coherent_ergotropy(density: ArrayLike, energies: ArrayLike) -> float:
    """What coherences add to the ergotropy: ergotropy - incoherent ergotropy, never negative.

    Args:
        density: density matrix, shape (d, d), in the energy basis.
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Francica et al., PRL 125, 180603 (2020), arXiv:2006.05424.
    """
    return ergotropy(density, energies) - incoherent_ergotropy(density, energies)


def local_ergotropy(density: ArrayLike, levels: Sequence[Sequence[float]]) -> float:
    """The most work that unitaries on single cells can take out: the sum of theirs.

    Condition: cells do not interact, I = sum_j I_j.

    Args:
        density: of the cells, shape (D, D), the first cell counting fastest.
        levels: level energies of every cell.

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Andolina et al., PRL 122, 047702 (2019), arXiv:1807.08656.
    """
    rho, _ = fitting(density, product_energies(levels))
    total, below = 0.0, 1
    for own in levels:
        d, above = len(own), len(rho) // (below * len(own))
        parts = rho.reshape(above, d, below, above, d, below)
        total += ergotropy(np.einsum("albamb->lm", parts), own)
        below *= d
    return total


def locked_ergotropy(density: ArrayLike, levels: Sequence[Sequence[float]]) -> float:
    """What correlations lock away from unitaries on single cells: ergotropy - local ergotropy.

    0 for products of pure states; never negative.

    Args:
        density: of the cells, shape (D, D), the first cell counting fastest.
        levels: level energies of every cell.

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Andolina et al., PRL 122, 047702 (2019), arXiv:1807.08656; the ergotropic gap of
    Alimuddin, Guha and Parashar, arXiv:1902.04869.
    """
    return ergotropy(density, product_energies(levels)) - local_ergotropy(density, levels)


def state_capacity(density: ArrayLike, energies: ArrayLike) -> float:
    """Highest minus lowest energy that unitaries can bring a state to.

    sum_i r_i (e_(d+1-i) - e_i), populations r falling, energies e rising.

    Args:
        density: density matrix, shape (d, d), in the energy basis.
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Yang et al., PRL 131, 030402 (2023), arXiv:2302.09905.
    """
    rho, levels = fitting(density, energies)
    weights = np.linalg.eigvalsh(rho)
    return -passive_energy(weights, -levels) - passive_energy(weights, levels)
