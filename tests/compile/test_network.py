"""Networks of Clifford gates equal their rotations, on every target and whatever the search."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import PermutationGate
from qiskit.quantum_info import Operator

from qbcircuit.compile.network.search import Taste, network
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.writing import Writer
from qbcircuit.testing import LETTERS, distance_up_to_phase

Masks = tuple[int, int]


def _line(n: int) -> tuple[tuple[int, int], ...]:
    return tuple((i, i + 1) for i in range(n - 1))


def _ring(n: int) -> tuple[tuple[int, int], ...]:
    return (*_line(n), (0, n - 1)) if n > 2 else _line(n)


def _rotation(masks: Masks, angle: float, n: int) -> np.ndarray:
    x, z = masks
    string = np.eye(1, dtype=complex)
    for j in range(n):
        letter = ".XZY"[(x >> j & 1) + 2 * (z >> j & 1)]
        string = np.kron(LETTERS[letter] if letter != "." else np.eye(2), string)
    return math.cos(angle / 2) * np.eye(1 << n) - 1j * math.sin(angle / 2) * string


def _product(rotations: list[Masks], angles: list[float], n: int) -> np.ndarray:
    unitary = np.eye(1 << n, dtype=complex)
    for masks, angle in zip(rotations, angles, strict=True):
        unitary = _rotation(masks, angle, n) @ unitary
    return unitary


@st.composite
def _cases(draw: st.DrawFn) -> tuple[int, list[Masks], list[float]]:
    n = draw(st.integers(1, 5))
    mask = st.integers(0, 2**n - 1)
    rotations = draw(st.lists(st.tuples(mask, mask).filter(any), max_size=7))
    angles = [0.3 + 0.21 * i for i in range(len(rotations))]
    return n, rotations, angles


@settings(deadline=None, max_examples=60)
@given(
    case=_cases(),
    coupled=st.sampled_from(["all", "line", "ring"]),
    drifts=st.booleans(),
    noise=st.sampled_from([0.0, 0.5]),
)
def test_a_network_is_the_product_of_its_rotations(
    case: tuple[int, list[Masks], list[float]], coupled: str, drifts: bool, noise: float
) -> None:
    n, rotations, angles = case
    edges = {"all": None, "line": _line(n), "ring": _ring(n)}[coupled]
    reach = Reach(n, edges, (1 << n) - 1)
    events = network(rotations, reach, Taste(drifts=drifts, noise=noise))
    writer = Writer(rotations, n)
    writer.write(events, dict(enumerate(angles)))
    ends = writer.settle()
    pairs = {tuple(sorted(_wires(writer.circuit, one))) for one in _pairs_in(writer.circuit)}
    assert edges is None or pairs <= set(edges)
    assert drifts or ends == list(range(n))
    writer.circuit.append(PermutationGate(ends), range(n))
    found = Operator(writer.circuit).data
    assert distance_up_to_phase(found, _product(rotations, angles, n)) < 1e-7


def _pairs_in(circuit: QuantumCircuit) -> list:
    return [one for one in circuit.data if len(one.qubits) == 2]


def _wires(circuit: QuantumCircuit, instruction: object) -> list[int]:
    return [circuit.find_bit(qubit).index for qubit in instruction.qubits]
