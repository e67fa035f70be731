"""Assertions and generators for tests: what a plan must do, and protocols to try it on.

The matrices here are built letter by letter from Kronecker products, independently of the
compiler, so that they can judge it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qbcircuit.battery import BasisStart, Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole
from qbcircuit.target import DeviceTarget
from qbcircuit.terms import Term

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

Matrix = npt.NDArray[np.complex128]

LETTERS: dict[str, Matrix] = {
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]], dtype=complex),
    "Z": np.array([[1, 0], [0, -1]], dtype=complex),
    "+": np.array([[0, 0], [1, 0]], dtype=complex),
    "-": np.array([[0, 1], [0, 0]], dtype=complex),
}
"""Matrices on (|0>, |1>)."""


def dense_hamiltonian(terms: Iterable[Term], n_sites: int) -> Matrix:
    """The sum of terms as a matrix; bit j of an index is the level of site j.

    Args:
        terms: h.c. is added where a product is not Hermitian.
        n_sites: number of two-level sites.

    Returns:
        Shape (2^n, 2^n), energies.
    """
    total = np.zeros((1 << n_sites, 1 << n_sites), dtype=complex)
    for term in terms:
        at = dict(zip(term.sites, term.operators, strict=True))
        product = np.full((1, 1), term.strength)
        for j in range(n_sites):
            product = np.kron(LETTERS[at[j]] if j in at else np.eye(2), product)
        total += product + product.conj().T if term.adds_conjugate else product
    return total


def evolution(hamiltonian: Matrix, duration: float) -> Matrix:
    """exp(-i H t) from the spectrum of H."""
    energies, vectors = np.linalg.eigh(hamiltonian)
    unitary: Matrix = (vectors * np.exp(-1j * duration * energies)) @ vectors.conj().T
    return unitary


def exact_unitary(protocol: ChargingProtocol, time: float) -> Matrix:
    """The exact evolution from time 0 to ``time``, identity shifts left out.

    Args:
        protocol: without resets.
        time: protocol time.

    Returns:
        Shape (2^n, 2^n).
    """
    n = protocol.battery.n_sites
    unitary = np.eye(1 << n, dtype=complex)
    start = 0.0
    for step in protocol.schedule:
        if isinstance(step, Reset):
            raise ValueError("a protocol with resets has no unitary")
        elapsed = min(step.duration, max(0.0, time - start))
        unitary = evolution(dense_hamiltonian(protocol.generator(step)[0], n), elapsed) @ unitary
        start += step.duration
    return unitary


def start_density(battery: Battery) -> Matrix:
    """The state at time 0 as a diagonal matrix."""
    weights = np.ones(1, dtype=complex)
    for populations in battery.start_populations:
        weights = np.kron(np.array(populations, dtype=complex), weights)
    return np.diag(weights)


def distance_up_to_phase(left: Matrix, right: Matrix) -> float:
    """min_phi ||left - e^{i phi} right||: 2-norm of state vectors, operator norm of unitaries.

    For unitaries it is 2 sin(a/4), with a the shortest arc of the circle that holds the
    eigenvalues of right^dag left.
    """
    if left.ndim == 1:
        overlap = np.vdot(right, left)
        phase = overlap / abs(overlap) if abs(overlap) > 0 else 1.0
        return float(np.linalg.norm(left - phase * right))
    angles = np.sort(np.angle(np.linalg.eigvals(right.conj().T @ left)))
    widest_gap = np.max(np.diff(angles, append=angles[0] + 2 * np.pi))
    return float(2 * np.sin((2 * np.pi - widest_gap) / 4))


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


def random_term(rng: np.random.Generator, n_sites: int, order: int, letters: str = "XYZ+-") -> Term:
    """A term of a given order on random sites, strength of order 1."""
    sites = rng.choice(n_sites, size=order, replace=False)
    operators = rng.choice(list(letters), size=order)
    return Term(operators, sites, float(rng.normal()))


def random_protocol(
    rng: np.random.Generator,
    n_cells: int,
    *,
    n_terms: int = 4,
    max_order: int = 3,
    letters: str = "XYZ+-",
    n_steps: int = 1,
    start: str = "ground",
) -> ChargingProtocol:
    """A protocol of random terms, piecewise constant where ``n_steps`` is above 1.

    Args:
        rng: a fresh seeded generator.
        n_cells: N.
        n_terms: terms per step.
        max_order: largest k.
        letters: what operators are drawn from.
        n_steps: steps; all but the last have a duration.
        start: ``"ground"`` or a bit string.
    """
    schedule = tuple(
        Evolve(
            terms=tuple(
                random_term(
                    rng, n_cells, int(rng.integers(1, min(max_order, n_cells) + 1)), letters
                )
                for _ in range(n_terms)
            ),
            duration=math.inf if step == n_steps - 1 else float(rng.uniform(0.2, 0.8)),
        )
        for step in range(n_steps)
    )
    return ChargingProtocol(
        battery=Battery.qubits(n_cells, start=start), schedule=schedule, name="random"
    )
