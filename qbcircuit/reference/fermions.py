"""Quadratic open chains: 2N Majorana modes instead of 2^N amplitudes.

Along the chain, c_2j = Z...Z X_j and c_2j+1 = Z...Z Y_j; then Z_j = -i c_2j c_2j+1 and every
nearest-neighbour product of X and Y is i times a product of two modes, so that
H = (i/4) sum_ab A_ab c_a c_b with A real and antisymmetric, and c(t) = exp(At) c.

Reference: Lieb, Schultz and Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from qbcircuit.reference.component import Component
from qbcircuit.reference.density import phase_sum
from qbcircuit.terms import Term

Array = NDArray[np.float64]

_BONDS = {"XX": (1, 2, 2.0), "YY": (0, 3, -2.0), "XY": (1, 3, 2.0), "YX": (0, 2, -2.0)}
"""A Pauli pair on neighbours as (mode, mode, A per unit strength), modes counted from 2j."""


def chain_order(terms: tuple[Term, ...], n_sites: int) -> list[int] | None:
    """The sites in order along an open chain, or ``None`` where the terms are no such chain.

    Terms are fields Z and pairs without Z on neighbours.
    """
    neighbours: dict[int, set[int]] = defaultdict(set)
    for term in terms:
        if term.order > 2 or ("Z" in term.operators) != (term.order == 1):
            return None
        if term.order == 2:
            a, b = term.sites
            neighbours[a].add(b)
            neighbours[b].add(a)
    ends = [site for site in range(n_sites) if len(neighbours[site]) == 1]
    if len(ends) != 2 or any(
        len(neighbours[site]) != 2 for site in set(range(n_sites)) - set(ends)
    ):
        return None
    order = [ends[0]]
    while len(order) < n_sites:
        onward = neighbours[order[-1]] - set(order[-2:-1])
        order.append(onward.pop())
    return order


def mode_couplings(terms: tuple[Term, ...], order: list[int]) -> Array:
    """The antisymmetric matrix A of H = (i/4) sum A_ab c_a c_b, shape (2N, 2N)."""
    place = {site: i for i, site in enumerate(order)}
    matrix = np.zeros((2 * len(order), 2 * len(order)))
    for term in terms:
        for letters, sites, strength in term.paulis():
            first = 2 * min(place[site] for site in sites)
            if letters == "Z":
                a, b, factor = 0, 1, 2.0
            else:
                along = letters if place[sites[0]] < place[sites[1]] else letters[::-1]
                a, b, factor = _BONDS[along]
            matrix[first + a, first + b] -= factor * strength
            matrix[first + b, first + a] += factor * strength
    return matrix


class FreeFermions:
    """W(t) from the covariance of the modes, G(t) = exp(At) G(0) exp(At)^T.

    <Z_j> = -G_{2j,2j+1}, and the start, basis or thermal, is Gaussian.

    Args:
        component: constant, an open chain of pairs and fields.
        order: its sites along the chain.
    """

    method = "free fermions"

    def __init__(self, component: Component, order: list[int]) -> None:
        energies = np.array(component.energies)[order]
        gain = (energies[:, 1] - energies[:, 0]) / 2
        start = 1 - 2 * np.array(component.excited)[order]
        matrix = mode_couplings(component.terms, order)
        self._start = float(gain @ start)
        if matrix[::2, ::2].any() or matrix[1::2, 1::2].any():
            self._polarisation = _any_chain(matrix, gain, start)
        else:
            self._polarisation = _bipartite_chain(matrix[::2, 1::2], gain, start)

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time."""
        return self._start - self._polarisation(times)


def _bipartite_chain(block: Array, gain: Array, start: Array) -> Callable[[Array], Array]:
    """Where A couples even to odd modes only (XX, YY, Z): one N x N singular value decomposition.

    sum_j gain_j <Z_j> = sum_ab P_ab (Q_ab cos_a cos_b + Q_ba sin_a sin_b), P and Q the gains and
    the start in the singular vectors.
    """
    left, rates, right = np.linalg.svd(block)
    read = left.T @ (gain[:, None] * right.T)
    written = left.T @ (start[:, None] * right.T)
    cosines, sines = read * written, read * written.T

    def polarisation(times: Array) -> Array:
        cos, sin = np.cos(rates[:, None] * times), np.sin(rates[:, None] * times)
        total: Array = np.einsum("at,at->t", cos, cosines @ cos)
        total += np.einsum("at,at->t", sin, sines @ sin)
        return total

    return polarisation


def _any_chain(matrix: Array, gain: Array, start: Array) -> Callable[[Array], Array]:
    """Any couplings: the 2N x 2N Hermitian matrix iA diagonalised."""
    rates, vectors = np.linalg.eigh(1j * matrix)
    read, covariance = np.zeros_like(matrix), np.zeros_like(matrix)
    even, odd = np.arange(0, len(matrix), 2), np.arange(1, len(matrix), 2)
    read[even, odd], read[odd, even] = gain / 2, -gain / 2
    covariance[even, odd], covariance[odd, even] = -start, start
    rotated = vectors.conj().T @ covariance @ vectors
    observed = vectors.conj().T @ read @ vectors

    def polarisation(times: Array) -> Array:
        return phase_sum((rotated * observed.T)[None], rates[None], times)

    return polarisation
