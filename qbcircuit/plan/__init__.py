"""The waist: a protocol, a target, and the experiments that a backend is to run.

A plan holds circuits as *templates* (QPY, opened when asked for) whose Parameters are the
rotation angles, and *experiments* that string templates together with angles bound. Physics
above the plan never sees qiskit, statistics below it never see a vendor.
"""

from qbcircuit.plan.circuit_plan import KNOWN_TYPES, SCHEMA, CircuitPlan
from qbcircuit.plan.experiments import Experiment, ExperimentRole, SampledStart, Setting
from qbcircuit.plan.templates import Piece, Template

__all__ = [
    "KNOWN_TYPES",
    "SCHEMA",
    "CircuitPlan",
    "Experiment",
    "ExperimentRole",
    "Piece",
    "SampledStart",
    "Setting",
    "Template",
]
