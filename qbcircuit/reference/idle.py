"""What resets alone do to the energy of the cells, with every evolution left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.reference.curve import checked_times, simulate
from qbcircuit.terms import Term


def idle_work(protocol: ChargingProtocol, times: ArrayLike) -> NDArray[np.float64]:
    """tr[I (rho_t - rho_0)] of the cells if nothing but the protocol's resets happens.

    Args:
        protocol: what charges what.
        times: shape (n_times,).

    Returns:
        Energies, shape (n_times,); all zero where no cell is reset.
    """
    reset = {site for step in protocol.schedule if isinstance(step, Reset) for site in step.sites}
    if reset.isdisjoint(protocol.battery.cells):
        return np.zeros(len(checked_times(times, protocol.duration)))
    nothing = (Term("n", (0,), 0.0),)
    schedule = tuple(
        replace(step, terms=nothing) if isinstance(step, Evolve) else step
        for step in protocol.schedule
    )
    return simulate(replace(protocol, schedule=schedule, include_internal=False), times).work
