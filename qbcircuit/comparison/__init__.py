"""Chargers against parallel charging: same constraint, same machine, one row each."""

from qbcircuit.comparison.candidate import (
    Candidate,
    CompileRequest,
    prepare,
    reference_protocol,
    under,
)
from qbcircuit.comparison.exact import ExactFigures, exact_figures
from qbcircuit.comparison.measuring import Mitigation
from qbcircuit.comparison.merits import STORED, MeritRequest
from qbcircuit.comparison.result import Result, compare

__all__ = [
    "STORED",
    "Candidate",
    "CompileRequest",
    "ExactFigures",
    "MeritRequest",
    "Mitigation",
    "Result",
    "compare",
    "exact_figures",
    "prepare",
    "reference_protocol",
    "under",
]
