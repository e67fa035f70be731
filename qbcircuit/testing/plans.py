"""Assertions that a plan does what it must, from the circuits it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole
from qbcircuit.starts import BasisStart
from qbcircuit.target import DeviceTarget
from qbcircuit.testing.dense import (
    Matrix,
    after_reset,
    density_at,
    distance_up_to_phase,
    exact_unitary,
    placed,
    reduced,
    start_density,
)

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_HADAMARD = np.array([[1, 1], [1, -1]], dtype=complex) / np.sqrt(2)
_TURNS = {"X": _HADAMARD, "Y": _HADAMARD @ np.diag([1, -1j]), "Z": np.eye(2, dtype=complex)}
"""Take the eigenstate +1 of a letter to level 0 and the other to level 1."""


def assert_plan_implements(
    plan: CircuitPlan, protocol: ChargingProtocol | None = None, *, atol: float = 1e-9
) -> None:
    """Every charge circuit does what the protocol says, within the error that the plan claims.

    From the whole operator (two-level sites, basis starts, any start), from the start alone
    (start-aware circuits), or else by the state of the cells (where a distance d of operators
    allows 2d), layouts and routing undone, up to phase.

    Args:
        plan: small enough for dense matrices.
        protocol: what to compare with; default the plan's own.
        atol: added to the claimed error for rounding.

    Raises:
        AssertionError: naming the time and the distance.
    """
    protocol = protocol or plan.protocol
    for experiment in plan.experiments:
        if experiment.role is ExperimentRole.CHARGE:
            by_state = _is_judged_by_state(protocol) or set(experiment.setting.bases) != {"Z"}
            found = (_state_distance if by_state else _distance)(plan, experiment, protocol)
            allowed = (2 if by_state else 1) * plan.compilation.error + atol
            if not found <= allowed:
                raise AssertionError(
                    f"{plan.compilation.method} on {plan.target.name}: the circuit at time "
                    f"{experiment.time:.6g} is {found:.3g} from the protocol {protocol.name!r}, "
                    f"more than {allowed:.3g}."
                )


def _is_judged_by_state(protocol: ChargingProtocol) -> bool:
    battery = protocol.battery
    return (
        not isinstance(battery.start, BasisStart)
        or set(battery.dimensions) != {2}
        or battery.n_cells < battery.n_sites
        or len(protocol.evolutions) < len(protocol.schedule)
    )


def _distance(plan: CircuitPlan, experiment: Experiment, protocol: ChargingProtocol) -> float:
    """Between operators, or between states from the one start that the circuit is right for."""
    from qiskit.quantum_info import Operator, Statevector

    battery = protocol.battery
    n = battery.n_sites
    exact = exact_unitary(protocol, experiment.time)
    circuit = in_place(plan, experiment)
    assert isinstance(battery.start, BasisStart)  # any other is judged by the state
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


def _state_distance(plan: CircuitPlan, experiment: Experiment, protocol: ChargingProtocol) -> float:
    """Half the trace norm between the states of the cells' registers."""
    battery = protocol.battery
    exact = reduced(density_at(protocol, experiment.time), battery.dimensions, battery.cells)
    expected = turned(encoded_state(plan, exact), experiment)
    difference = cell_state(plan, experiment) - expected
    return float(np.abs(np.linalg.eigvalsh(difference)).sum() / 2)


def cell_state(plan: CircuitPlan, experiment: Experiment) -> Matrix:
    """The density matrix of the qubits that are read, in their order, after one circuit."""
    from qiskit.quantum_info import DensityMatrix

    n_wires = len(plan.qubits)
    state = DensityMatrix.from_int(0, (2,) * n_wires)
    for piece in experiment.pieces:
        bound = plan.templates[piece.template].circuit.assign_parameters(piece.angles)
        state = state.evolve(bound)
    return reduced(state.data, (2,) * n_wires, experiment.readout)


def turned(state: Matrix, experiment: Experiment) -> Matrix:
    """A density matrix of the qubits that are read, turned so that Z reads the setting."""
    bases = experiment.setting.bases
    turn = placed({bit: _TURNS[a] for bit, a in enumerate(bases)}, (2,) * len(bases))
    found: Matrix = turn @ state @ turn.conj().T
    return found


def encoded_state(plan: CircuitPlan, state: Matrix) -> Matrix:
    """A density matrix of the cells as one of their registers."""
    codes, width = np.zeros(1, dtype=int), 0
    for cell in plan.protocol.battery.cells:
        register = plan.registers[cell]
        codes = (codes[None, :] + (np.array(register.codes) << width)[:, None]).ravel()
        width += len(register.sites)
    whole = np.zeros((1 << width, 1 << width), dtype=complex)
    whole[np.ix_(codes, codes)] = state
    return whole


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

    Resets go on happening.

    Args:
        plan: read in Z, small enough for dense matrices.
        atol: largest change of a cell's populations, or of an entry of the cells' state.

    Raises:
        AssertionError: naming the time.
    """
    from qiskit.quantum_info import Statevector

    if _is_judged_by_state(plan.protocol):
        _assert_states_rest(plan, atol)
        return
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


def _assert_states_rest(plan: CircuitPlan, atol: float) -> None:
    battery = plan.protocol.battery
    for experiment in plan.experiments:
        idle = reduced(
            _idle_density(plan.protocol, experiment.time), battery.dimensions, battery.cells
        )
        found = cell_state(plan, experiment.with_zero_angles())
        expected = turned(encoded_state(plan, idle), experiment)
        if not np.allclose(found, expected, rtol=0, atol=atol):
            raise AssertionError(f"Zero angles move the cells at time {experiment.time:.6g}.")


def _idle_density(protocol: ChargingProtocol, time: float) -> Matrix:
    """The state that nothing but resets has changed."""
    state, left = start_density(protocol.battery), time
    for step in protocol.schedule:
        if left < 0:
            break
        if isinstance(step, Evolve):
            left -= step.duration
        else:
            state = after_reset(state, step, protocol.battery.dimensions)
    return state


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
