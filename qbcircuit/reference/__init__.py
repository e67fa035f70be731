"""Exact charging curves from the protocol itself, never from its circuits."""

from __future__ import annotations

from qbcircuit.reference.commutator import power_extremes, power_terms
from qbcircuit.reference.curve import ExactCurve, Solution, simulate
from qbcircuit.reference.energy import capacity, energy_matrix, energy_range, start_energy
from qbcircuit.reference.generator import generator_extremes
from qbcircuit.reference.history import StateHistory
from qbcircuit.reference.idle import idle_work
from qbcircuit.reference.moments import EnergyMoments, energy_moments, step_moments
from qbcircuit.reference.peaks import Peak, best_average_power, first_crossing, first_maximum
from qbcircuit.reference.rates import (
    EnergyRates,
    energy_rates,
    fisher_informations,
    fisher_of_mixture,
    start_angles,
    step_spreads,
)
from qbcircuit.reference.spectrum import Extremes, Kind, extreme_energies, worst
from qbcircuit.reference.states import reduced_states
from qbcircuit.reference.truncation import Truncation, truncation
from qbcircuit.reference.two_point import two_point_works

__all__ = [
    "EnergyMoments",
    "EnergyRates",
    "ExactCurve",
    "Extremes",
    "Kind",
    "Peak",
    "Solution",
    "StateHistory",
    "Truncation",
    "best_average_power",
    "capacity",
    "energy_matrix",
    "energy_moments",
    "energy_range",
    "energy_rates",
    "extreme_energies",
    "first_crossing",
    "first_maximum",
    "fisher_informations",
    "fisher_of_mixture",
    "generator_extremes",
    "idle_work",
    "power_extremes",
    "power_terms",
    "reduced_states",
    "simulate",
    "start_angles",
    "start_energy",
    "step_moments",
    "step_spreads",
    "truncation",
    "two_point_works",
    "worst",
]
