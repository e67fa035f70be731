"""The two circuits that tell what a machine's read-out gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qiskit import QuantumCircuit

from qbcircuit.compile.templates import TemplateBook
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Setting

COPIES = 4
"""Pairs of calibration circuits, spread over the whole batch so that they see the same drift."""


def calibration_plan(plans: Sequence[CircuitPlan], *, copies: int = COPIES) -> CircuitPlan:
    """All qubits in level 0, and all flipped to level 1, read at once.

    ``readout[w]`` of its experiments is wire w of the plans' qubits, so that bit w of an outcome
    is that wire, whichever cell it holds at the end of a charging circuit.

    Args:
        plans: chargers on the same qubits of the same target; some may use the first of them only.
        copies: how often each of the two is run.

    Raises:
        InvalidRequest: plans on different qubits.
    """
    first = max(plans, key=lambda one: len(one.qubits))
    if any(
        one.target != first.target or one.qubits != first.qubits[: len(one.qubits)] for one in plans
    ):
        raise InvalidRequest(
            "One read-out calibration serves plans on the same qubits, and these differ. "
            "Compile them with the same qubits=."
        )
    book = TemplateBook(first.target, first.qubits)
    wires = tuple(range(len(first.qubits)))
    flip = book.piece("flip", lambda: ((_flips(len(wires)),), ()))
    finished = book.finished([((), ()), ((), (flip,))])
    setting = Setting(bases=("Z",) * len(wires))
    pair = [
        Experiment(
            time=0.0,
            role=ExperimentRole.CALIBRATION,
            setting=setting,
            segments=segments,
            closing=closing,
            readout=wires,
        )
        for segments, closing in finished.pieces
    ]
    return replace(
        first,
        templates=finished.templates,
        local_layers=finished.local_layers,
        experiments=tuple(pair * copies),
    )


def _flips(n_wires: int) -> QuantumCircuit:
    circuit = QuantumCircuit(n_wires)
    circuit.x(range(n_wires))
    return circuit
