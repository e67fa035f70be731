"""Templates in native gates: one unitary for every angle, on the couplings, nothing dropped."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import (
    DiagonalGate,
    PauliEvolutionGate,
    RXGate,
    UnitaryGate,
)
from qiskit.quantum_info import DensityMatrix, SparsePauliOp, random_unitary

from qbcircuit.compile.devices.target import from_qiskit, heavy_hex, line
from qbcircuit.compile.gates.native import nativise
from qbcircuit.errors import InvalidRequest
from tests.compile.native import (
    DEVICES,
    LEAD,
    TAU,
    assert_native,
    assert_same,
    bound,
    generic,
    two_qubit_gates,
)

SINGLE = st.sampled_from(["h", "s", "t", "x", "y", "sx", "id"])
TURN = st.sampled_from(["rx", "ry", "rz", "p"])
PAIR = st.sampled_from(["cx", "cz", "swap", "rzz", "rxx", "iswap", "turned cx"])
ANGLE = st.one_of(
    st.sampled_from([0.0, math.pi / 2, math.pi, -math.pi]), st.floats(-7, 7, allow_nan=False)
)


@st.composite
def logical_circuits(draw):
    """Up to five wires; angles are numbers, tau or lead times a number."""
    n = draw(st.integers(1, 5))
    circuit = QuantumCircuit(n)
    for _ in range(draw(st.integers(1, 14))):
        free = draw(st.sampled_from([1.0, TAU, LEAD]))
        angle = draw(ANGLE) * free
        wires = draw(st.permutations(range(n)))
        kind = draw(st.sampled_from(["single", "turn", "pair"] if n > 1 else ["single", "turn"]))
        if kind == "single":
            getattr(circuit, draw(SINGLE))(wires[0])
        elif kind == "turn":
            getattr(circuit, draw(TURN))(angle, wires[0])
        else:
            name, (a, b) = draw(PAIR), wires[:2]
            if name == "turned cx":
                circuit.cx(a, b)
                circuit.rz(angle, b)
                circuit.cx(a, b)
            else:
                getattr(circuit, name)(*([angle] if name in ("rzz", "rxx") else []), a, b)
    return circuit


@settings(deadline=None, max_examples=120)
@given(
    logical=logical_circuits(),
    device=st.sampled_from(DEVICES),
    restore=st.booleans(),
    turned=st.booleans(),
    angles=st.tuples(ANGLE, ANGLE),
)
def test_any_circuit_keeps_its_unitary(logical, device, restore, turned, angles):
    n = logical.num_qubits
    qubits = list(range(5, 5 - n, -1)) if turned else list(range(n))
    native, ends = nativise(logical, device, qubits, restore=restore)
    assert_same(logical, native, ends, dict(zip(("tau", "lead"), angles, strict=True)))
    assert_native(native, device, qubits)
    assert sorted(ends) == list(range(n))
    if restore:
        assert ends == tuple(range(n))


def step(n, k=3):
    """Windows X...X and a Z field on a path, with free angles."""
    circuit = QuantumCircuit(n)
    for j in range(n):
        circuit.rz(0.5 * LEAD, j)
    for first in range(n - k + 1):
        wires = range(first, first + k)
        circuit.h(wires)
        for a in wires[:-1]:
            circuit.cx(a, a + 1)
        circuit.rz(2 * TAU, wires[-1])
        for a in reversed(wires[:-1]):
            circuit.cx(a, a + 1)
        circuit.h(wires)
    return circuit


@pytest.mark.parametrize("device", DEVICES[:6], ids=lambda d: f"{d.name}-{'-'.join(d.gates)}")
def test_zero_angles_keep_every_gate(device):
    native, _ = nativise(step(6), device, range(6), restore=True)
    zero = bound(native, {"tau": 0.0, "lead": 0.0})
    assert (
        zero.count_ops()
        == native.count_ops()
        == bound(native, {"tau": 1.0, "lead": 0.3}).count_ops()
    )
    assert two_qubit_gates(zero) > 0
    assert_same(QuantumCircuit(6), zero, range(6), {})


@pytest.mark.parametrize(("gates", "most"), [("cx", 16), ("cz", 16), ("rzz", 12)])
def test_a_path_needs_no_swaps(gates, most):
    """Windows of three cost 4 cx each, or 3 with one native rzz."""
    native, ends = nativise(step(6), line(6, gates), range(6), restore=False)
    assert ends == tuple(range(6))
    assert two_qubit_gates(native) == most


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_rzz_takes_the_inner_ladder_step(k):
    circuit = QuantumCircuit(k)
    for a in range(k - 1):
        circuit.cx(a, a + 1)
    circuit.rz(2 * TAU, k - 1)
    for a in reversed(range(k - 1)):
        circuit.cx(a, a + 1)
    assert two_qubit_gates(nativise(circuit, line(k), range(k), restore=True)[0]) == 2 * (k - 1)
    native, ends = nativise(circuit, line(k, "rzz"), range(k), restore=True)
    assert two_qubit_gates(native) == 2 * k - 3
    assert_same(circuit, native, ends, {"tau": 0.37})


def test_distant_pairs_are_routed_and_brought_back():
    circuit = QuantumCircuit(6)
    for a, b in [(0, 5), (1, 4), (0, 3), (2, 5)]:
        circuit.rzz(TAU, a, b)
        circuit.ry(LEAD, a)
    for restore in (False, True):
        native, ends = nativise(circuit, line(6, "cz"), range(6), restore=restore)
        assert (ends == tuple(range(6))) == restore
        assert_same(circuit, native, ends, {"tau": 0.3, "lead": -1.1})
        assert_native(native, line(6, "cz"), range(6))


def test_wide_gates_are_lowered():
    circuit = QuantumCircuit(4)
    circuit.append(UnitaryGate(random_unitary(8, seed=4)), [2, 0, 1])
    circuit.append(PauliEvolutionGate(SparsePauliOp("XYZ"), time=TAU), [1, 2, 3])
    circuit.append(RXGate(TAU).control(2, annotated=False), [0, 1, 3])
    circuit.append(DiagonalGate([1, -1, 1j, 1]), [0, 3])
    native, ends = nativise(circuit, line(4, "cz"), range(4), restore=True)
    oracle = circuit.decompose("PauliEvolution")
    assert_same(oracle, native, ends, {"tau": 0.62}, atol=1e-8)
    assert_native(native, line(4, "cz"), range(4))
    assert native.num_parameters == 1


def test_reset_forgets_what_waits_and_keeps_its_place():
    circuit = QuantumCircuit(2)
    circuit.ry(TAU, [0, 1])
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.reset(0)
    circuit.ry(LEAD, 0)
    native, _ = nativise(circuit, line(2, "cz"), range(2), restore=True)
    values = {"tau": 0.9, "lead": 0.4}
    expected = DensityMatrix.from_label("00").evolve(bound(circuit, values))
    actual = DensityMatrix.from_label("00").evolve(bound(native, values))
    assert np.allclose(actual.data, expected.data, atol=1e-10)
    assert native.count_ops()["reset"] == 1


@pytest.mark.parametrize("name", ["FakeTorino", "FakeSherbrooke"])
def test_real_devices(name):
    provider = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    device = from_qiskit(getattr(provider, name)())
    qubits = [4, 3, 2, 1]
    native, ends = nativise(step(4), device, qubits, restore=True)
    assert two_qubit_gates(native) == 8
    assert_same(step(4), native, ends, {"tau": 0.7, "lead": 0.2})
    assert_native(native, device, qubits)


def test_the_heavy_hex_graph_takes_a_hundred_windows_without_a_swap():
    from qbcircuit.compile.devices.placement import place

    qubits = place(100, [tuple(range(i, i + 3)) for i in range(98)], heavy_hex())
    native, _ = nativise(step(100), heavy_hex(), qubits, restore=True)
    assert two_qubit_gates(native) == 4 * 98
    assert_native(native, heavy_hex(), qubits)


def test_what_cannot_be_written():
    pair = QuantumCircuit(2)
    pair.cx(0, 1)
    with pytest.raises(InvalidRequest, match="none joins sites 0 and 1"):
        nativise(pair, line(6), [0, 3], restore=True)
    with pytest.raises(InvalidRequest, match="2 wires needs as many qubits, got 1"):
        nativise(pair, line(6), [0], restore=True)
    measured = QuantumCircuit(1, 1)
    measured.measure(0, 0)
    with pytest.raises(InvalidRequest, match="gates and resets only, got 'measure'"):
        nativise(measured, line(1), [0], restore=True)
    with pytest.raises(InvalidRequest, match=r"one-qubit gates such as rz and sx .* got .*rz"):
        turned = QuantumCircuit(1)
        turned.h(0)
        nativise(turned, generic("cz", "rz"), [0], restore=True)
