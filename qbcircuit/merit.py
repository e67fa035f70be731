"""Figures of merit of states and of work distributions.

State vectors and density matrices are little-endian: cell 0 is the least significant bit of a
basis index, as in qiskit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest

_ROUNDING = 1e-9


def _power_root() -> float:
    """The positive root of tan x = 2x, by the contraction x -> arctan 2x."""
    x = 1.0
    for _ in range(60):
        x = math.atan(2 * x)
    return x


PARALLEL_POWER_TIME = _power_root()
"""Time (unit strength) at which parallel charging has its best average power: 1.165561..."""

PARALLEL_POWER = math.sin(PARALLEL_POWER_TIME) ** 2 / PARALLEL_POWER_TIME
"""max_t sin^2(t)/t = 0.724611..., the best average power of parallel charging over N Delta."""


def parallel_capacity(battery: Battery) -> float:
    """Work that the parallel charger deposits at t = pi/2 from the battery's start.

    sum_j |top><0| + h.c. (X for two levels) swaps lowest and highest level of every cell:
    sum_j Delta_j (p_0 - p_top), the capacity from the ground state, N Delta tanh(beta Delta/2)
    from a thermal one of two levels. Negative where the start is mostly excited.

    Args:
        battery: cells that do not interact with each other, in a product start.

    Returns:
        The work, in the unit of the levels.

    Raises:
        InvalidRequest: an entangled start.

    Reference: Proposition 1 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    populations = battery.start_populations
    return math.fsum(
        battery.sites[j].splitting * (populations[j][0] - populations[j][-1]) for j in battery.cells
    )


def parallel_crossing_time(battery: Battery, work: float, *, strength: float = 1.0) -> float:
    """When parallel charging first reaches a given work.

    T = arcsin(sqrt(W / W_full)) / strength, with W_full of :func:`parallel_capacity`
    (N Delta from the ground state).

    Args:
        battery: two-level cells in a product start.
        work: W, in the unit of the levels; from 0 to W_full.
        strength: of sum_j X_j, an energy.

    Returns:
        The time, in the inverse unit of the strength.

    Raises:
        InvalidRequest: a work that parallel charging never reaches from this start.
    """
    full = parallel_capacity(battery)
    if not (0 <= work <= full * (1 + _ROUNDING) and full > 0):
        raise InvalidRequest(
            f"Parallel charging reaches works from 0 to {max(full, 0.0):.6g} from this start, "
            f"got {work:.6g}."
        )
    return math.asin(math.sqrt(min(1.0, work / full))) / strength


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


def purity(state: ArrayLike, cells: Iterable[int] | None = None) -> float:
    """tr(rho_A^2) of some cells of a pure or mixed state of two-level cells.

    Args:
        state: amplitudes, shape (2^N,), or a density matrix, shape (2^N, 2^N).
        cells: A; all where ``None``.

    Returns:
        From 2^-|A| to 1.

    Raises:
        InvalidRequest: a size that is not a power of 2, or cells outside it.
    """
    array = np.asarray(state, dtype=complex)
    n = _n_qubits(array.shape[0])
    kept = sorted(set(range(n) if cells is None else cells))
    if kept and not 0 <= kept[0] <= kept[-1] < n:
        raise InvalidRequest(f"The state has cells 0..{n - 1}, got {kept}.")
    rest = [cell for cell in range(n) if cell not in kept]
    # Axis a of the reshaped array is cell n - 1 - a.
    axes = [n - 1 - cell for cell in kept + rest]
    if array.ndim == 1:
        matrix = array.reshape((2,) * n).transpose(axes).reshape(2 ** len(kept), -1)
        reduced = matrix @ matrix.conj().T
    else:
        doubled = array.reshape((2,) * (2 * n)).transpose(axes + [n + axis for axis in axes])
        shape = (2 ** len(kept), 2 ** len(rest)) * 2
        reduced = np.einsum("arbr->ab", doubled.reshape(shape))
    return float(np.sum(np.abs(reduced) ** 2))


def renyi2(state: ArrayLike, cells: Iterable[int] | None = None) -> float:
    """Renyi-2 entropy of some cells, S_2 = -ln tr(rho_A^2), in nats.

    Args:
        state: amplitudes, shape (2^N,), or a density matrix, shape (2^N, 2^N).
        cells: A; all where ``None``.
    """
    return -math.log(purity(state, cells))


def ergotropy(density: ArrayLike, energies: ArrayLike) -> float:
    """The most work that a unitary can take out of a state.

    tr(rho H) - sum_i r_i e_i, populations r falling, energies e rising; 0 for passive states.

    Args:
        density: density matrix, shape (d, d), in the energy basis.
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Allahverdyan, Balian, Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
    """
    rho, levels = _state_and_levels(density, energies)
    falling = np.linalg.eigvalsh(rho)[::-1]
    return float(np.real(np.diag(rho)) @ levels - falling @ np.sort(levels))


def incoherent_ergotropy(density: ArrayLike, energies: ArrayLike) -> float:
    """The ergotropy of the state with its coherences removed; the rest is coherent.

    Args:
        density: density matrix, shape (d, d), in the energy basis.
        energies: level energies, shape (d,).

    Raises:
        InvalidRequest: shapes that do not fit.

    Reference: Francica et al., PRL 125, 180603 (2020), arXiv:2006.05424.
    """
    rho, levels = _state_and_levels(density, energies)
    return ergotropy(np.diag(np.diag(rho)), levels)


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
    rho, levels = _state_and_levels(density, energies)
    rising = np.sort(levels)
    return float(np.linalg.eigvalsh(rho)[::-1] @ (rising[::-1] - rising))


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


def _n_qubits(dimension: int) -> int:
    n = dimension.bit_length() - 1
    if dimension != 2**n:
        raise InvalidRequest(f"A state of two-level cells has 2^N entries, got {dimension}.")
    return n


def _state_and_levels(
    density: ArrayLike, energies: ArrayLike
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    rho, levels = np.asarray(density, dtype=complex), np.asarray(energies, dtype=float)
    if rho.shape != (levels.size, levels.size):
        raise InvalidRequest(
            f"The density matrix has shape {rho.shape} but there are {levels.size} energies."
        )
    return rho, levels


def _root(density: ArrayLike) -> NDArray[np.complex128]:
    values, vectors = np.linalg.eigh(np.asarray(density, dtype=complex))
    root: NDArray[np.complex128] = (vectors * np.sqrt(values.clip(0.0))) @ vectors.conj().T
    return root
