"""Circuits from protocols: exact blocks, product formulas, placement, native gates and cost."""

from __future__ import annotations

from qbcircuit.compile.any_start import any_start_cost
from qbcircuit.compile.calibration import calibration_plan
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.devices.sharing import shared_qubits
from qbcircuit.compile.devices.target import resolve_target
from qbcircuit.compile.export import layouts, writable, write_qasm, write_qpy
from qbcircuit.compile.pipeline import compile_protocol
from qbcircuit.compile.settings import with_settings
from qbcircuit.compile.stretching import stretched
from qbcircuit.compile.wires import n_wires

__all__ = [
    "any_start_cost",
    "calibration_plan",
    "compile_protocol",
    "layouts",
    "n_wires",
    "plan_cost",
    "resolve_target",
    "shared_qubits",
    "stretched",
    "with_settings",
    "writable",
    "write_qasm",
    "write_qpy",
]
