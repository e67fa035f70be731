"""Qiskit targets as plain data: what a device can do, for the compiler and for the simulators."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qbcircuit.errors import InvalidRequest
from qbcircuit.target import DeviceTarget, Operation

if TYPE_CHECKING:
    from qiskit.circuit import Instruction
    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target

NOT_WRITTEN = frozenset({"delay"})
"""Instructions of a target that no written circuit of ours uses."""


def device_target(target_or_backend: Target | BackendV2, name: str | None = None) -> DeviceTarget:
    """A qiskit target as plain data.

    Kept are the standard one- and two-qubit gates with free angles, ``measure`` and ``reset``,
    on each qubit or ordered pair, with seconds and error where the target reports them. Control
    flow, delays, wider gates and instructions outside qiskit's standard gates are left out.

    Args:
        target_or_backend: a qiskit ``Target``, or a ``BackendV2`` that carries one.
        name: what to call it; default: the backend's own name, or ``"target"``.

    Returns:
        The device, operations sorted by name and qubits.

    Raises:
        InvalidRequest: neither a target nor a backend, or a target that does not say how many
            qubits it has.
    """
    target = getattr(target_or_backend, "target", target_or_backend)
    if not hasattr(target, "operation_names"):
        raise InvalidRequest(
            "A device is a qiskit Target or BackendV2, got "
            f"{type(target_or_backend).__name__}. Pass backend.target."
        )
    if not target.num_qubits:
        raise InvalidRequest(
            "A target must say how many qubits it has. Set Target(num_qubits=...)."
        )
    return DeviceTarget(
        name=name or str(getattr(target_or_backend, "name", None) or "target"),
        n_qubits=int(target.num_qubits),
        operations=tuple(sorted(_operations(target), key=lambda one: (one.name, one.qubits or ()))),
    )


def relaxation(target: Target, qubits: Sequence[int]) -> tuple[tuple[float, float], ...] | None:
    """T1 and T2 of some qubits in seconds; ``None`` where the target leaves any of them out."""
    known = target.qubit_properties or ()
    found = [known[qubit] if qubit < len(known) else None for qubit in qubits]
    pairs = [(_number(one, "t1"), _number(one, "t2")) for one in found]
    complete = tuple((t1, t2) for t1, t2 in pairs if t1 and t2)
    return complete if len(complete) == len(pairs) else None


@functools.cache
def standard_instructions() -> Mapping[str, Instruction]:
    """Qiskit's standard one- and two-qubit instructions by name, angles free."""
    from qiskit.circuit.library import get_standard_gate_name_mapping

    return {
        name: instruction
        for name, instruction in get_standard_gate_name_mapping().items()
        if instruction.num_qubits in (1, 2) and name not in NOT_WRITTEN
    }


def _operations(target: Target) -> Iterator[Operation]:
    known = standard_instructions()
    for name in target.operation_names:
        instruction = target.operation_from_name(name)
        if name not in known or not _angles_free(instruction):
            continue
        for qubits, properties in target[name].items():
            yield Operation(
                name=name,
                qubits=None if qubits is None else tuple(int(q) for q in qubits),
                seconds=_number(properties, "duration"),
                error=_number(properties, "error"),
            )


def _angles_free(instruction: Instruction) -> bool:
    from qiskit.circuit import Parameter

    return all(isinstance(angle, Parameter) for angle in instruction.params)


def _number(properties: object, field: str) -> float | None:
    value = getattr(properties, field, None)
    return None if value is None else float(value)


def ideal_target(n_qubits: int) -> DeviceTarget:
    """What a simulator without a device offers: every pair of qubits coupled by CX.

    Args:
        n_qubits: width of a written circuit.
    """
    names = ("cx", "measure", "reset", "rz", "sx", "x")
    return DeviceTarget(
        name="all-to-all",
        n_qubits=n_qubits,
        operations=tuple(Operation(name=name) for name in names),
    )
