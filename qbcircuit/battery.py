"""Batteries: sites with levels and a role, and the state they start in.

Conventions, written once here: site j is qubit j; in a bit string the rightmost letter is
site 0 (as Qiskit prints them); level 0 is the ground level, and a charged two-level cell
reads 1. Energies are in any unit the user likes, times in its inverse (hbar = 1).
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest, whole_number, wrong_kind
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    Start,
    ThermalStart,
    parse_start,
)
from qbcircuit.terms import Term

MOST_CELLS = 100_000
"""Most cells of a battery: the next order of magnitude runs in hours, or not at all."""


class Role(enum.Enum):
    """What a site is there for; only cells count in N, capacity, work and constraints."""

    CELL = "cell"
    CHARGER = "charger"
    MODE = "mode"
    ANCILLA = "ancilla"


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One site and its own Hamiltonian, diagonal with these level energies.

    Args:
        levels: level energies, not decreasing; all equal means "no Hamiltonian of its own".
        role: what the site is there for.
    """

    levels: tuple[float, ...] = (0.0, 1.0)
    role: Role = Role.CELL

    def __post_init__(self) -> None:
        levels = tuple(float(level) for level in self.levels)
        object.__setattr__(self, "levels", levels)
        if len(levels) < 2 or not all(math.isfinite(level) for level in levels):
            raise InvalidRequest(f"A site needs two or more finite levels, got {list(levels)}.")
        if any(low > high for low, high in itertools.pairwise(levels)):
            raise InvalidRequest(f"Levels must not decrease, got {list(levels)}. Sort them.")
        if self.role is Role.CELL and levels[-1] <= levels[0]:
            raise InvalidRequest(
                f"A cell needs a highest level above its lowest one, got {list(levels)}."
            )

    @property
    def dimension(self) -> int:
        """Number of levels."""
        return len(self.levels)

    @property
    def splitting(self) -> float:
        """Highest minus lowest level."""
        return self.levels[-1] - self.levels[0]

    @property
    def is_ladder(self) -> bool:
        """Whether the levels are evenly spaced."""
        steps = [high - low for low, high in itertools.pairwise(self.levels)]
        return max(steps) - min(steps) <= 1e-12 * max(steps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Battery:
    """Sites with their internal Hamiltonian I, and the state they start in.

    I = sum_j I_j of the levels, plus ``interactions`` where cells interact with each other
    all the time. Energies count cells only.

    Args:
        sites: site j is qubit j of every circuit.
        start: the state at time 0.
        interactions: terms of I between cells, or fields on them that are not diagonal.

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """

    sites: tuple[Site, ...]
    start: Start
    interactions: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        if not any(site.role is Role.CELL for site in self.sites):
            raise InvalidRequest("A battery needs at least 1 cell, got 0. Use -N 1 or more.")
        if isinstance(self.start, BasisStart):
            self._check_levels(self.start.levels)
        elif isinstance(self.start, MixedStart):
            self._check_rows([len(row) for row in self.start.populations])
        elif isinstance(self.start, ProductStart):
            self._check_rows([len(row) for row in self.start.amplitudes])
        elif isinstance(self.start, PureStart):
            self._check_size(len(self.start.amplitudes))
        elif not isinstance(self.start, ThermalStart | GroundStart):
            raise wrong_kind(
                "A battery starts in a BasisStart, ThermalStart or another start",
                self.start,
                hint='Battery.qubits takes "ground" and bit strings too.',
            )
        self._check_interactions()

    def _check_levels(self, levels: tuple[int, ...]) -> None:
        if len(levels) != len(self.sites):
            raise InvalidRequest(
                f"The start names {len(levels)} sites but the battery has {len(self.sites)}."
            )
        for j, (level, site) in enumerate(zip(levels, self.sites, strict=True)):
            if not 0 <= level < site.dimension:
                raise InvalidRequest(
                    f"Site {j} has levels 0..{site.dimension - 1} but starts in level {level}."
                )

    def _check_rows(self, lengths: list[int]) -> None:
        if lengths != list(self.dimensions):
            raise InvalidRequest(
                f"The start gives {lengths} levels to the sites, which have "
                f"{list(self.dimensions)}."
            )

    def _check_size(self, size: int) -> None:
        if size != math.prod(self.dimensions):
            raise InvalidRequest(
                f"The start has {size} amplitudes but the sites have "
                f"{math.prod(self.dimensions)} basis states."
            )

    def _check_interactions(self) -> None:
        cells, dimensions = set(self.cells), self.dimensions
        for term in self.interactions:
            misfit = term.misfit(dimensions)
            if misfit is None and not term.support <= cells:
                misfit = "acts on a site that is no cell. Put it among the charging terms."
            if misfit:
                raise InvalidRequest(f"Internal term {''.join(term.operators)!r} {misfit}")
        if self.interactions and isinstance(self.start, ThermalStart):
            raise InvalidRequest(
                "A thermal start is for cells that do not interact with each other. "
                "Use another start, or drop the internal interactions."
            )

    @classmethod
    def qubits(
        cls,
        n_cells: int,
        *,
        levels: tuple[float, float] = (0.0, 1.0),
        start: Start | str = "ground",
    ) -> Battery:
        """N equal two-level cells.

        Args:
            n_cells: N, at least 1.
            levels: the two level energies of a cell.
            start: ``"ground"``, a bit string (rightmost letter is cell 0), or a start.

        Raises:
            InvalidRequest: no cell or too many, or a start that does not fit.
        """
        if len(levels) != 2:
            raise InvalidRequest(
                f"A two-level cell has 2 levels, got {len(levels)}: {list(levels)}."
            )
        return cls.equal_cells(n_cells, levels=levels, start=start)

    @classmethod
    def equal_cells(
        cls, n_cells: int, *, levels: Sequence[float], start: Start | str = "ground"
    ) -> Battery:
        """N equal cells of any number of levels.

        Args:
            n_cells: N, at least 1.
            levels: the level energies of a cell, not decreasing.
            start: ``"ground"``, one digit a cell (rightmost is cell 0), or a start.

        Raises:
            InvalidRequest: no cell or too many, or a start that does not fit.
        """
        n_cells = whole_number(
            "The number of cells", n_cells, most=MOST_CELLS, hint=f"Use -N 1..{MOST_CELLS}."
        )
        if n_cells < 1:
            raise InvalidRequest(
                f"A battery needs at least 1 cell, got {n_cells}. Use -N 1 or more."
            )
        if isinstance(start, str):
            start = parse_start(start, n_cells, n_levels=len(levels))
        return cls(sites=(Site(levels=tuple(levels)),) * n_cells, start=start)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Number of levels of every site."""
        return tuple(site.dimension for site in self.sites)

    @property
    def cells(self) -> tuple[int, ...]:
        """Indices of the sites that are cells."""
        return tuple(j for j, site in enumerate(self.sites) if site.role is Role.CELL)

    @property
    def n_cells(self) -> int:
        """N: the number of cells."""
        return len(self.cells)

    @property
    def n_sites(self) -> int:
        """Number of sites of any role."""
        return len(self.sites)

    @property
    def splitting(self) -> float:
        """Delta: the largest splitting among the cells."""
        return max(self.sites[j].splitting for j in self.cells)

    @property
    def capacity(self) -> float:
        """Sum over cells of highest minus lowest level (N Delta for equal cells).

        Raises:
            InvalidRequest: cells that interact with each other all the time.
        """
        if self.interactions:
            raise InvalidRequest(
                "The capacity of interacting cells is not a sum over cells. "
                "Use qbcircuit.reference.capacity(battery)."
            )
        return math.fsum(self.sites[j].splitting for j in self.cells)

    @property
    def starts_in_levels(self) -> bool:
        """Whether the start is a product of levels or mixtures of levels, without coherence."""
        return isinstance(self.start, BasisStart | ThermalStart | MixedStart)

    @property
    def start_populations(self) -> tuple[tuple[float, ...], ...]:
        """Populations of every site's levels at time 0, one tuple a site.

        Raises:
            InvalidRequest: a start that is entangled.
        """
        start = self.start
        if isinstance(start, BasisStart):
            return tuple(
                tuple(float(level == there) for level in range(site.dimension))
                for site, there in zip(self.sites, start.levels, strict=True)
            )
        if isinstance(start, ThermalStart):
            return tuple(_thermal(site, start.beta) for site in self.sites)
        if isinstance(start, MixedStart):
            return start.populations
        if isinstance(start, ProductStart):
            return tuple(tuple(abs(value) ** 2 for value in row) for row in start.amplitudes)
        raise InvalidRequest(
            f"Populations of single sites do not make up a {type(start).__name__}. "
            "Use a product start."
        )

    @property
    def start_level_energy(self) -> float:
        """tr(rho_0 sum_j I_j) of the cells' levels in a product start, interactions left out."""
        populations = self.start_populations
        return math.fsum(
            p * level
            for j in self.cells
            for p, level in zip(populations[j], self.sites[j].levels, strict=True)
        )


def _thermal(site: Site, beta: float) -> tuple[float, ...]:
    if site.role is not Role.CELL:
        return (1.0,) + (0.0,) * (site.dimension - 1)
    weights = [math.exp(-beta * (level - site.levels[0])) for level in site.levels]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)
