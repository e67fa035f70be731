"""Native circuits in fewer gates: what merges, meets across others, or undoes itself."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from qbcircuit.compile.devices.target import all_to_all, line
from qbcircuit.compile.gates.native import nativise
from tests.compile.native import (
    TAU,
    assert_same,
    two_qubit_gates,
)


def test_rotations_with_free_angles_merge():
    circuit = QuantumCircuit(1)
    circuit.rz(TAU, 0)
    circuit.x(0)
    circuit.rz(0.5 * TAU, 0)
    circuit.x(0)
    circuit.s(0)
    native, _ = nativise(circuit, line(1), [0], restore=True)
    assert dict(native.count_ops()) == {"rz": 1}
    circuit.rz(-0.5 * TAU, 0)
    circuit.sdg(0)
    native, _ = nativise(circuit, line(1), [0], restore=True)
    assert native.size() == 0


def test_z_rotations_pass_controls():
    circuit = QuantumCircuit(2)
    for _ in range(3):
        circuit.rz(TAU, 0)
        circuit.cx(0, 1)
        circuit.h(1)
    native, _ = nativise(circuit, line(2, "cz"), [0, 1], restore=True)
    turns = [one for one in native.data if one.operation.name == "rz"]
    assert sum(native.find_bit(one.qubits[0]).index == 0 for one in turns) == 1


def test_an_x_turns_the_rotation_that_passes_it():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.rz(TAU, 0)
    circuit.x(0)
    circuit.cx(0, 1)
    circuit.ry(0.3, 0)
    native, ends = nativise(circuit, line(2), [0, 1], restore=True)
    assert_same(circuit, native, ends, {"tau": 0.4})


def test_rzz_of_one_pair_meet_across_another():
    circuit = QuantumCircuit(3)
    circuit.rzz(TAU, 0, 1)
    circuit.rzz(TAU, 1, 2)
    circuit.rzz(0.5 * TAU, 1, 0)
    native, ends = nativise(circuit, line(3), range(3), restore=True)
    assert two_qubit_gates(native) == 4
    assert_same(circuit, native, ends, {"tau": 0.4})


def test_a_turned_control_is_not_folded_into_rzz():
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    circuit.rz(TAU, 1)
    circuit.rx(0.3, 0)
    circuit.cx(0, 1)
    native, ends = nativise(circuit, line(2, "rzz"), range(2), restore=True)
    assert_same(circuit, native, ends, {"tau": 0.4})
    assert "rzz" not in native.count_ops()


def test_gates_that_undo_each_other_across_others_go():
    circuit = QuantumCircuit(3)
    circuit.cx(0, 1)
    circuit.rz(TAU, 0)
    circuit.cx(0, 2)
    circuit.rx(TAU, 1)
    circuit.cx(0, 1)
    native, ends = nativise(circuit, all_to_all(3), range(3), restore=True)
    assert two_qubit_gates(native) == 1
    assert_same(circuit, native, ends, {"tau": 0.81})


@pytest.mark.parametrize("gates", ["cx", "cz"])
def test_a_swap_next_to_an_interaction_costs_one_gate(gates):
    circuit = QuantumCircuit(2)
    circuit.rzz(TAU, 0, 1)
    circuit.rz(TAU, 0)
    circuit.swap(0, 1)
    native, ends = nativise(circuit, line(2, gates), range(2), restore=True)
    assert two_qubit_gates(native) == 3
    assert_same(circuit, native, ends, {"tau": 0.4})


@pytest.mark.parametrize("first", ["cx", "swap"])
@pytest.mark.parametrize("control", [0, 1])
def test_a_swap_cancels_against_a_cx_of_either_direction(first, control):
    circuit = QuantumCircuit(2)
    for name in ("cx", "swap") if first == "cx" else ("swap", "cx"):
        getattr(circuit, name)(control if name == "cx" else 0, 1 - control if name == "cx" else 1)
    native, ends = nativise(circuit, line(2), range(2), restore=True)
    assert two_qubit_gates(native) == 2
    assert_same(circuit, native, ends, {})
