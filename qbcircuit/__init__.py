"""Quantum-circuit compiler and hardware backend for quantum batteries.

Names are loaded when first used, so that ``import qbcircuit`` loads neither qiskit nor
matplotlib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qbcircuit import bounds, protocols
    from qbcircuit.backend import Backend
    from qbcircuit.battery import Battery
    from qbcircuit.charging import ChargingProtocol
    from qbcircuit.comparison import compare
    from qbcircuit.compile import compile_protocol
    from qbcircuit.constraints import Constraint, normalise
    from qbcircuit.estimate import figures_of_merit
    from qbcircuit.plan import CircuitPlan
    from qbcircuit.reference import simulate
    from qbcircuit.study import run
    from qbcircuit.terms import Term

__all__ = [
    "Backend",
    "Battery",
    "ChargingProtocol",
    "CircuitPlan",
    "Constraint",
    "Term",
    "bounds",
    "compare",
    "compile_protocol",
    "figures_of_merit",
    "normalise",
    "protocols",
    "run",
    "simulate",
]

_HOME = {
    "Backend": "backend",
    "Battery": "battery",
    "ChargingProtocol": "charging",
    "CircuitPlan": "plan",
    "Constraint": "constraints",
    "Term": "terms",
    "bounds": "",
    "compare": "comparison",
    "compile_protocol": "compile",
    "figures_of_merit": "estimate",
    "normalise": "constraints",
    "protocols": "",
    "run": "study",
    "simulate": "reference",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not _HOME[name]:
        return importlib.import_module(f"{__name__}.{name}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
