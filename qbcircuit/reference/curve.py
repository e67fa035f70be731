"""Exact charging curves: the deposited work of a protocol, by the method its structure allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.chebyshev import LARGEST as LARGEST_SECTOR
from qbcircuit.reference.chebyshev import ChebyshevEvolution, SectorEvolution
from qbcircuit.reference.collective import collective, symmetric_part
from qbcircuit.reference.commuting import CommutingStrings
from qbcircuit.reference.component import Component, components
from qbcircuit.reference.density import DensityEvolution, SectorDensity
from qbcircuit.reference.fermions import FreeFermions, chain_order
from qbcircuit.reference.level_evolution import solver as level_solver
from qbcircuit.reference.level_parts import is_general, level_parts, part_of
from qbcircuit.reference.monomials import conserving
from qbcircuit.reference.pairs import PairOscillation
from qbcircuit.reference.symmetric import SymmetricEvolution, collective_form

SMALL_SECTOR = 5
"""log2 of the sectors that are diagonalised rather than expanded."""


class WorkCurve(Protocol):
    """W(t) of something, ready to be evaluated."""

    @property
    def method(self) -> str:
        """How it is computed, in words."""
        ...

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExactCurve:
    """The exact deposited work W(t) = tr[I (rho_t - rho_0)], cells only.

    Args:
        times: when, shape (n_times,).
        work: W in energy units, shape (n_times,).
        method: how it was computed, in words.
    """

    times: NDArray[np.float64]
    work: NDArray[np.float64]
    method: str


class Solution:
    """W(t) of a protocol at any time, computed as far as it has been asked for.

    Args:
        protocol: what charges what.

    Raises:
        InvalidRequest: no method fits: too many sites for the structure there is.
    """

    def __init__(self, protocol: ChargingProtocol) -> None:
        self.protocol = protocol
        self._parts: list[tuple[WorkCurve, int]]
        if is_general(protocol):
            self._parts = [(level_solver(collective(part)), 1) for part in level_parts(protocol)]
        else:
            moving = {part: n for part, n in components(protocol).items() if part.moves}
            self._parts = [(_solver(part, protocol), n) for part, n in moving.items()]

    @property
    def method(self) -> str:
        """The methods of its parts, in words."""
        methods = sorted({solver.method for solver, _ in self._parts}) or ["nothing moves"]
        together = ", ".join(methods)
        return together if sum(n for _, n in self._parts) <= 1 else f"factorised ({together})"

    def work(self, times: ArrayLike) -> NDArray[np.float64]:
        """W at each time; at a reset, the work just after it.

        Args:
            times: any order, shape (n_times,).

        Raises:
            InvalidRequest: a time that is negative, not a number or beyond the protocol.
        """
        asked = checked_times(times, self.protocol.duration)
        total = np.zeros(asked.shape)
        for solver, n in self._parts:
            total += n * solver.work(asked)
        return total


def simulate(protocol: ChargingProtocol, times: ArrayLike) -> ExactCurve:
    """The exact charging curve.

    W(t) = tr[I (rho_t - rho_0)], from the protocol itself. The method follows from the
    structure of the terms: parts that never interact are solved alone; single flips, commuting
    strings, permutation symmetry and quadratic chains have closed or small forms; any other
    basis state is evolved in the sector that its flips can reach.

    Args:
        protocol: what charges what.
        times: shape (n_times,), in the inverse of the protocol's energy unit.

    Returns:
        The curve, with the method.

    Raises:
        InvalidRequest: a time that is negative, not a number or beyond the protocol; a state
            too large where nothing reduces it.
    """
    solution = Solution(protocol)
    asked = checked_times(times, protocol.duration)
    return ExactCurve(times=asked, work=solution.work(asked), method=solution.method)


def checked_times(times: ArrayLike, duration: float) -> NDArray[np.float64]:
    """Times as a one-dimensional array inside the protocol.

    Raises:
        InvalidRequest: a time that is negative, not a number or beyond the protocol.
    """
    asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if asked.ndim != 1:
        raise InvalidRequest(f"Times must be a list of numbers, got shape {asked.shape}.")
    bad = asked[~np.isfinite(asked) | (asked < 0)]
    if bad.size:
        raise InvalidRequest(f"Times must be finite and not negative, got {bad[0]}.")
    slack = 1e-12 * duration if math.isfinite(duration) else 0.0
    late = asked[asked > duration + slack]
    if late.size:
        raise InvalidRequest(
            f"The protocol lasts {duration:g} but the time {late[0]:g} was asked for. "
            "Ask for earlier times or lengthen its last step."
        )
    return np.minimum(asked, duration)


def _solver(part: Component, protocol: ChargingProtocol) -> WorkCurve:
    """The cheapest exact method that the component's structure allows."""
    if PairOscillation.applies(part):
        return PairOscillation(part)
    if CommutingStrings.applies(part):
        return CommutingStrings(part)
    chain = chain_order(part.terms, part.n_sites) if part.is_constant else None
    if chain:
        return FreeFermions(part, chain)
    form = collective_form(part.terms, part.n_sites) if SymmetricEvolution.applies(part) else None
    if form:
        return SymmetricEvolution(part, form)
    symmetric = None if part.is_constant else symmetric_part(part)
    if symmetric:
        return level_solver(symmetric)
    if part.is_pure and not part.has_reset:
        rank = SectorEvolution.log2_size(part)
        if rank <= SMALL_SECTOR:
            return DensityEvolution(SectorDensity(part))
        if all(conserving(step.terms) is not None for step in part.evolutions):
            return level_solver(collective(part_of(part)))
        if rank <= LARGEST_SECTOR:
            return ChebyshevEvolution(SectorEvolution(part))
        raise _too_large(f"a 2^{rank} state", protocol)
    if SectorDensity.applies(part):
        return DensityEvolution(SectorDensity(part))
    elements = SectorDensity.log2_size(part)
    raise _too_large(f"a density matrix of 2^{elements} elements", protocol)


def _too_large(what: str, protocol: ChargingProtocol) -> InvalidRequest:
    return InvalidRequest(
        f"N={protocol.battery.n_cells} with backend exact needs {what} and this protocol has no "
        "symmetry to reduce it. Use --backend aer-mps."
    )
