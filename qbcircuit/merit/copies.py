"""Ergotropy of several copies of a state together, per copy, and where it leads."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from qbcircuit.errors import InvalidRequest, whole_number
from qbcircuit.merit.extraction import passive_energy
from qbcircuit.merit.spectra import fitting

Series = NDArray[np.float64]

_SAME = 1e-12
"""Numbers that differ by less than this, relative to their size, are one."""

_LARGEST = 1 << 22
"""Most different numbers that are listed."""


def copies_ergotropy(density: ArrayLike, energies: ArrayLike, n_copies: int) -> float:
    """Ergotropy per copy of n copies, extracted by unitaries on all of them together.

    E(rho^(x n))/n with the copies' energies added up. It does not fall where n doubles, starts at
    the ergotropy of one copy and tends to :func:`many_copies_ergotropy`.

    Args:
        density: of one copy, shape (d, d), in the energy basis.
        energies: level energies of one copy, shape (d,).
        n_copies: n, 1 or more.

    Raises:
        InvalidRequest: shapes that do not fit, or too many copies of too many levels.

    Reference: Alicki and Fannes, PRE 87, 042123 (2013), arXiv:1211.1209.
    """
    rho, levels = fitting(density, energies)
    mean = float(np.real(np.diag(rho)) @ levels)
    return mean - copies_passive_energy(np.linalg.eigvalsh(rho), levels, n_copies)


def copies_passive_energy(
    weights: ArrayLike,
    energies: ArrayLike,
    n_copies: int,
    *,
    energy_counts: ArrayLike | None = None,
) -> float:
    """Least energy per copy that unitaries can bring n copies of a spectrum to.

    Args:
        weights: eigenvalues of one copy; those left out are 0.
        energies: levels of one copy.
        n_copies: n, 1 or more.
        energy_counts: how often each level occurs; once where ``None``.

    Raises:
        InvalidRequest: too many copies of too many levels.
    """
    whole_number("The number of copies", n_copies, least=1, hint="Use 1, 2, ...")
    rows, levels = np.asarray(weights, dtype=float).clip(0.0), np.asarray(energies, dtype=float)
    once = np.ones(len(levels), dtype=object)
    counts = once if energy_counts is None else np.asarray(energy_counts, dtype=object)
    held, sums = _grouped(rows[rows > 0], None), _grouped(levels, counts)
    several, risen = held, sums
    for _ in range(n_copies - 1):
        several = _combined(several, held, np.multiply)
        risen = _combined(risen, sums, np.add)
    least = passive_energy(several[0], risen[0], weight_counts=several[1], energy_counts=risen[1])
    return least / n_copies


Grouped = tuple[Series, NDArray[np.object_]]


def _combined(first: Grouped, second: Grouped, operation: np.ufunc) -> Grouped:
    if len(first[0]) * len(second[0]) > _LARGEST:
        raise InvalidRequest(
            f"These copies have more than {_LARGEST} different products of levels. "
            "Ask for fewer copies or cells."
        )
    values = operation.outer(first[0], second[0]).ravel()
    return _grouped(values, np.multiply.outer(first[1], second[1]).ravel())


def _grouped(values: Series, counts: NDArray[np.object_] | None) -> Grouped:
    """Different values, rising, and how often each occurs."""
    several = np.ones(len(values), dtype=object) if counts is None else counts
    order = np.argsort(values, kind="stable")
    rising = values[order]
    slack = _SAME * np.maximum(np.abs(rising), np.abs(rising).max() * _SAME)
    first = np.flatnonzero(np.diff(rising, prepend=-np.inf) > slack)
    return rising[first], np.add.reduceat(several[order], first)


def many_copies_ergotropy(density: ArrayLike, energies: ArrayLike) -> float:
    """Ergotropy per copy of very many copies: what a free energy would allow.

    tr(rho H) - tr(rho_beta H), with rho_beta the thermal state that has the entropy of rho. It
    bounds the ergotropy of any number of copies, and is 0 for thermal states only.

    Args:
        density: of one copy, shape (d, d), in the energy basis.
        energies: level energies of one copy, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Alicki and Fannes, PRE 87, 042123 (2013), arXiv:1211.1209.
    """
    rho, levels = fitting(density, energies)
    mean = float(np.real(np.diag(rho)) @ levels)
    return mean - thermal_energy(np.linalg.eigvalsh(rho), levels)


def thermal_energy(
    weights: ArrayLike, energies: ArrayLike, counts: ArrayLike | None = None
) -> float:
    """Energy of the thermal state that has the entropy of a spectrum.

    Args:
        weights: eigenvalues, adding up to 1; those left out are 0.
        energies: levels.
        counts: how often each level occurs; once where ``None``.
    """
    levels = np.asarray(energies, dtype=float)
    several = np.ones(levels.size) if counts is None else np.asarray(counts, dtype=float)
    rows = np.asarray(weights, dtype=float)
    entropy = -float(np.sum(rows[rows > 0] * np.log(rows[rows > 0])))
    above = levels - levels.min()
    if entropy <= math.log(several[above <= _SAME * above.max()].sum()):
        return float(levels.min())

    def thermal(beta: float) -> Series:
        shares = several * np.exp(-beta * above)
        return np.asarray(shares / shares.sum())

    def excess(beta: float) -> float:
        shares = thermal(beta)
        inside = shares > 0
        return entropy + float(np.sum(shares[inside] * np.log(shares[inside] / several[inside])))

    if excess(0.0) >= 0:
        return float(thermal(0.0) @ levels)
    high = 1.0 / above.max()
    while excess(high) < 0:
        high *= 2
    return float(thermal(brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-14)) @ levels)
