"""Assertions that a plan does what it must, from the circuits it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qbcircuit.charging import ChargingProtocol
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole
from qbcircuit.starts import BasisStart
from qbcircuit.target import DeviceTarget
from qbcircuit.testing.dense import distance_up_to_phase, exact_unitary, start_density

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def assert_plan_implements(
    plan: CircuitPlan, protocol: ChargingProtocol | None = None, *, atol: float = 1e-9
) -> None:
    """Every charge circuit does what the protocol says, within the error that the plan claims.

    From the whole operator (basis starts, any start), from the start alone (start-aware
    circuits), or from the mixed start (thermal, where a distance d of operators allows 2d),
    layouts and routing undone, up to phase.

    Args:
        plan: without resets, small enough for dense matrices.
        protocol: what to compare with; default the plan's own.
        atol: added to the claimed error for rounding.

    Raises:
        AssertionError: naming the time and the distance.
    """
    protocol = protocol or plan.protocol
    for experiment in plan.experiments:
        if experiment.role is ExperimentRole.CHARGE:
            found = _distance(plan, experiment, protocol)
            mixed = not isinstance(protocol.battery.start, BasisStart)
            allowed = (2 if mixed else 1) * plan.compilation.error + atol
            if not found <= allowed:
                raise AssertionError(
                    f"{plan.compilation.method} on {plan.target.name}: the circuit at time "
                    f"{experiment.time:.6g} is {found:.3g} from the protocol {protocol.name!r}, "
                    f"more than {allowed:.3g}."
                )


def _distance(plan: CircuitPlan, experiment: Experiment, protocol: ChargingProtocol) -> float:
    from qiskit.quantum_info import DensityMatrix, Operator, Statevector, partial_trace

    battery = protocol.battery
    n = battery.n_sites
    exact = exact_unitary(protocol, experiment.time)
    circuit = in_place(plan, experiment)
    if not isinstance(battery.start, BasisStart):
        others = [wire for wire in range(circuit.num_qubits) if wire >= n]
        state = DensityMatrix(partial_trace(Statevector(circuit), others)).data
        difference = state - exact @ start_density(battery) @ exact.conj().T
        return float(np.linalg.norm(difference, 2))
    index = sum(level << j for j, level in enumerate(battery.start.levels))
    judged_from_start = plan.options.start == "ground" and plan.compilation.error_kind == "estimate"
    if plan.compilation.assumes_start or judged_from_start:
        state = np.zeros(1 << circuit.num_qubits, dtype=complex)
        state[: 1 << n] = exact[:, index]
        return distance_up_to_phase(Statevector(circuit).data, state)
    prepared = exact[:, np.arange(1 << n) ^ index]
    if circuit.num_qubits == n:
        return distance_up_to_phase(Operator(circuit).data, prepared)
    dims = (2,) * circuit.num_qubits
    columns = [Statevector.from_int(i, dims).evolve(circuit).data for i in range(1 << n)]
    whole = np.stack(columns, axis=1)  # ancillas start in 0 and must end there
    lost = float(np.linalg.norm(whole[1 << n :], 2))
    return max(lost, distance_up_to_phase(whole[: 1 << n], prepared))


def in_place(plan: CircuitPlan, experiment: Experiment) -> QuantumCircuit:
    """The experiment on the plan's qubits, routing undone: wire j is site j throughout.

    For batteries whose sites are all cells; other wires (ancillas) follow.
    """
    from qiskit import QuantumCircuit

    n_wires = len(plan.qubits)
    circuit = QuantumCircuit(n_wires)
    for piece in experiment.pieces:
        bound = plan.templates[piece.template].circuit.assign_parameters(piece.angles)
        circuit.compose(bound, range(n_wires), inplace=True, copy=False)
    ends = list(experiment.readout)
    ends += [wire for wire in range(n_wires) if wire not in ends]
    starts = list(plan.layout) + [wire for wire in range(n_wires) if wire not in plan.layout]
    return _moved(circuit, starts, ends)


def _moved(circuit: QuantumCircuit, starts: list[int], ends: list[int]) -> QuantumCircuit:
    """Wire i enters at starts[i] and leaves from ends[i], as a permutation before and after."""
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import PermutationGate

    wires = range(circuit.num_qubits)
    moved = QuantumCircuit(circuit.num_qubits)
    moved.append(PermutationGate([starts.index(wire) for wire in wires]), wires)
    moved.compose(circuit, inplace=True)
    moved.append(PermutationGate(ends), wires)
    return moved


def assert_zero_angles_rest(plan: CircuitPlan, *, atol: float = 1e-9) -> None:
    """Bound to zero, every charge circuit keeps its gates and leaves the cells as they started.

    Args:
        plan: small enough for a state vector.
        atol: largest change of a cell's populations.

    Raises:
        AssertionError: naming the time.
    """
    from qiskit.quantum_info import Statevector

    populations = plan.protocol.battery.start_populations
    for experiment in plan.experiments:
        charged = in_place(plan, experiment)
        rested = in_place(plan, experiment.with_zero_angles())
        if charged.count_ops() != rested.count_ops():
            raise AssertionError(
                f"Zero angles change the gates at time {experiment.time:.6g}: "
                f"{dict(charged.count_ops())} become {dict(rested.count_ops())}."
            )
        state = Statevector(rested)
        for site, expected in enumerate(populations):
            found = state.probabilities([site])
            if not np.allclose(found, expected, rtol=0, atol=atol):
                raise AssertionError(
                    f"Zero angles move site {site} at time {experiment.time:.6g}: "
                    f"populations {found.tolist()} instead of {list(expected)}."
                )


def assert_obeys_target(circuit: QuantumCircuit, device: DeviceTarget) -> None:
    """Every gate of a written circuit is one that the device has, where it has it.

    Raises:
        AssertionError: naming the first gate that is not.
    """
    anywhere = {one.name for one in device.operations if one.qubits is None}
    somewhere = {(one.name, one.qubits) for one in device.operations}
    for instruction in circuit.data:
        name = instruction.operation.name
        qubits = tuple(circuit.find_bit(bit).index for bit in instruction.qubits)
        if name not in anywhere and (name, qubits) not in somewhere and name != "barrier":
            raise AssertionError(f"{device.name} has no {name} on qubits {list(qubits)}.")
    if circuit.num_qubits != device.n_qubits:
        raise AssertionError(
            f"The circuit has {circuit.num_qubits} qubits but {device.name} has {device.n_qubits}."
        )
