"""The noise of a device, cut to the qubits in use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray
from qiskit.providers import BackendV2
from qiskit.transpiler import Target
from qiskit_aer.noise import NoiseModel

from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan
from qbcircuit_aer.circuits import PlacedGate


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CutNoise:
    """Noise of some qubits of a device, renumbered from 0 in the order they were given.

    Args:
        model: gate and read-out errors on the compact wires.
        confusions: ``confusions[q][true, read]`` of each compact wire, ``None`` where ideal.
    """

    model: NoiseModel
    confusions: tuple[NDArray[np.float64] | None, ...]

    @property
    def noisy_gates(self) -> frozenset[str]:
        """Names of the gates that carry an error somewhere."""
        return frozenset(self.model.noise_instructions)


def cut_noise(device: BackendV2, qubits: tuple[int, ...]) -> CutNoise:
    """The noise model that Aer derives from a device, for a few of its qubits.

    Building it for all 133 qubits of a device takes seconds; the gates of a plan touch few.

    Args:
        device: reports gate errors, gate times, T1, T2 and read-out errors.
        qubits: device qubits in use; qubit ``qubits[i]`` becomes wire i.
    """
    target = _cut(device.target, qubits)
    part = SimpleNamespace(
        version=2, target=target, operation_names=list(target.operation_names), dt=target.dt
    )
    known = device.target.qubit_properties is not None
    model = NoiseModel.from_backend(part, thermal_relaxation=known)
    return CutNoise(model=model, confusions=_confusions(model, len(qubits)))


def check_device_has(device: BackendV2, plan: CircuitPlan, gates: Iterable[PlacedGate]) -> None:
    """Refuse a plan that was compiled for something else; its noise would be made up.

    Args:
        device: whose noise is simulated.
        plan: what is to run.
        gates: names and compact wires of the gates of its circuits.

    Raises:
        InvalidRequest: a gate that the device lacks.
    """
    for name, wires in sorted(gates):
        where = tuple(plan.qubits[wire] for wire in wires)
        if max(where) >= device.target.num_qubits or not device.target.instruction_supported(
            name, where
        ):
            raise InvalidRequest(
                f"A noisy run needs gates that its device has, got {name} on qubits "
                f"{list(where)}, which {device.name} lacks (the plan is compiled for "
                f"{plan.target.name}). Compile with target=backend.target(n_sites)."
            )


def _cut(target: Target, qubits: tuple[int, ...]) -> Target:
    wire = {qubit: i for i, qubit in enumerate(qubits)}
    properties = target.qubit_properties
    cut = Target(
        num_qubits=len(qubits),
        dt=target.dt,
        qubit_properties=None if properties is None else [properties[q] for q in qubits],
    )
    for name in target.operation_names:
        inside = {
            tuple(wire[q] for q in where): what
            for where, what in target[name].items()
            if where is not None and set(where) <= wire.keys()
        }
        if inside:
            cut.add_instruction(target.operation_from_name(name), inside, name=name)
    return cut


def _confusions(model: NoiseModel, n_qubits: int) -> tuple[NDArray[np.float64] | None, ...]:
    errors = model.to_dict()["errors"]
    found: dict[int, NDArray[np.float64]] = {
        where[0]: np.array(error["probabilities"], dtype=float)
        for error in errors
        if error["type"] == "roerror"
        for where in error["gate_qubits"]
    }
    return tuple(found.get(wire) for wire in range(n_qubits))
