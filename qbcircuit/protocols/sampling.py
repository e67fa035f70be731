"""Many draws of a random k-local ensemble at once, held against the order bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.protocols.checks import check_count
from qbcircuit.protocols.ensembles import ENSEMBLES
from qbcircuit.protocols.random_k_local import drawn_blocks, groups_of
from qbcircuit.reference.batch import Spectra, commutator_norms, on_all_cells
from qbcircuit.starts import BasisStart

Reals = NDArray[np.float64]

_LARGEST = 10
"""Most cells whose Hamiltonians are held as dense matrices."""

_AT_ONCE = 1 << 19
"""Matrix elements that are held at once."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KLocalSample:
    """What draws of a random k-local ensemble do, one row a draw.

    Args:
        order: k.
        splitting: Delta of the cells.
        n_cells: N.
        norms: min_c |H - c| of every draw as it was drawn, shape (n,).
        commutators: |[I, H]| of every draw as it was drawn, shape (n,).
        times: of the draws rescaled to constraint C0, shape (n_times,).
        work: W of the draws rescaled to constraint C0, shape (n, n_times).
    """

    order: int
    splitting: float
    n_cells: int
    norms: Reals
    commutators: Reals
    times: Reals
    work: Reals

    @property
    def bound_ratios(self) -> Reals:
        """|[I, H]| / (k Delta min_c |H - c|), shape (n,): at most 1 by Bernstein's inequality."""
        return self.commutators / (self.order * self.splitting * self.norms)

    @property
    def advantages(self) -> Reals:
        """Gamma_C0 at equal work, t_par(W)/t, shape (n, n_times); 0 where nothing is deposited.

        For cells that start in level 0: t_par = arcsin sqrt(W/(N Delta)).
        """
        share = np.clip(self.work / (self.n_cells * self.splitting), 0.0, 1.0)
        parallel = np.arcsin(np.sqrt(share))
        return np.divide(parallel, self.times, out=np.zeros_like(parallel), where=self.times > 0)


def sample_k_local(
    battery: Battery,
    *,
    order: int,
    count: int,
    times: ArrayLike,
    ensemble: str = "haar",
    seed: int = 7,
    first: int = 0,
) -> KLocalSample:
    """Norm, commutator and charging curve under C0 of many random k-local Hamiltonians.

    Draw i is that of ``random_haar`` or ``random_gue`` with ``draw=i``; its terms are never
    written out, and whole stacks of matrices are diagonalised.

    Args:
        battery: N <= 10 equal two-level cells in a basis state.
        order: k, 1..N.
        count: how many draws.
        times: of the Hamiltonians rescaled to constraint C0, norm N; shape (n_times,).
        ensemble: haar or gue.
        seed: of the ensemble.
        first: the first draw.

    Raises:
        InvalidRequest: another battery, an order outside 1..N, an unknown ensemble, no draw, or
            times that are negative or not finite.

    Reference: Conjecture 1 and Supplemental Material IV of Campaioli et al., PRL 118, 150601
    (2017), arXiv:1612.04991.
    """
    _check_battery(battery)
    if ensemble not in ENSEMBLES:
        raise unknown_name("ensemble", ensemble, ENSEMBLES)
    n, asked = battery.n_cells, np.atleast_1d(np.asarray(times, dtype=np.float64))
    if asked.ndim != 1 or not np.isfinite(asked).all() or (asked < 0).any():
        raise InvalidRequest("Times must be a list of finite numbers, none negative.")
    groups = groups_of(n, order)
    count = check_count("The number of draws", count, least=1)
    first = check_count("The first draw", first, least=0)
    internal, start = _internal(battery)
    norms, commutators, work = np.empty(count), np.empty(count), np.empty((count, asked.size))
    for begin, end in _portions(count, n):
        draws = range(first + begin, first + end)
        blocks = drawn_blocks(ensemble, len(groups), len(groups[0]), seed=seed, draws=draws)
        stack = on_all_cells(blocks, groups, n)
        spectra = Spectra.of(stack)
        norms[begin:end] = spectra.norms
        commutators[begin:end] = commutator_norms(stack, internal)
        drawn_times = asked * (n / spectra.norms)[:, None]
        work[begin:end] = spectra.work(internal, start, drawn_times)
    return KLocalSample(
        order=len(groups[0]),
        splitting=battery.splitting,
        n_cells=n,
        norms=norms,
        commutators=commutators,
        times=asked,
        work=work,
    )


def _check_battery(battery: Battery) -> None:
    cells = {battery.sites[j] for j in battery.cells}
    if (
        battery.n_sites != battery.n_cells
        or set(battery.dimensions) != {2}
        or len(cells) > 1
        or battery.interactions
        or not isinstance(battery.start, BasisStart)
    ):
        raise InvalidRequest(
            "Sampling needs equal two-level cells in a basis state and nothing else. "
            "Use Battery.qubits(n)."
        )
    if battery.n_cells > _LARGEST:
        raise InvalidRequest(
            f"Sampling holds dense matrices of {_LARGEST} cells at most, got N={battery.n_cells}. "
            f"Use -N 1..{_LARGEST}."
        )


def _internal(battery: Battery) -> tuple[Reals, int]:
    """Energies of all basis states, and which one is the start."""
    assert isinstance(battery.start, BasisStart)
    energies = np.zeros(1)
    for site in battery.sites:
        energies = np.add.outer(np.array(site.levels), energies).ravel()
    return energies, sum(level << j for j, level in enumerate(battery.start.levels))


def _portions(count: int, n_cells: int) -> Iterator[tuple[int, int]]:
    size = max(1, _AT_ONCE >> 2 * n_cells)
    return ((begin, min(begin + size, count)) for begin in range(0, count, size))
