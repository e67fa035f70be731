"""The figures that the sources give, of any state of the cells, and how exactly they are found."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from publishing.reading import TOMOGRAPHY, Array, Cells
from qbcircuit import merit
from qbcircuit.charging import ChargingProtocol
from qbcircuit.reference import simulate, start_energy

Times = Sequence[float]

TOMOGRAPHY_ONLY = (TOMOGRAPHY,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What is read of the cells.

    Args:
        of: the figure of a state.
        letters: that the cells must be read in.
        exact: from the library's reference, where that knows the figure by name; otherwise ``of``
            is asked about the exact state.
        slope: by how much the figure may change where the state moves by a trace distance of 1.
        per_work: scale and offset that turn deposited work into the figure; ``None`` where it is
            no such function.
    """

    of: Callable[[Cells], float]
    letters: Sequence[str]
    slope: float
    exact: Callable[[ChargingProtocol, Times], Array] | None = None
    per_work: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A source's model with its parameters in place.

    Args:
        at: the protocol that reaches a time of the source, and when.
        figures: by the names that the series use.
        best: the time of the source's own maximum, where it gives one.
    """

    at: Callable[[float], tuple[ChargingProtocol, float]]
    figures: dict[str, Figure]
    best: Callable[[], float] | None = None


def named(name: str) -> Callable[[ChargingProtocol, Times], Array]:
    """A figure of merit of the library along a protocol."""
    return lambda protocol, times: merit.along(protocol, times, [name])[name]


def of_energy(protocol: ChargingProtocol) -> dict[str, Figure]:
    """Energy, work, passive energy and ergotropies of cells that do not interact."""
    battery = protocol.battery
    begun, width = start_energy(battery), battery.capacity

    def energy(cells: Cells) -> float:
        return float(cells.populations() @ merit.product_energies(cells.levels))

    def full(cells: Cells) -> float:
        return merit.ergotropy(cells.density, merit.product_energies(cells.levels))

    def ladder(cells: Cells) -> float:
        rungs = merit.ladder_energies(len(cells.levels), cells.levels[0])
        symmetric = _symmetric_states(len(cells.levels))
        return merit.ergotropy(symmetric.T @ cells.density @ symmetric, rungs)

    def dephased(cells: Cells) -> float:
        return merit.population_ergotropy(cells.populations(), merit.product_energies(cells.levels))

    def variance(cells: Cells) -> float:
        energies, weights = merit.product_energies(cells.levels), cells.populations()
        return float(weights @ energies**2 - (weights @ energies) ** 2)

    def curve(protocol: ChargingProtocol, times: Times) -> Array:
        return simulate(protocol, times).work

    def passive(protocol: ChargingProtocol, times: Times) -> Array:
        return curve(protocol, times) + begun - named("ergotropy")(protocol, times)

    return {
        "work": Figure(
            of=lambda cells: energy(cells) - begun,
            letters="Z",
            slope=width,
            exact=curve,
            per_work=(1.0, 0.0),
        ),
        "energy": Figure(
            of=energy,
            letters="Z",
            slope=width,
            exact=lambda protocol, times: curve(protocol, times) + begun,
            per_work=(1.0, begun),
        ),
        "work-per-cell": Figure(
            of=lambda cells: (energy(cells) - begun) / battery.n_cells,
            letters="Z",
            slope=width / battery.n_cells,
            exact=lambda protocol, times: curve(protocol, times) / battery.n_cells,
            per_work=(1 / battery.n_cells, 0.0),
        ),
        "energy-variance": Figure(
            of=variance, letters="Z", slope=2 * width**2, exact=named("energy-variance")
        ),
        "ergotropy": Figure(
            of=full, letters=TOMOGRAPHY_ONLY, slope=2 * width, exact=named("ergotropy")
        ),
        "ladder-ergotropy": Figure(
            of=ladder, letters=TOMOGRAPHY_ONLY, slope=2 * width, exact=named("ladder-ergotropy")
        ),
        "incoherent-ergotropy": Figure(
            of=dephased, letters="Z", slope=2 * width, exact=named("incoherent-ergotropy")
        ),
        "passive-energy": Figure(
            of=lambda cells: energy(cells) - full(cells),
            letters=TOMOGRAPHY_ONLY,
            slope=width,
            exact=passive,
        ),
    }


def _symmetric_states(n_cells: int) -> Array:
    """The N + 1 symmetric states by number of charged cells; formulas leave them a little."""
    counts = np.array([index.bit_count() for index in range(1 << n_cells)])
    weights = [math.comb(n_cells, m) ** -0.5 for m in range(n_cells + 1)]
    return np.array([np.where(counts == m, weight, 0.0) for m, weight in enumerate(weights)]).T


def full_charge() -> Figure:
    """The chance to find all cells charged."""
    return Figure(of=lambda cells: float(cells.populations()[-1]), letters="Z", slope=1.0)


def pair_energy(strength: float, n_cells: int, *, share: float = 1.0) -> Figure:
    """share * strength * sum over pairs of <X_i X_j>.

    Args:
        strength: an energy.
        n_cells: N.
        share: e.g. 1/N for energy per cell.
    """
    spins = np.array([n_cells - 2 * index.bit_count() for index in range(1 << n_cells)])
    pairs = share * strength * (spins**2 - n_cells) / 2
    return Figure(
        of=lambda cells: float(cells.populations("X") @ pairs),
        letters="X",
        slope=float(np.ptp(pairs)),
    )
