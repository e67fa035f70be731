"""Models with modes and streams of ancillas, as their sources define them."""

from __future__ import annotations

from typing import Any

import numpy as np

from publishing.figures import Model, of_energy
from publishing.spin_models import constant
from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.reference import simulate

_GRID = np.linspace(0.001, 10, 1000)
"""Times among which the source of the Tavis-Cummings table looks for its maximum."""


def tavis_cummings(*, cells: int) -> Model:
    """H = g/sqrt(N) sum_j (s+_j a + h.c.) from N quanta; resonant, so that fields drop out.

    The source takes the largest E(t - t_0)/t on its grid, t_0 being the grid's first time.
    Full spectrum: 2^N levels; ladder: the N + 1 symmetric ones.
    """
    protocol = protocols.tavis_cummings(Battery.qubits(cells), coupling="collective")

    def best() -> float:
        power = simulate(protocol, _GRID - _GRID[0]).work / _GRID
        return float(_GRID[np.argmax(power)])

    return Model(at=lambda time: (protocol, time), figures=of_energy(protocol), best=best)


def dicke(*, cells: int, strength: float, quanta_kept: int) -> Model:
    """H = a^dag a + J_z + 2 g J_x (a + a^dag), N quanta at first; ergotropy on the ladder."""
    battery = Battery.qubits(cells)
    return constant(protocols.dicke(battery, strength=strength, cutoff=quanta_kept))


def collisional_ladder(*, levels: int, excited: float, angle: float) -> Model:
    """One cell of several levels; ancillas sqrt(1 - p)|0> + sqrt(p)|1>; time counts collisions."""
    battery = Battery.equal_cells(1, levels=range(levels))
    protocol = protocols.collisional(battery, collisions=40, excited=excited, strength=angle)
    return constant(protocol)


def collisional_charger(*, strength: float, drive: float, memory: float, step: float) -> Model:
    """A driven charger between ancillas, which may come again, and one cell; gamma = 1."""

    def lasting(collisions: int) -> ChargingProtocol:
        return protocols.collisional_charger(
            Battery.qubits(1),
            collisions=collisions,
            drive=drive,
            step=step,
            memory=memory,
            strength=strength,
        )

    longest = lasting(6000)
    return Model(at=lambda time: (longest, time / step), figures=of_energy(longest))


BUILDERS: dict[str, Any] = {
    "tavis-cummings": tavis_cummings,
    "dicke": dicke,
    "collisional-ladder": collisional_ladder,
    "collisional-charger": collisional_charger,
}
