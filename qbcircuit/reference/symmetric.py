"""All-to-all couplings, equal for every pair: collective spins instead of 2^N amplitudes."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray

from qbcircuit.reference.component import Component
from qbcircuit.reference.density import phase_sum
from qbcircuit.terms import Term

_AXES = "XYZ"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CollectiveForm:
    """H = sum_a linear_a S_a + sum_ab quadratic_ab S_a S_b + constant, S_a = sum_j sigma_a,j.

    Args:
        n_sites: N.
        linear: shape (3,), axes X, Y, Z.
        quadratic: shape (3, 3), symmetric.
        constant: an energy.
    """

    n_sites: int
    linear: NDArray[np.float64]
    quadratic: NDArray[np.float64]
    constant: float

    def matrix(self, n: int) -> sp.csr_array:
        """H on one multiplet of total spin n/2, rows by number of charged sites."""
        ladder = np.sqrt(np.arange(1.0, n + 1) * np.arange(n, 0.0, -1))
        up = sp.csr_array(sp.diags_array(ladder, offsets=-1, shape=(n + 1, n + 1)))
        z = sp.csr_array(sp.diags_array(n - 2.0 * np.arange(n + 1)))
        spins = (up + up.T, 1j * (up - up.T), z)
        total = sp.csr_array(sp.eye_array(n + 1)) * self.constant
        for a, b in itertools.product(range(3), repeat=2):
            if self.quadratic[a, b]:
                total = total + self.quadratic[a, b] * (spins[a] @ spins[b])
        for a in range(3):
            if self.linear[a]:
                total = total + self.linear[a] * spins[a]
        return total

    def highest_possible(self, n: int) -> float:
        """An upper bound on H for total spin n/2, from S.S = n(n+2)."""
        widest = float(np.linalg.eigvalsh(self.quadratic)[-1])
        field = float(np.linalg.norm(self.linear))
        return widest * n * (n + 2) + field * n + self.constant


def collective_form(terms: tuple[Term, ...], n_sites: int) -> CollectiveForm | None:
    """The form of permutation-symmetric fields and pairs; ``None`` for any other terms."""
    n_pairs = n_sites * (n_sites - 1) // 2
    if n_sites < 3 or len(terms) < n_pairs or any(term.order > 2 for term in terms):
        return None
    strengths: dict[str, dict[tuple[int, ...], float]] = defaultdict(lambda: defaultdict(float))
    for term in terms:
        sites = tuple(sorted(term.sites))
        for letters, strength in _expansion(term.operators, sites == term.sites, term.strength):
            strengths[letters][sites] += strength
    linear, quadratic = np.zeros(3), np.zeros((3, 3))
    for letters, at in strengths.items():
        values = list(at.values())
        if len(values) < (n_sites if len(letters) == 1 else n_pairs):
            return None
        if max(values) - min(values) > 1e-14 * max(map(abs, values)):
            return None
        axes = [_AXES.index(letter) for letter in letters]
        if len(axes) == 1:
            linear[axes[0]] = values[0]
        else:
            quadratic[axes[0], axes[1]] = values[0] / 2
    if np.max(np.abs(quadratic - quadratic.T)) > 1e-14 * np.max(np.abs(quadratic)):
        return None
    constant = -n_sites * float(np.trace(quadratic))
    return CollectiveForm(n_sites=n_sites, linear=linear, quadratic=quadratic, constant=constant)


@functools.lru_cache(maxsize=64)
def _expansion(
    operators: tuple[str, ...], ascending: bool, strength: complex
) -> tuple[tuple[str, float], ...]:
    """A term's Pauli letters and strengths, worked out once for all equal pairs."""
    sites = tuple(range(len(operators)))
    term = Term(operators, sites if ascending else sites[::-1], strength)
    return tuple((letters, value) for letters, _, value in term.paulis())


def lowest_and_highest(form: CollectiveForm) -> tuple[float, float]:
    """Extreme energies over all multiplets, n = N, N - 2, ..., not the symmetric one alone.

    Multiplets are visited by what they could reach at most, until none can do better.
    """
    flipped = CollectiveForm(
        n_sites=form.n_sites,
        linear=-form.linear,
        quadratic=-form.quadratic,
        constant=-form.constant,
    )
    return -_highest(flipped), _highest(form)


def _highest(form: CollectiveForm) -> float:
    found = -np.inf
    bounds = [(form.highest_possible(n), n) for n in range(form.n_sites, -1, -2)]
    for bound, n in sorted(bounds, reverse=True):
        if bound <= found:
            break
        found = max(found, _largest_eigenvalue(form.matrix(n)))
    return found


def _largest_eigenvalue(matrix: sp.csr_array) -> float:
    size = matrix.shape[0]
    if size < 8:
        return float(np.linalg.eigvalsh(matrix.toarray())[-1])
    bands = np.zeros((3, size), dtype=matrix.dtype)
    for offset in range(3):
        bands[offset, : size - offset] = matrix.diagonal(-offset)
    last = (size - 1, size - 1)
    energies = scipy.linalg.eig_banded(
        bands, lower=True, eigvals_only=True, select="i", select_range=last
    )
    return float(energies[0])


class SymmetricEvolution:
    """W(t) of N sites in the N + 1 symmetric states reached from all-0 or all-1.

    Args:
        component: constant, equal cells that all start in the same level.
        form: its Hamiltonian.
    """

    method = "permutation symmetry"

    def __init__(self, component: Component, form: CollectiveForm) -> None:
        low, high = component.energies[0]
        n = component.n_sites
        matrix = form.matrix(n)
        reached = np.arange(n + 1)
        start = n if component.excited[0] else 0
        if not matrix.diagonal(1).any():
            # flips come in pairs: only states with the start's parity are reached
            reached = reached[start % 2 :: 2]
        energies, vectors = _eigensystem(matrix[reached][:, reached])
        first = vectors[np.searchsorted(reached, start)]
        gained = (high - low) * (reached - start)
        observable = vectors.conj().T @ (gained[:, None] * vectors)
        self._energies = energies[None]
        self._matrix = (np.outer(first.conj(), first) * observable.T)[None]

    @staticmethod
    def applies(component: Component) -> bool:
        """Whether the sites are alike and start in one level, besides their terms."""
        return (
            component.is_constant
            and component.is_pure
            and len(set(component.energies)) == 1
            and len(set(component.excited)) == 1
        )

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time."""
        return phase_sum(self._matrix, self._energies, times)


def _eigensystem(matrix: sp.csr_array) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Eigensystem up to diagonal phases of the basis, to which W is blind."""
    coupling = matrix.diagonal(1)
    if abs(matrix - sp.tril(sp.triu(matrix, -1), 1)).nnz == 0:
        diagonal = matrix.diagonal().real
        energies, vectors = scipy.linalg.eigh_tridiagonal(diagonal, np.abs(coupling))
        return energies, vectors
    dense = matrix.toarray()
    return np.linalg.eigh(dense if dense.imag.any() else dense.real)
