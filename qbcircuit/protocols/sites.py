"""Sites that a family puts beside the cells: modes, chargers, ancillas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.errors import InvalidRequest, whole_number
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    Start,
    ThermalStart,
)


def beside(
    battery: Battery,
    site: Site,
    *,
    level: int = 0,
    amplitudes: Sequence[complex] = (),
    populations: Sequence[float] = (),
) -> Battery:
    """The battery with one more site, after those that it has.

    Args:
        battery: any.
        site: what is added; it starts in ``level``, or as one of the following says.
        level: its level at time 0.
        amplitudes: its pure state by level, instead.
        populations: its mixture of levels, instead.

    Raises:
        InvalidRequest: a state that the battery's own start cannot be combined with, or that
            does not fit the site.
    """
    top = site.dimension - 1
    level = whole_number("The level of a site", level, least=0, most=top, hint=f"Use 0..{top}.")
    row: tuple[complex, ...] = tuple(amplitudes or populations or _only(level, site.dimension))
    pure = bool(amplitudes) or not populations or max(populations) == 1.0
    start = _combined(battery.start, battery, row, pure=pure, mixed=not amplitudes)
    if start is None:
        state = "superposition" if amplitudes else "mixture or level other than 0"
        raise InvalidRequest(
            f"A {site.role.value} in a {state} cannot stand beside cells in a "
            f"{type(battery.start).__name__}. Start the cells in levels, or it in level 0."
        )
    return replace(battery, sites=(*battery.sites, site), start=start)


def plain_site(role: Role, dimension: int = 2) -> Site:
    """A site without a Hamiltonian of its own."""
    return Site(levels=(0.0,) * dimension, role=role)


def _only(level: int, dimension: int) -> tuple[float, ...]:
    return tuple(float(one == level) for one in range(dimension))


def _combined(
    start: Start, battery: Battery, row: tuple[complex, ...], *, pure: bool, mixed: bool
) -> Start | None:
    """The start with a site in the state of ``row``; ``None`` where no start says it.

    Args:
        start: of the battery.
        battery: that it belongs to.
        row: amplitudes, or populations where ``mixed``.
        pure: whether the site's state is pure.
        mixed: whether ``row`` holds populations.
    """
    if isinstance(start, ThermalStart | GroundStart) and row[0] == 1.0:
        return start
    if isinstance(start, BasisStart) and pure and mixed:
        return BasisStart(levels=(*start.levels, row.index(1.0)))
    if isinstance(start, PureStart) and pure:
        return PureStart(amplitudes=tuple(b * a for b in row for a in start.amplitudes))
    if isinstance(start, BasisStart | ProductStart) and pure:
        rows = start.amplitudes if isinstance(start, ProductStart) else battery.start_populations
        return ProductStart(amplitudes=(*rows, row))
    if battery.starts_in_levels and mixed:
        extra = tuple(value.real for value in row)
        return MixedStart(populations=(*battery.start_populations, extra))
    return None
