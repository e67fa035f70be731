"""Counts to energy trace to figures of merit, every number with its interval."""

from qbcircuit.estimate.advantage import Comparison, compare_figures
from qbcircuit.estimate.bracket import Bracket
from qbcircuit.estimate.energies import read_levels
from qbcircuit.estimate.extrapolate import ASSUMPTION, extrapolated
from qbcircuit.estimate.figures import CROSSING, FIRST_MAXIMUM, Figures, figures_of_merit
from qbcircuit.estimate.fluctuations import WorkDistribution, two_point_work
from qbcircuit.estimate.interval import Estimate
from qbcircuit.estimate.readout import ReadoutErrors, readout_errors
from qbcircuit.estimate.reads import Reads
from qbcircuit.estimate.settings import SettingReading, readings_by_setting
from qbcircuit.estimate.state_figures import (
    SAMPLED,
    SampledFigure,
    measured_figure,
    settings_for,
)
from qbcircuit.estimate.trace import EnergyTrace, trace_from_histograms, trace_from_readings
from qbcircuit.estimate.withholding import Withholding, leakage_until

__all__ = [
    "ASSUMPTION",
    "CROSSING",
    "FIRST_MAXIMUM",
    "SAMPLED",
    "Bracket",
    "Comparison",
    "EnergyTrace",
    "Estimate",
    "Figures",
    "ReadoutErrors",
    "Reads",
    "SampledFigure",
    "SettingReading",
    "Withholding",
    "WorkDistribution",
    "compare_figures",
    "extrapolated",
    "figures_of_merit",
    "leakage_until",
    "measured_figure",
    "read_levels",
    "readings_by_setting",
    "readout_errors",
    "settings_for",
    "trace_from_histograms",
    "trace_from_readings",
    "two_point_work",
]
