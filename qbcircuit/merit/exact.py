"""Figures of merit of exact states at every time; see :mod:`qbcircuit.merit.figures` for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qbcircuit.charging import Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.merit.cells import CellStates, Counted
from qbcircuit.merit.copies import copies_passive_energy, thermal_energy
from qbcircuit.merit.distances import bures_angle, mandelstam_tamm_time
from qbcircuit.merit.extraction import ergotropy, passive_energy
from qbcircuit.merit.fluctuations import WorkDistribution, power_limit
from qbcircuit.merit.storage import Storage, stored_density, stored_populations
from qbcircuit.reference import (
    StateHistory,
    fisher_informations,
    start_angles,
    start_energy,
    step_spreads,
    two_point_works,
)

Series = NDArray[np.float64]


def _passive(weights: Counted, energies: Counted) -> float:
    return passive_energy(
        weights.values,
        energies.values,
        weight_counts=weights.counts,
        energy_counts=energies.counts,
    )


def extractable(states: CellStates, _: Storage | None) -> Series:
    """Ergotropy."""
    return states.energy - [_passive(one, states.energies) for one in states.spectra]


def extractable_on_ladder(states: CellStates, _: Storage | None) -> Series:
    """Ergotropy on the symmetric states."""
    rungs = states.ladder_states
    return np.array([ergotropy(one, states.ladder_levels) for one in rungs])


def incoherent(states: CellStates, _: Storage | None) -> Series:
    """Ergotropy of the populations."""
    return states.energy - [_passive(one, states.energies) for one in states.populations]


def coherent(states: CellStates, storage: Storage | None) -> Series:
    """Ergotropy beyond that of the populations."""
    return extractable(states, storage) - incoherent(states, storage)


def local(states: CellStates, _: Storage | None) -> Series:
    """Sum of the ergotropies of single cells."""
    if states.battery.interactions:
        raise InvalidRequest(
            "Local ergotropy is of cells that do not interact with each other. "
            "Ask for the ergotropy itself."
        )
    own = [
        [ergotropy(state, levels) for state in several]
        for several, levels in zip(states.singles, states.levels, strict=True)
    ]
    return np.asarray(np.sum(own, axis=0))


def locked(states: CellStates, storage: Storage | None) -> Series:
    """Ergotropy beyond that of single cells."""
    return extractable(states, storage) - local(states, storage)


def of_two_copies(states: CellStates, _: Storage | None) -> Series:
    """Ergotropy of two copies, per copy."""
    values, counts = states.energies
    return states.energy - [
        copies_passive_energy(one.values, values, 2, energy_counts=counts) for one in states.spectra
    ]


def of_many_copies(states: CellStates, _: Storage | None) -> Series:
    """Ergotropy of very many copies, per copy."""
    values, counts = states.energies
    return states.energy - [thermal_energy(one.values, values, counts) for one in states.spectra]


def capacity(states: CellStates, _: Storage | None) -> Series:
    """Highest minus lowest energy that unitaries reach."""
    energies = states.energies
    falling = Counted(-energies.values, energies.counts)
    return np.array([-_passive(one, falling) - _passive(one, energies) for one in states.spectra])


def energy_variance(states: CellStates, _: Storage | None) -> Series:
    """Var(I)."""
    if states.is_whole:
        return states.rates.energy_variance
    levels = states.product_levels
    rows = [one.values for one in states.populations]
    return np.array([row @ levels**2 - (row @ levels) ** 2 for row in rows])


def work_variance(states: CellStates, _: Storage | None) -> Series:
    """Variance of the two-point work."""
    _whole(states, "work-variance")
    found = two_point_works(states.history)
    return np.array([WorkDistribution(work=w, probabilities=p).variance for w, p in found])


def purity(states: CellStates, _: Storage | None) -> Series:
    """tr(rho^2)."""
    return np.array([np.sum(one.values**2) for one in states.spectra])


def renyi2(states: CellStates, storage: Storage | None) -> Series:
    """Renyi-2 entropy of half the cells, or of those named."""
    return -np.log(purity(states.half if states.is_whole else states, storage))


def angle(states: CellStates, _: Storage | None) -> Series:
    """Bures angle from the start."""
    if states.is_whole:
        return start_angles(states.history)
    (begun,) = CellStates(StateHistory(states.history.protocol, [0.0]), states.cells).densities
    return np.array([bures_angle(begun, one) for one in states.densities])


def fisher(states: CellStates, _: Storage | None) -> Series:
    """Quantum Fisher information about t."""
    _whole(states, "fisher-information")
    return fisher_informations(states.history)


def speed_limit(states: CellStates, _: Storage | None) -> Series:
    """Mandelstam-Tamm time to where the state is."""
    _whole(states, "speed-limit")
    protocol = states.history.protocol
    if any(isinstance(step, Reset) for step in protocol.schedule):
        raise InvalidRequest(
            "The Mandelstam-Tamm limit is of unitary charging, and this protocol resets sites. "
            "Leave speed-limit out."
        )
    times = states.history.times
    spreads, lasted = step_spreads(protocol, float(times[-1]))
    begins = np.cumsum(lasted) - lasted
    spent = np.clip(times[:, None] - begins, 0.0, lasted) @ spreads
    return np.array(
        [
            mandelstam_tamm_time(float(angle), travel / time) if time else 0.0
            for angle, travel, time in zip(start_angles(states.history), spent, times, strict=True)
        ]
    )


def power(states: CellStates, _: Storage | None) -> Series:
    """dW/dt."""
    _whole(states, "power")
    return states.rates.power


def largest_power(states: CellStates, _: Storage | None) -> Series:
    """2 Delta I Delta H."""
    _whole(states, "power-limit")
    rates = states.rates
    return np.array(
        [
            power_limit(energy, drive)
            for energy, drive in zip(rates.energy_variance, rates.generator_variance, strict=True)
        ]
    )


def stored_work(states: CellStates, storage: Storage | None) -> Series:
    """Work left after a delay."""
    delay = _delay(states, storage)
    left = np.zeros(len(states.history.times))
    for several, levels in zip(states.singles, states.levels, strict=True):
        rows = [stored_populations(np.diag(one).real, [len(levels)], delay) for one in several]
        left += np.array(rows) @ np.asarray(levels)
    if states.is_whole:
        return left - start_energy(states.battery)
    return left - CellStates(StateHistory(states.history.protocol, [0.0]), states.cells).energy


def stored_ergotropy(states: CellStates, storage: Storage | None) -> Series:
    """Ergotropy left after a delay."""
    delay, energies = _delay(states, storage), states.product_levels
    return np.array(
        [
            ergotropy(stored_density(one, states.dimensions, delay), energies)
            for one in states.densities
        ]
    )


def _delay(states: CellStates, storage: Storage | None) -> Storage:
    if storage is None:
        raise InvalidRequest("Storage needs a delay, T1 and T2. Use --storage DELAY,T1,T2.")
    if states.battery.interactions:
        raise InvalidRequest(
            "Storage is of cells that decay each by itself, and these interact. Leave it out."
        )
    return storage


def _whole(states: CellStates, name: str) -> None:
    if not states.is_whole:
        raise InvalidRequest(
            f"{name} is of all cells together, got cells {list(states.cells)}. Name none."
        )
