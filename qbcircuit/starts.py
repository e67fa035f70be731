"""The state a battery starts in: levels, mixtures of levels, products, or any pure state."""

from __future__ import annotations

import cmath
import math
import string
from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest

_ROUNDING = 1e-9
_NORMALISED = 1e-14
"""Distance from length 1 that is left alone: amplitudes that are read back stay as they were."""


def check_populations(populations: Sequence[float], where: str) -> None:
    """Refuse numbers that are no probabilities.

    Raises:
        InvalidRequest: a negative one, or a sum other than 1.
    """
    if not all(p >= 0 for p in populations) or abs(math.fsum(populations) - 1) > _ROUNDING:
        raise InvalidRequest(
            f"Populations of {where} must be 0 or more and add up to 1, got {list(populations)}."
        )


def normalised(amplitudes: Sequence[complex], where: str) -> tuple[complex, ...]:
    """The amplitudes at length 1.

    Raises:
        InvalidRequest: all of them are 0, or one is not finite.
    """
    values = tuple(complex(value) for value in amplitudes)
    length = math.sqrt(math.fsum(abs(value) ** 2 for value in values))
    if not all(map(cmath.isfinite, values)) or length <= _ROUNDING:
        raise InvalidRequest(f"The amplitudes of {where} must be finite and not all 0.")
    if abs(length - 1) <= _NORMALISED:
        return values
    return tuple(value / length for value in values)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class MixedStart:
    """A product of mixtures of levels, without coherence.

    Args:
        populations: of every site's levels, one tuple a site, each adding up to 1.
    """

    populations: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for site, row in enumerate(self.populations):
            check_populations(row, f"site {site}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductStart:
    """A product of pure states of single sites, e.g. spin-coherent or coherent modes.

    Args:
        amplitudes: of every site's levels, one tuple a site; normalised here.
    """

    amplitudes: tuple[tuple[complex, ...], ...]

    def __post_init__(self) -> None:
        rows = tuple(normalised(row, f"site {j}") for j, row in enumerate(self.amplitudes))
        object.__setattr__(self, "amplitudes", rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class PureStart:
    """Any pure state of all sites together.

    Args:
        amplitudes: of every basis state; the index counts site 0 fastest; normalised here.
    """

    amplitudes: tuple[complex, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "amplitudes", normalised(self.amplitudes, "all sites"))


@dataclass(frozen=True, kw_only=True, slots=True)
class GroundStart:
    """The ground state of the internal Hamiltonian, for cells that interact with each other."""


Start = BasisStart | ThermalStart | MixedStart | ProductStart | PureStart | GroundStart


def parse_start(text: str, n_sites: int, n_levels: int = 2) -> BasisStart:
    """A start from ``"ground"`` or one digit a site (rightmost is site 0).

    Raises:
        InvalidRequest: other letters, levels the sites lack, or another number of digits.
    """
    if text == "ground":
        return BasisStart(levels=(0,) * n_sites)
    digits = string.digits[:n_levels]
    if not text or set(text) - set(digits):
        kind = "bit string of 0 and 1" if n_levels == 2 else f"row of levels {', '.join(digits)}"
        raise InvalidRequest(f'A start is "ground", a thermal start or a {kind}, got "{text}".')
    if len(text) != n_sites:
        raise InvalidRequest(
            f'The start "{text}" has {len(text)} letters but the battery has {n_sites} cells. '
            "The rightmost letter is cell 0."
        )
    return BasisStart(levels=tuple(int(letter) for letter in reversed(text)))
