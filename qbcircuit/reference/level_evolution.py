"""Exact evolution of sites of any number of levels in the basis that is reached."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from qbcircuit.charging import Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import sector
from qbcircuit.reference.chebyshev import ChebyshevEvolution
from qbcircuit.reference.density import DensityEvolution
from qbcircuit.reference.level_parts import Acting, LevelPart
from qbcircuit.reference.monomials import Product, monomial
from qbcircuit.reference.reachable import Basis, TooManyStates, reachable

LARGEST_PURE = 1 << 20
"""Most basis states of a pure state."""

LARGEST_MIXED = 1 << 11
"""Most basis states of a density matrix."""

_DIAGONALISED = 1 << 9
"""Most basis states of a pure state that is followed by diagonalising H."""

Solver = ChebyshevEvolution | DensityEvolution[Acting]


def reached(part: LevelPart) -> Basis:
    """The basis states that a part reaches.

    Raises:
        InvalidRequest: more than can be kept.
    """
    pure = part.is_pure and not part.resets
    limit = LARGEST_PURE if pure else LARGEST_MIXED
    try:
        return reachable(part.states, part.moves(), part.dimensions, most=limit)
    except TooManyStates:
        what = "state" if pure else "density matrix"
        raise InvalidRequest(
            f"{len(part.dimensions)} sites that meet need a {what} of more than {limit} basis "
            "states. Use fewer sites or levels, or --backend aer."
        ) from None


def solver(part: LevelPart, basis: Basis | None = None) -> Solver:
    """What evolves a part.

    Args:
        part: which.
        basis: what it reaches, where known.
    """
    basis = reached(part) if basis is None else basis
    if part.is_pure and not part.resets and len(basis) > _DIAGONALISED:
        return ChebyshevEvolution(PureLevels(part, basis), "states reached, Chebyshev")
    return DensityEvolution(MixedLevels(part, basis), "states reached, diagonalised")


class _Levels:
    """What both kinds of evolution share.

    Args:
        part: what evolves.
        basis: the states it reaches.
    """

    def __init__(self, part: LevelPart, basis: Basis) -> None:
        self.part = part
        self.basis = basis

    @functools.cached_property
    def observable(self) -> sp.csr_array:
        """I on the basis, cells only."""
        energies = self.basis.energy(self.part.levels)
        inner = self.basis.matrix(self.part.interactions)
        return sp.csr_array(sp.diags_array(energies) + inner)

    def matrix(self, step: Acting) -> sp.csr_array:
        """H of a step."""
        return self.basis.matrix(step.products)

    @functools.cached_property
    def vector(self) -> sector.Array:
        """The pure start on the basis, shape (n,)."""
        found = np.zeros(len(self.basis), dtype=complex)
        found[self.basis.places(self.part.states)] = self.part.amplitudes
        return found if found.imag.any() else found.real


class PureLevels(_Levels):
    """A pure state without resets."""

    def __init__(self, part: LevelPart, basis: Basis) -> None:
        super().__init__(part, basis)
        self.start = self.vector
        self.durations = [step.duration for step in part.evolutions]

    @functools.cached_property
    def energy(self) -> sector.Array | sp.csr_array:
        """I on the basis: energies, none negative, where it is diagonal."""
        if self.part.interactions:
            return self.observable
        energies = self.basis.energy(self.part.levels)
        return energies - energies.min()

    @functools.cached_property
    def gained(self) -> float:
        """Minus the energy followed at time 0."""
        if sp.issparse(self.energy):
            return -float(np.vdot(self.start, self.energy @ self.start).real)
        return -float(np.abs(self.start) ** 2 @ self.energy)

    def hamiltonian(self, step: int) -> sp.csr_matrix:
        """H of a step."""
        return sp.csr_matrix(self.matrix(self.part.evolutions[step]))

    def doubled(self, step: int) -> tuple[sp.csr_matrix, float]:
        """2 (H - centre) / rate of a step and the rate, by Gershgorin's discs."""
        matrix = self.hamiltonian(step)
        diagonal = matrix.diagonal().real
        rest = np.asarray(abs(matrix).sum(axis=1)).ravel() - np.abs(diagonal)
        low, high = float((diagonal - rest).min()), float((diagonal + rest).max())
        centre, rate = (low + high) / 2, (high - low) / 2
        shifted = matrix - centre * sp.eye_array(len(self.basis))
        return sp.csr_matrix(shifted * (2 / (rate or 1.0))), rate


class MixedLevels(_Levels):
    """A density matrix, with resets; one block."""

    def __init__(self, part: LevelPart, basis: Basis) -> None:
        super().__init__(part, basis)
        self.steps: Sequence[Acting | Reset] = part.steps
        self._replacing: dict[Reset, list[tuple[float, list[sp.csr_array]]]] = {}

    @functools.cached_property
    def start(self) -> sector.Array:
        """The state at time 0, shape (1, n, n)."""
        if self.part.is_pure:
            return np.outer(self.vector, self.vector.conj())[None]
        weights = np.zeros(len(self.basis))
        weights[self.basis.places(self.part.states)] = self.part.weights
        return np.diag(weights)[None]

    @functools.cached_property
    def energy(self) -> sector.Array:
        """I on the basis, shape (1, n, n)."""
        return np.asarray(self.observable.toarray())[None]

    def hamiltonian(self, step: Acting) -> sector.Array:
        """H of a step, shape (1, n, n)."""
        return np.asarray(self.matrix(step).toarray())[None]

    def replaced(self, step: Reset, matrix: sector.Array) -> sector.Array:
        """rho -> (1 - p) rho + p sum_l K_l rho K_l^dag, K_l = |fresh><l|, site by site."""
        if step not in self._replacing:
            self._replacing[step] = [self._kraus(step, site) for site in step.sites]
        state = matrix[0]
        for p, operators in self._replacing[step]:
            fresh = sum(k @ state @ k.conj().T for k in operators)
            state = fresh if p == 1.0 else (1 - p) * state + p * fresh
        return np.asarray(state)[None]

    def _kraus(self, step: Reset, site: int) -> tuple[float, list[sp.csr_array]]:
        d = self.part.dimensions[site]
        if step.populations:
            pure = [np.sqrt(p) * np.eye(d)[level] for level, p in enumerate(step.populations) if p]
        else:
            pure = [np.array(step.amplitudes or np.eye(d)[0])]
        operators = [self._unit(site, fresh, level) for fresh in pure for level in range(d)]
        return step.probability, operators

    def _unit(self, site: int, fresh: NDArray[np.complex128], level: int) -> sp.csr_array:
        """|fresh><level| of one site on the basis."""
        d = self.part.dimensions[site]
        parts = [
            Product(complex(value), (site,), (monomial(f"|{after}><{level}|", d),))
            for after, value in enumerate(fresh)
            if value
        ]
        return self.basis.matrix(parts)
