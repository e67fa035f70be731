"""Exact states of some sites while a protocol runs."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from qbcircuit.charging import ChargingProtocol
from qbcircuit.reference.history import StateHistory
from qbcircuit.reference.traces import Array


def reduced_states(
    protocol: ChargingProtocol, times: ArrayLike, sites: Sequence[int] | None = None
) -> list[Array]:
    """Density matrices of some sites, the others traced out.

    Args:
        protocol: what charges what.
        times: not decreasing, shape (n_times,).
        sites: which, the first one counting fastest in an index; all cells where ``None``.

    Returns:
        One matrix a time, shape (D, D) with D the product of the sites' levels.

    Raises:
        InvalidRequest: times that decrease, sites the battery lacks, or too many levels.
    """
    return StateHistory(protocol, times).reduced(sites)
