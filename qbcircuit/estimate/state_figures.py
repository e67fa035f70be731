"""Figures of merit of the state at one time, from counts: which settings they need, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate import from_reads
from qbcircuit.estimate.from_reads import Outcome, half
from qbcircuit.estimate.local import LETTERS
from qbcircuit.estimate.randomised import random_bases
from qbcircuit.estimate.reads import Reads
from qbcircuit.estimate.tomography import (
    Bases,
    capacity_witness,
    ergotropy_witness,
    tomography_bases,
)

Needed = Callable[[Battery, Sequence[int], int], list[Bases]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SampledFigure:
    """How a figure of merit comes from counts.

    Args:
        name: as in :data:`qbcircuit.merit.FIGURES`.
        method: in words.
        bases: settings it needs, for a battery, some of its cells and a seed.
        estimate: the figure from readings, with a seed.
    """

    name: str
    method: str
    bases: Needed
    estimate: Callable[[Reads, int], Outcome]


def settings_for(
    names: Iterable[str], battery: Battery, cells: Sequence[int] | None = None, *, seed: int = 0
) -> list[Bases]:
    """The settings beside Z in which the cells must be read for these figures, each once.

    Args:
        names: of figures; those that never come from counts need none.
        battery: of two-level cells, where settings other than Z are needed.
        cells: of which the figures are; all where ``None``.
        seed: of the random ones.

    Raises:
        InvalidRequest: cells too many for a figure.
    """
    kept = battery.cells if cells is None else tuple(cells)
    found: dict[Bases, None] = {}
    for name in names:
        if name in SAMPLED:
            found |= dict.fromkeys(SAMPLED[name].bases(battery, kept, seed))
    return [bases for bases in found if set(bases) != {"Z"}]


def measured_figure(name: str, reads: Reads, *, seed: int = 0) -> Outcome:
    """A figure of merit from readings, or why there is none.

    Args:
        name: one of :data:`SAMPLED`.
        reads: what was read at one time.
        seed: of splits and draws.
    """
    if name not in SAMPLED:
        return "it comes from the exact reference alone"
    try:
        return SAMPLED[name].estimate(reads, seed)
    except (InvalidRequest, RunFailed) as error:
        return str(error)


def _z_alone(_: Battery, __: Sequence[int], ___: int) -> list[Bases]:
    return []


def _places(battery: Battery, cells: Sequence[int]) -> list[int]:
    _check_two_levels(battery)
    return [battery.cells.index(cell) for cell in cells]


def _check_two_levels(battery: Battery) -> None:
    if battery.interactions or {battery.sites[c].dimension for c in battery.cells} != {2}:
        raise InvalidRequest(
            "Settings are for two-level cells that do not interact. "
            "Use --backend exact for this figure."
        )


def _tomography(battery: Battery, cells: Sequence[int], _: int) -> list[Bases]:
    return tomography_bases(battery.n_cells, _places(battery, cells))


def _three(battery: Battery, _: Sequence[int], __: int) -> list[Bases]:
    _check_two_levels(battery)
    return [(letter,) * battery.n_cells for letter in LETTERS]


def _random(battery: Battery, cells: Sequence[int], seed: int) -> list[Bases]:
    return random_bases(battery.n_cells, _places(battery, cells), seed=seed)


def _random_half(battery: Battery, cells: Sequence[int], seed: int) -> list[Bases]:
    return _random(battery, half(battery, cells), seed)


_TOMOGRAPHY = "tomography in 3^n product bases; split-sample and plug-in pair"
_LEVELS = "shots in the basis of levels, as read"

_ALL = (
    SampledFigure(
        name="ergotropy",
        method=_TOMOGRAPHY,
        bases=_tomography,
        estimate=from_reads.by_tomography(ergotropy_witness),
    ),
    SampledFigure(
        name="coherent-ergotropy",
        method=_TOMOGRAPHY,
        bases=_tomography,
        estimate=from_reads.coherent,
    ),
    SampledFigure(
        name="locked-ergotropy", method=_TOMOGRAPHY, bases=_tomography, estimate=from_reads.locked
    ),
    SampledFigure(
        name="capacity",
        method=_TOMOGRAPHY,
        bases=_tomography,
        estimate=from_reads.by_tomography(capacity_witness),
    ),
    SampledFigure(
        name="local-ergotropy",
        method="all cells in X, in Y and in Z; split-sample and plug-in pair",
        bases=_three,
        estimate=from_reads.local,
    ),
    SampledFigure(
        name="incoherent-ergotropy",
        method=f"{_LEVELS}; split-sample and plug-in pair",
        bases=_z_alone,
        estimate=from_reads.incoherent,
    ),
    SampledFigure(
        name="energy-variance", method=_LEVELS, bases=_z_alone, estimate=from_reads.energy_variance
    ),
    SampledFigure(
        name="work-variance", method=_LEVELS, bases=_z_alone, estimate=from_reads.work_variance
    ),
    SampledFigure(name="bures-angle", method=_LEVELS, bases=_z_alone, estimate=from_reads.angle),
    SampledFigure(
        name="purity",
        method="randomised measurements in product Pauli bases",
        bases=_random,
        estimate=from_reads.purity,
    ),
    SampledFigure(
        name="renyi2",
        method="randomised measurements in product Pauli bases",
        bases=_random_half,
        estimate=from_reads.renyi2,
    ),
)

SAMPLED = {one.name: one for one in _ALL}
"""Figures that come from counts as well; all others are exact only."""
