"""Dense matrices of protocols, built letter by letter from Kronecker products.

They are independent of the compiler and of the exact reference, so that they can judge both. An
index of a matrix counts site 0 fastest: bit j is the level of site j where all have two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qbcircuit.battery import Battery
from qbcircuit.charging import (
    RESET_SLACK,
    ChargingProtocol,
    Evolve,
    Reset,
    cell_terms,
    internal_terms,
)
from qbcircuit.starts import GroundStart, ProductStart, PureStart
from qbcircuit.terms import Term, matrix_unit

Matrix = npt.NDArray[np.complex128]

LETTERS: dict[str, Matrix] = {
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]], dtype=complex),
    "Z": np.array([[1, 0], [0, -1]], dtype=complex),
    "+": np.array([[0, 0], [1, 0]], dtype=complex),
    "-": np.array([[0, 1], [0, 0]], dtype=complex),
}
"""Matrices on (|0>, |1>)."""


def letter_matrix(letter: str, dimension: int) -> Matrix:
    """A letter on a site of ``dimension`` levels, shape (d, d)."""
    unit = matrix_unit(letter)
    if unit is not None:
        found = np.zeros((dimension, dimension), dtype=complex)
        found[unit] = 1.0
        return found
    if letter in LETTERS:
        return LETTERS[letter]
    lowers = np.diag(np.sqrt(np.arange(1.0, dimension)), k=1).astype(complex)
    modes: dict[str, Matrix] = {"a": lowers, "c": lowers.T, "n": lowers.T @ lowers}
    return modes[letter]


def placed(factors: Mapping[int, Matrix], dimensions: Sequence[int]) -> Matrix:
    """A product of matrices on some sites, identity on the others."""
    product = np.ones((1, 1), dtype=complex)
    for site, d in enumerate(dimensions):
        product = np.kron(factors.get(site, np.eye(d)), product)
    return product


def dense_hamiltonian(terms: Iterable[Term], dimensions: int | Sequence[int]) -> Matrix:
    """The sum of terms as a matrix.

    Args:
        terms: h.c. is added where a product is not Hermitian.
        dimensions: number of levels of every site, or the number of two-level sites.

    Returns:
        Shape (prod d, prod d), energies.
    """
    sizes = (2,) * dimensions if isinstance(dimensions, int) else tuple(dimensions)
    total = np.zeros((math.prod(sizes),) * 2, dtype=complex)
    for term in terms:
        factors = {
            site: letter_matrix(letter, sizes[site])
            for site, letter in zip(term.sites, term.operators, strict=True)
        }
        product = term.strength * placed(factors, sizes)
        total += product + product.conj().T if term.adds_conjugate else product
    return total


def evolution(hamiltonian: Matrix, duration: float) -> Matrix:
    """exp(-i H t) from the spectrum of H."""
    energies, vectors = np.linalg.eigh(hamiltonian)
    unitary: Matrix = (vectors * np.exp(-1j * duration * energies)) @ vectors.conj().T
    return unitary


def exact_unitary(protocol: ChargingProtocol, time: float) -> Matrix:
    """The exact evolution from time 0 to ``time``, identity shifts left out.

    Args:
        protocol: without resets.
        time: protocol time.

    Returns:
        Shape (prod d, prod d).
    """
    sizes = protocol.battery.dimensions
    unitary = np.eye(math.prod(sizes), dtype=complex)
    start = 0.0
    for step in protocol.schedule:
        if isinstance(step, Reset):
            raise ValueError("a protocol with resets has no unitary")
        elapsed = min(step.duration, max(0.0, time - start))
        hamiltonian = dense_hamiltonian(protocol.generator(step)[0], sizes)
        unitary = evolution(hamiltonian, elapsed) @ unitary
        start += step.duration
    return unitary


def start_density(battery: Battery) -> Matrix:
    """The state at time 0."""
    start = battery.start
    if isinstance(start, PureStart):
        return np.outer(start.amplitudes, np.conj(start.amplitudes))
    if isinstance(start, GroundStart):
        return _ground_density(battery)
    if isinstance(start, ProductStart):
        vector = np.ones(1, dtype=complex)
        for row in start.amplitudes:
            vector = np.kron(np.array(row), vector)
        return np.outer(vector, vector.conj())
    weights = np.ones(1, dtype=complex)
    for populations in battery.start_populations:
        weights = np.kron(np.array(populations, dtype=complex), weights)
    return np.diag(weights)


def _ground_density(battery: Battery) -> Matrix:
    """The lowest state of I, sites without energies in level 0."""
    sizes = battery.dimensions
    hamiltonian = dense_hamiltonian(internal_terms(battery)[0], sizes)
    still = [j for j, site in enumerate(battery.sites) if not site.splitting]
    moved = {site for term in battery.interactions for site in term.sites}
    for site in set(still) - moved:  # a penalty keeps them where they are
        up = np.diag(np.arange(float(sizes[site]))).astype(complex)
        hamiltonian = hamiltonian + 1e3 * placed({site: up}, sizes)
    vector = np.linalg.eigh(hamiltonian)[1][:, 0]
    return np.outer(vector, vector.conj())


def energy_matrix(battery: Battery) -> Matrix:
    """I of the cells, interactions included, shape (prod d, prod d)."""
    terms, shift = cell_terms(battery)
    sizes = battery.dimensions
    return dense_hamiltonian(terms, sizes) + shift * np.eye(math.prod(sizes))


def density_at(protocol: ChargingProtocol, time: float) -> Matrix:
    """The state of all sites; a reset at that very time has happened."""
    battery = protocol.battery
    state, left = start_density(battery), time
    for step in protocol.schedule:
        if left < -RESET_SLACK * time:
            break
        if isinstance(step, Evolve):
            hamiltonian = dense_hamiltonian(protocol.generator(step)[0], battery.dimensions)
            unitary = evolution(hamiltonian, min(left, step.duration))
            state = unitary @ state @ unitary.conj().T
            left -= step.duration
        else:
            state = after_reset(state, step, battery.dimensions)
    return state


def after_reset(state: Matrix, reset: Reset, dimensions: Sequence[int]) -> Matrix:
    """rho -> (1 - p) rho + p (fresh x tr_site rho), site by site."""
    for site in reset.sites:
        d = dimensions[site]
        fresh = np.diag(np.array(reset.populations or np.eye(d)[0], dtype=complex))
        if reset.amplitudes:
            fresh = np.outer(reset.amplitudes, np.conj(reset.amplitudes))
        below, above = math.prod(dimensions[:site]), math.prod(dimensions[site + 1 :])
        parts = state.reshape(above, d, below, above, d, below)
        rest = np.einsum("albcld->abcd", parts)
        whole = np.einsum("abcd,lm->albcmd", rest, fresh).reshape(state.shape)
        state = (1 - reset.probability) * state + reset.probability * whole
    return state


def work_at(protocol: ChargingProtocol, time: float) -> float:
    """W = tr[I (rho_t - rho_0)]; a reset at that very time has happened."""
    energy = energy_matrix(protocol.battery)
    gained = density_at(protocol, time) - start_density(protocol.battery)
    return float(np.trace(energy @ gained).real)


def reduced(state: Matrix, dimensions: Sequence[int], sites: Sequence[int]) -> Matrix:
    """The density matrix of some sites, in the order in which they are named."""
    n = len(dimensions)
    others = [site for site in range(n) if site not in sites]
    order = [n - 1 - site for site in (*reversed(sites), *others)]
    tensor = state.reshape(tuple(reversed(dimensions)) * 2)
    moved = tensor.transpose([*order, *(n + axis for axis in order)])
    size = math.prod(dimensions[site] for site in sites)
    rest = len(state) // size
    found: Matrix = np.einsum("ajbj->ab", moved.reshape(size, rest, size, rest))
    return found


def distance_up_to_phase(left: Matrix, right: Matrix) -> float:
    """min_phi ||left - e^{i phi} right||: 2-norm of state vectors, operator norm of unitaries.

    For unitaries it is 2 sin(a/4), with a the shortest arc of the circle that holds the
    eigenvalues of right^dag left.
    """
    if left.ndim == 1:
        overlap = np.vdot(right, left)
        phase = overlap / abs(overlap) if abs(overlap) > 0 else 1.0
        return float(np.linalg.norm(left - phase * right))
    angles = np.sort(np.angle(np.linalg.eigvals(right.conj().T @ left)))
    widest_gap = np.max(np.diff(angles, append=angles[0] + 2 * np.pi))
    return float(2 * np.sin((2 * np.pi - widest_gap) / 4))
