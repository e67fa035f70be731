"""Figures of merit along a protocol, from its exact states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.merit.cells import CellStates
from qbcircuit.merit.figures import FIGURES, FigureOfMerit
from qbcircuit.merit.fluctuations import WorkDistribution
from qbcircuit.merit.storage import Storage
from qbcircuit.reference import StateHistory, two_point_works


def figure(name: str) -> FigureOfMerit:
    """The figure of merit of that name.

    Raises:
        InvalidRequest: no such figure; the closest one is given.
    """
    if name not in FIGURES:
        raise unknown_name("figure of merit", name, FIGURES, see="qbcircuit run --help")
    return FIGURES[name]


def along(
    protocol: ChargingProtocol,
    times: ArrayLike,
    figures: Iterable[str] = ("ergotropy",),
    *,
    cells: Sequence[int] | None = None,
    storage: Storage | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Exact figures of merit of a protocol at some times.

    Args:
        protocol: what charges what.
        times: not decreasing, shape (n_times,); at a reset, just after it.
        figures: names of :data:`qbcircuit.merit.FIGURES`.
        cells: whose state is judged; all cells where ``None``.
        storage: a delay after charging, for the figures that need one.

    Returns:
        An array a figure, shape (n_times,), in the figure's unit.

    Raises:
        InvalidRequest: an unknown figure, or one whose condition this protocol does not meet.
    """
    if isinstance(figures, str):
        raise InvalidRequest(f'Figures are a list of names, got "{figures}". Use ["{figures}"].')
    wanted = [figure(name) for name in figures]
    states = CellStates(StateHistory(protocol, times), cells)
    return {one.name: np.asarray(one.exact(states, storage), dtype=float) for one in wanted}


def work_distributions(protocol: ChargingProtocol, times: ArrayLike) -> list[WorkDistribution]:
    """Distributions of work by two projective energy measurements, one a time.

    Args:
        protocol: what charges what.
        times: not decreasing, shape (n_times,).

    Raises:
        InvalidRequest: states too large to hold.
    """
    found = two_point_works(StateHistory(protocol, times))
    return [WorkDistribution(work=work, probabilities=weights) for work, weights in found]
