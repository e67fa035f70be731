"""T1 and T2 of a delay after charging: given, or what the machine reports of its qubits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from qbcircuit.backend import Backend, RelaxingBackend
from qbcircuit.errors import InvalidRequest
from qbcircuit.merit import Storage
from qbcircuit.plan import CircuitPlan, ExperimentRole

Document = dict[str, Any]


def reported(storage: Storage, plan: CircuitPlan, time: float, machine: Backend) -> Storage:
    """The delay with the mean T1 and T2, in seconds, of the qubits that hold the cells.

    A T2 that is reported above 2 T1 counts as 2 T1.

    Args:
        storage: its delay is in seconds too.
        plan: the charger's circuits.
        time: of the circuit after which the delay comes.
        machine: what is asked.

    Raises:
        InvalidRequest: the machine does not know.
    """
    charged = (one for one in plan.experiments if one.role is ExperimentRole.CHARGE)
    qubits = sorted({plan.qubits[q] for one in charged if one.time == time for q in one.readout})
    known = machine.relaxation(qubits) if isinstance(machine, RelaxingBackend) else None
    if known is None:
        raise InvalidRequest(
            f"A delay needs T1 or T2, and {machine.name} reports none of its qubits. "
            "Use --t1 and --t2, or a device as --backend."
        )
    t1, t2 = np.mean([(t1, min(t2, 2 * t1)) for t1, t2 in known], axis=0)
    return replace(storage, t1=float(t1), t2=float(t2))


def storage_summary(storage: Storage, machine: str | None) -> Document:
    """The delay, T1 and T2 (``None``: no decay, no dephasing beside it), and who told them.

    Args:
        storage: what happens in the delay.
        machine: who reported T1 and T2; ``None``: they were given.
    """
    return {
        "delay": storage.delay,
        "t1": storage.t1 if math.isfinite(storage.t1) else None,
        "t2": storage.t2,
        "reported_by": machine,
    }
