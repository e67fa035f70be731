"""How far states are apart, how fast they move, and how soon they can be there."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import fisher_of_mixture


def bures_angle(first: ArrayLike, second: ArrayLike) -> float:
    """L = arccos sqrt(F), with F = (tr sqrt(sqrt(rho) sigma sqrt(rho)))^2.

    Args:
        first: density matrix rho, shape (d, d).
        second: density matrix sigma, shape (d, d).

    Returns:
        From 0 (equal) to pi/2 (orthogonal).

    Reference: Uhlmann, Rep. Math. Phys. 9, 273 (1976).
    """
    product = _root(first) @ _root(second)
    root_fidelity = float(np.linalg.svd(product, compute_uv=False).sum())
    return math.acos(min(1.0, root_fidelity))


def product_bures_angle(
    first: Iterable[Iterable[float]], second: Iterable[Iterable[float]]
) -> float:
    """Bures angle between two products of diagonal states.

    L = arccos prod_j sum_l sqrt(p_jl q_jl); any number of cells.

    Args:
        first: populations p_jl of every cell.
        second: populations q_jl of every cell.
    """
    overlaps = (
        math.fsum(math.sqrt(p * q) for p, q in zip(one, other, strict=True))
        for one, other in zip(first, second, strict=True)
    )
    return math.acos(min(1.0, math.prod(overlaps)))


def fisher_information(density: ArrayLike, generator: ArrayLike) -> float:
    """Quantum Fisher information about t of a state that moves as exp(-iHt).

    F = 2 sum_ij (r_i - r_j)^2 / (r_i + r_j) |<i|H|j>|^2; 4 Var(H) of a pure state, at most that of
    a mixed one. The state moves by the Bures angle sqrt(F)/2 dt in dt.

    Args:
        density: density matrix, shape (d, d).
        generator: H, shape (d, d), an energy.

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Braunstein and Caves, PRL 72, 3439 (1994).
    """
    rho, drive = np.asarray(density, dtype=complex), np.asarray(generator, dtype=complex)
    if rho.shape != drive.shape:
        raise InvalidRequest(
            f"The density matrix has shape {rho.shape} but the generator {drive.shape}."
        )
    return fisher_of_mixture(rho, drive)


def mandelstam_tamm_time(angle: float, spread: float) -> float:
    """The least time in which a state moves by a Bures angle, T >= L / Delta H.

    Valid for every unitary evolution, with the time average of Delta H; infinite where Delta H is
    0 and the state has to move.

    Args:
        angle: L, from 0 to pi/2.
        spread: the time average of the standard deviation of H, an energy.

    Reference: Mandelstam and Tamm, J. Phys. USSR 9, 249 (1945); for mixed states Uhlmann, Phys.
    Lett. A 161, 329 (1992).
    """
    if angle == 0:
        return 0.0
    return math.inf if spread <= 0 else angle / spread


def mean_energy_time(angle: float, mean: float) -> float:
    """L / E, the time that the mean energy above the lowest level suggests.

    A bound for time-independent H between orthogonal states alone (there it is Margolus and
    Levitin's pi/(2E)). Between others, or for H(t), states may arrive sooner: informative.

    Args:
        angle: L, from 0 to pi/2.
        mean: E = <H> minus the lowest level of H, an energy.

    Reference: Margolus and Levitin, Physica D 120, 188 (1998), arXiv:quant-ph/9710043; Hornedal and
    Sonnerborn, arXiv:2301.10063 and PRA 108, 052421 (2023), arXiv:2303.09423.
    """
    if angle == 0:
        return 0.0
    return math.inf if mean <= 0 else angle / mean


def _root(density: ArrayLike) -> NDArray[np.complex128]:
    values, vectors = np.linalg.eigh(np.asarray(density, dtype=complex))
    root: NDArray[np.complex128] = (vectors * np.sqrt(values.clip(0.0))) @ vectors.conj().T
    return root
