"""Batteries: sites with levels and a role, and the state they start in.

Conventions, written once here: site j is qubit j; in a bit string the rightmost letter is
site 0 (as Qiskit prints them); level 0 is the ground level, and a charged two-level cell
reads 1. Energies are in any unit the user likes, times in its inverse (hbar = 1).
"""

from __future__ import annotations

import enum
import itertools
import math
from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest, whole_number, wrong_kind

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


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisStart:
    """A product of levels: ``levels[j]`` is the level that site j starts in."""

    levels: tuple[int, ...]

    @property
    def bits(self) -> str:
        """The state as a bit string, rightmost letter is site 0."""
        return "".join(str(level) for level in reversed(self.levels))


@dataclass(frozen=True, kw_only=True, slots=True)
class ThermalStart:
    """exp(-beta I)/Z on every cell, level 0 on every other site.

    Args:
        beta: inverse temperature in 1/energy; for cells of splitting Delta the letter's
            epsilon is ``beta * Delta``.
    """

    beta: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.beta) or self.beta < 0:
            raise InvalidRequest(
                f"An inverse temperature must be finite and not negative, got {self.beta}."
            )


Start = BasisStart | ThermalStart


@dataclass(frozen=True, kw_only=True, slots=True)
class Battery:
    """Sites with their internal Hamiltonian I = sum_j I_j, and the state they start in.

    Args:
        sites: site j is qubit j of every circuit.
        start: the state at time 0.

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """

    sites: tuple[Site, ...]
    start: Start

    def __post_init__(self) -> None:
        if not any(site.role is Role.CELL for site in self.sites):
            raise InvalidRequest("A battery needs at least 1 cell, got 0. Use -N 1 or more.")
        if isinstance(self.start, BasisStart):
            self._check_levels(self.start.levels)
        elif not isinstance(self.start, ThermalStart):
            raise wrong_kind(
                "A battery starts in a BasisStart or a ThermalStart",
                self.start,
                hint='Battery.qubits takes "ground" and bit strings too.',
            )

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
        n_cells = whole_number(
            "The number of cells", n_cells, most=MOST_CELLS, hint=f"Use -N 1..{MOST_CELLS}."
        )
        if n_cells < 1:
            raise InvalidRequest(
                f"A battery needs at least 1 cell, got {n_cells}. Use -N 1 or more."
            )
        if len(levels) != 2:
            raise InvalidRequest(
                f"A two-level cell has 2 levels, got {len(levels)}: {list(levels)}."
            )
        if isinstance(start, str):
            start = parse_start(start, n_cells)
        return cls(sites=(Site(levels=tuple(levels)),) * n_cells, start=start)

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
        """Sum over cells of highest minus lowest level (N Delta for equal cells)."""
        return math.fsum(self.sites[j].splitting for j in self.cells)

    @property
    def start_populations(self) -> tuple[tuple[float, ...], ...]:
        """Populations of every site's levels at time 0, one tuple a site."""
        if isinstance(self.start, BasisStart):
            return tuple(
                tuple(float(level == start) for level in range(site.dimension))
                for site, start in zip(self.sites, self.start.levels, strict=True)
            )
        beta = self.start.beta
        return tuple(_thermal(site, beta) for site in self.sites)

    @property
    def start_energy(self) -> float:
        """tr(I rho_0) over the cells."""
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


def parse_start(text: str, n_sites: int) -> BasisStart:
    """A start from ``"ground"`` or a bit string (rightmost letter is site 0).

    Raises:
        InvalidRequest: other letters, or a length that is not ``n_sites``.
    """
    if text == "ground":
        return BasisStart(levels=(0,) * n_sites)
    if not text or set(text) - set("01"):
        raise InvalidRequest(
            f'A start is "ground", a thermal start or a bit string of 0 and 1, got "{text}".'
        )
    if len(text) != n_sites:
        raise InvalidRequest(
            f'The start "{text}" has {len(text)} letters but the battery has {n_sites} cells. '
            "The rightmost letter is cell 0."
        )
    return BasisStart(levels=tuple(int(letter) for letter in reversed(text)))
