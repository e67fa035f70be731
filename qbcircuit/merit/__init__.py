"""Figures of merit: pure functions of states and distributions, and the same along a protocol.

State vectors and density matrices are little-endian: cell 0 is the least significant bit of a
basis index, as in qiskit; with more levels, the first cell counts fastest.
"""

from qbcircuit.merit.cells import CellStates
from qbcircuit.merit.copies import copies_ergotropy, many_copies_ergotropy
from qbcircuit.merit.curves import along, figure, work_distributions
from qbcircuit.merit.distances import (
    bures_angle,
    fisher_information,
    mandelstam_tamm_time,
    mean_energy_time,
    product_bures_angle,
)
from qbcircuit.merit.extraction import (
    coherent_ergotropy,
    ergotropy,
    incoherent_ergotropy,
    local_ergotropy,
    locked_ergotropy,
    passive_energy,
    population_ergotropy,
    state_capacity,
)
from qbcircuit.merit.figures import FIGURES, FigureOfMerit
from qbcircuit.merit.fluctuations import (
    WorkDistribution,
    entanglement_depth,
    instantaneous_power,
    power_limit,
    producible_variance,
    work_moments,
)
from qbcircuit.merit.parallel import (
    PARALLEL_POWER,
    PARALLEL_POWER_TIME,
    parallel_capacity,
    parallel_crossing_time,
)
from qbcircuit.merit.reduced import purity, renyi2
from qbcircuit.merit.spectra import (
    ladder_energies,
    product_energies,
    product_spectrum,
    symmetric_state,
)
from qbcircuit.merit.storage import Storage, stored_density, stored_populations

__all__ = [
    "FIGURES",
    "PARALLEL_POWER",
    "PARALLEL_POWER_TIME",
    "CellStates",
    "FigureOfMerit",
    "Storage",
    "WorkDistribution",
    "along",
    "bures_angle",
    "coherent_ergotropy",
    "copies_ergotropy",
    "entanglement_depth",
    "ergotropy",
    "figure",
    "fisher_information",
    "incoherent_ergotropy",
    "instantaneous_power",
    "ladder_energies",
    "local_ergotropy",
    "locked_ergotropy",
    "mandelstam_tamm_time",
    "many_copies_ergotropy",
    "mean_energy_time",
    "parallel_capacity",
    "parallel_crossing_time",
    "passive_energy",
    "population_ergotropy",
    "power_limit",
    "producible_variance",
    "product_bures_angle",
    "product_energies",
    "product_spectrum",
    "purity",
    "renyi2",
    "state_capacity",
    "stored_density",
    "stored_populations",
    "symmetric_state",
    "work_distributions",
    "work_moments",
]
