"""Exact charging curves from the protocol itself, never from its circuits."""

from __future__ import annotations

from qbcircuit.reference.curve import ExactCurve, Solution, simulate
from qbcircuit.reference.energy import capacity, energy_range, start_energy
from qbcircuit.reference.generator import generator_extremes
from qbcircuit.reference.idle import idle_work
from qbcircuit.reference.moments import EnergyMoments, energy_moments, step_moments
from qbcircuit.reference.peaks import Peak, best_average_power, first_crossing, first_maximum
from qbcircuit.reference.spectrum import Extremes, Kind, extreme_energies, worst
from qbcircuit.reference.states import reduced_states
from qbcircuit.reference.truncation import Truncation, truncation

__all__ = [
    "EnergyMoments",
    "ExactCurve",
    "Extremes",
    "Kind",
    "Peak",
    "Solution",
    "Truncation",
    "best_average_power",
    "capacity",
    "energy_moments",
    "energy_range",
    "extreme_energies",
    "first_crossing",
    "first_maximum",
    "generator_extremes",
    "idle_work",
    "reduced_states",
    "simulate",
    "start_energy",
    "step_moments",
    "truncation",
    "worst",
]
