"""What a device would refuse or get wrong, found before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, SupportsFloat

from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

RZZ_SLACK = 1e-10
"""By so much IBM lets an angle of rzz exceed pi/2; below 0 nothing is allowed."""

BROKEN = 1.0
"""A reported error of 1 marks a gate that has not been calibrated."""

_NO_GATES = frozenset({"barrier", "delay"})


def check_circuits(circuits: Iterable[QuantumCircuit], target: Target, device: str) -> None:
    """Refuse circuits that the device cannot run as it is calibrated now.

    Args:
        circuits: bound, with their measurements.
        target: of the device, as it is now.
        device: its name.

    Raises:
        InvalidRequest: no circuits; or a gate that the device lacks, on such qubits and in that
            direction, that is reported broken, or whose angle it does not take.
    """
    known: dict[tuple[str, tuple[int, ...]], str] = {}
    count = 0
    for circuit in circuits:
        count += 1
        if circuit.num_qubits > target.num_qubits:
            raise InvalidRequest(
                f"Circuit {count} has {circuit.num_qubits} qubits and {device} has "
                f"{target.num_qubits}. Compile it for {device}."
            )
        index = {qubit: i for i, qubit in enumerate(circuit.qubits)}
        for one in circuit.data:
            name = one.operation.name
            if name in _NO_GATES:
                continue
            place = (name, tuple(index[qubit] for qubit in one.qubits))
            if place not in known:
                known[place] = _why_not(target, *place)
            if known[place]:
                raise InvalidRequest(
                    f"{device} {known[place]}, which circuit {count} uses. Its calibration may "
                    "have changed since the circuits were compiled: use a new --out folder."
                )
            if name == "rzz":
                _check_angle(one.operation.params[0], place[1], count)
    if not count:
        raise InvalidRequest("A job needs at least one circuit, got none. Give some times.")


def _why_not(target: Target, name: str, qubits: tuple[int, ...]) -> str:
    on = f"{name} on qubit{'s' * (len(qubits) > 1)} {', '.join(map(str, qubits))}"
    if not target.instruction_supported(name, qubits):
        return f"has no {on}"
    found = target[name].get(qubits) if name in target.operation_names else None
    error = getattr(found, "error", None)
    return f"reports {on} as broken" if error is not None and error >= BROKEN else ""


def _check_angle(angle: SupportsFloat, qubits: tuple[int, ...], circuit: int) -> None:
    value = float(angle)
    if not 0.0 <= value <= math.pi / 2 + RZZ_SLACK:
        raise InvalidRequest(
            f"rzz takes angles from 0 to π/2, got {value:.12g} on qubits {qubits} of circuit "
            f"{circuit}. Compile it again."
        )
