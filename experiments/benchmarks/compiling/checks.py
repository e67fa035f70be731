"""Whether a written circuit is what was asked for: by frames at any size, else by states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rustworkx as rx
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator

from compiling.formulas import Groups, rotations
from compiling.frames import Rotation, moved, remainder
from qbcircuit.terms import Term

Complexes = npt.NDArray[np.complex128]

MOST_WIRES = 18
"""Wires whose state is simulated."""

MOST_WHOLE = 9
"""Wires whose whole operator is formed."""

MOST_EXACT = 16
"""Qubits whose exact evolution is computed."""

CLOSE = 1e-6
"""Distance of states below which circuits are equal: rounding of thousands of gates."""

VALID = 1.05
"""A formula in another order may err this much more than the row's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A written circuit and where its qubits are.

    Args:
        circuit: native gates, bound, without measurements.
        starts: wire of each qubit at the start; other wires start in |0>.
        ends: wire of each qubit at the end.
    """

    circuit: QuantumCircuit
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a check found.

    Args:
        passed: whether the circuit is right; ``None``: could not tell.
        route: how it was found.
    """

    passed: bool | None
    route: str


def equals_formula(
    written: Written, formula: Sequence[Rotation], *, most_wires: int = MOST_WIRES
) -> Verdict:
    """Whether the circuit is the formula, as an operator or on a random product state."""
    frame = remainder(written.circuit, formula, written.starts)
    if frame.is_permutation(written.ends):
        return Verdict(passed=True, route="frames")
    small = without_idle(written)
    n = len(written.starts)
    if small.circuit.num_qubits > most_wires:
        return Verdict(passed=None, route="too wide")
    if small.circuit.num_qubits <= MOST_WHOLE:
        whole = evolved(np.eye(1 << n, dtype=complex), formula)
        apart = distance(operator_of(small).ravel(), whole.ravel()) / 2 ** (n / 2)
        return Verdict(passed=apart < CLOSE, route="operator")
    factors = random_factors(n, seed=5)
    wanted = evolved(product_state(factors), formula)
    found = state_after(small, factors)
    return Verdict(passed=distance(found, wanted) < CLOSE, route="state")


def is_some_order(written: Written, groups: Groups, steps: int, time: float) -> Verdict:
    """Whether the circuit is an order 1 formula of the groups' strings, in some order every step.

    Strings are taken off the end one by one wherever that leaves one rotation less.
    """
    frame = remainder(written.circuit, (), written.starts)
    angles: dict[tuple[int, int], float] = defaultdict(float)
    for x, z, angle in rotations(groups, 1, 1, time / steps):
        angles[moved(x, written.ends), moved(z, written.ends)] += angle
    wires = [(x, z, angle) for (x, z), angle in angles.items()]
    for _ in range(steps):
        left = list(wires)
        while left:
            taken = next((one for one in reversed(left) if frame.takes_off(*one)), None)
            if taken is None:
                return Verdict(passed=None, route="no order found")
            left.remove(taken)
    passed = frame.is_permutation(written.ends) or None
    return Verdict(passed=passed, route="frames, some order")


def is_as_good(written: Written, groups: Groups, order: int, steps: int, time: float) -> Verdict:
    """Whether the circuit is as near to the exact evolution as the row's formula is.

    On random product states; qubits that neither gates nor terms join are looked at apart.
    """
    allowed, found = 0.0, 0.0
    for part, inside in components(written, groups):
        n = len(part.starts)
        if part.circuit.num_qubits > MOST_WIRES or n > MOST_EXACT:
            return Verdict(passed=None, route="too wide")
        factors = random_factors(n, seed=5)
        start = product_state(factors)
        exact = exactly_evolved(start, inside, time)
        allowed += distance(evolved(start, rotations(inside, order, steps, time)), exact) ** 2
        found += distance(state_after(part, factors), exact) ** 2
    passed = np.sqrt(found) <= VALID * np.sqrt(allowed) + CLOSE
    return Verdict(passed=bool(passed), route="error")


def error_from_ground(groups: Groups, n: int, order: int, steps: int, time: float) -> float:
    """Distance of a formula from the exact evolution of |0...0>, up to phase."""
    start = product_state(ground_factors(n))
    formula = evolved(start, rotations(groups, order, steps, time))
    return float(distance(formula, exactly_evolved(start, groups, time)))


def is_exact(
    written: Written, groups: Groups, time: float, *, from_ground: bool, error: float = 0.0
) -> Verdict:
    """Whether the circuit is exp(-i t H), from |0...0> or from a random product state.

    Qubits that neither gates nor terms join are looked at apart.

    Args:
        written: the circuit.
        groups: the terms.
        time: t.
        from_ground: whether from |0...0>.
        error: distance that is allowed beside rounding.
    """
    for part, inside in components(written, groups):
        n = len(part.starts)
        if part.circuit.num_qubits > MOST_WIRES or n > MOST_EXACT:
            return Verdict(passed=None, route="too wide")
        factors = ground_factors(n) if from_ground else random_factors(n, seed=5)
        exact = exactly_evolved(product_state(factors), inside, time)
        if not distance(state_after(part, factors), exact) < error + CLOSE:
            return Verdict(passed=False, route="exact state")
    return Verdict(passed=True, route=f"state within {error:.2g}" if error else "exact state")


def components(written: Written, groups: Groups) -> list[tuple[Written, Groups]]:
    """The circuit and the terms cut where nothing joins the wires; idle wires left out."""
    small = without_idle(written)
    place = {bit: wire for wire, bit in enumerate(small.circuit.qubits)}
    graph = rx.PyGraph()
    graph.add_nodes_from(range(small.circuit.num_qubits))
    touched = [[place[bit] for bit in one.qubits] for one in small.circuit.data]
    touched += [[small.starts[s] for s in term.sites] for group in groups for term in group]
    touched += [list(ends) for ends in zip(small.starts, small.ends, strict=True)]
    graph.add_edges_from_no_data([(one[0], other) for one in touched for other in one[1:]])
    return [_part(small, groups, wires) for wires in rx.connected_components(graph)
            if not wires.isdisjoint(small.starts)]  # fmt: skip


def _part(written: Written, groups: Groups, wires: set[int]) -> tuple[Written, Groups]:
    kept = [q for q, wire in enumerate(written.starts) if wire in wires]
    now = {q: i for i, q in enumerate(kept)}
    place = {bit: wire for wire, bit in enumerate(written.circuit.qubits)}
    circuit = written.circuit.copy_empty_like()
    for one in written.circuit.data:
        if place[one.qubits[0]] in wires:
            circuit.append(one)
    inside = tuple(
        tuple(
            Term(t.operators, [now[s] for s in t.sites], t.strength)
            for t in group
            if t.sites[0] in now
        )
        for group in groups
    )
    part = Written(
        circuit=circuit,
        starts=tuple(written.starts[q] for q in kept),
        ends=tuple(written.ends[q] for q in kept),
    )
    return without_idle(part), tuple(filter(None, inside))


def without_idle(written: Written) -> Written:
    """The same without wires that no gate touches and no qubit is on."""
    place = {bit: wire for wire, bit in enumerate(written.circuit.qubits)}
    used = {place[bit] for one in written.circuit.data for bit in one.qubits}
    kept = sorted(used | set(written.starts) | set(written.ends))
    now = {wire: i for i, wire in enumerate(kept)}
    circuit = QuantumCircuit(len(kept), global_phase=written.circuit.global_phase)
    for one in written.circuit.data:
        circuit.append(one.operation, [now[place[bit]] for bit in one.qubits])
    return Written(
        circuit=circuit,
        starts=tuple(now[wire] for wire in written.starts),
        ends=tuple(now[wire] for wire in written.ends),
    )


def random_factors(n: int, seed: int) -> Complexes:
    """One random state a qubit, shape (n, 2)."""
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=(n, 2)) + 1j * rng.normal(size=(n, 2))
    factors: Complexes = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return factors


def ground_factors(n: int) -> Complexes:
    """|0> on every qubit."""
    return np.tile(np.array([1, 0], dtype=complex), (n, 1))


def product_state(factors: Complexes) -> Complexes:
    """The amplitudes; bit j of an index is qubit j."""
    state = np.ones(1, dtype=complex)
    for factor in factors:
        state = np.kron(factor, state)
    return state


def state_after(written: Written, factors: Complexes) -> Complexes:
    """The qubits' state after the circuit; wires without a qubit must end in |0>."""
    circuit = QuantumCircuit(written.circuit.num_qubits)
    for wire, factor in zip(written.starts, factors, strict=True):
        circuit.prepare_state(factor, wire)
    circuit = transpile(circuit, basis_gates=["u"], optimization_level=0)
    circuit.compose(written.circuit, inplace=True)
    circuit.save_statevector()
    simulator = AerSimulator(method="statevector", max_parallel_threads=1)
    amplitudes = np.asarray(simulator.run(circuit, shots=1).result().get_statevector())
    return _gathered(amplitudes[:, None], written.ends)[:, 0]


def operator_of(written: Written) -> Complexes:
    """The circuit on its qubits; wires without a qubit start and must end in |0>."""
    columns = np.asarray(Operator(written.circuit).data)
    return _gathered(_gathered(columns, written.ends).T, written.starts).T


def _gathered(columns: Complexes, wires: Sequence[int]) -> Complexes:
    """Rows over all wires as rows over some, bit q on ``wires[q]``, the other wires in |0>."""
    places = np.zeros(1 << len(wires), dtype=np.int64)
    index = np.arange(1 << len(wires))
    for q, wire in enumerate(wires):
        places |= ((index >> q) & 1) << wire
    return columns[places]


def evolved(state: Complexes, formula: Sequence[Rotation]) -> Complexes:
    """The state after the rotations."""
    index = np.arange(len(state))
    for x, z, angle in formula:
        acted = _acted(state, x, z, index)
        state = np.cos(angle / 2) * state - 1j * np.sin(angle / 2) * acted
    return state


def exactly_evolved(state: Complexes, groups: Groups, time: float) -> Complexes:
    """exp(-i t H) of a state, by Taylor series in pieces of norm below 1."""
    strings = rotations(groups, 1, 1, 0.5)
    pieces = max(1, int(np.ceil(time * sum(abs(c) for _, _, c in strings) / 4)))
    index = np.arange(len(state))
    for _ in range(pieces):
        power, total = state, state.copy()
        for j in range(1, 40):
            acted = sum(c * _acted(power, x, z, index) for x, z, c in strings)
            power = (-1j * time / pieces / j) * acted
            total += power
            if np.linalg.norm(power) < 1e-13:
                break
        state = total
    return state


def _acted(state: Complexes, x: int, z: int, index: npt.NDArray[np.int64]) -> Complexes:
    """A Pauli string on a state: X^x Z^z is state[i ^ x] with the sign of (i ^ x) & z."""
    signs = 1 - 2 * (np.bitwise_count((index ^ x) & z) & 1).astype(float)
    signs = signs.reshape(-1, *(1,) * (state.ndim - 1))
    acted: Complexes = 1j ** ((x & z).bit_count() % 4) * signs * state[index ^ x]
    return acted


def distance(left: Complexes, right: Complexes) -> float:
    """min over phases of the 2-norm of the difference."""
    overlap = np.vdot(right, left)
    phase = overlap / abs(overlap) if abs(overlap) > 0 else 1.0
    return float(np.linalg.norm(left - phase * right))
