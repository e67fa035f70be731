"""Qiskit targets as plain data."""

from __future__ import annotations

import subprocess
import sys

import pytest
from qiskit.circuit import IfElseOp, Parameter
from qiskit.circuit.library import CXGate, CZGate, Measure, RXGate, RZGate, SXGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import InstructionProperties, Target

from qbcircuit.device import device_target, standard_instructions
from qbcircuit.errors import InvalidRequest
from qbcircuit.target import Operation


def small_target() -> Target:
    target = Target(num_qubits=2)
    target.add_instruction(RZGate(Parameter("t")))
    target.add_instruction(
        SXGate(), {(0,): InstructionProperties(duration=2e-8, error=1e-4), (1,): None}
    )
    target.add_instruction(CZGate(), {(1, 0): InstructionProperties(duration=7e-8, error=5e-3)})
    target.add_instruction(Measure(), {(0,): None, (1,): None})
    target.add_instruction(IfElseOp, name="if_else")
    return target


def test_every_place_keeps_its_seconds_and_error():
    device = device_target(small_target(), "two")
    assert device.name == "two"
    assert device.n_qubits == 2
    assert device.operations == (
        Operation(name="cz", qubits=(1, 0), seconds=7e-8, error=5e-3),
        Operation(name="measure", qubits=(0,)),
        Operation(name="measure", qubits=(1,)),
        Operation(name="rz"),
        Operation(name="sx", qubits=(0,), seconds=2e-8, error=1e-4),
        Operation(name="sx", qubits=(1,)),
    )
    assert device.coupling == {(1, 0)}


def test_gates_at_one_angle_only_are_left_out():
    target = small_target()
    target.add_instruction(RXGate(0.5), name="rx")
    assert "rx" not in device_target(target).gates


def test_a_global_two_qubit_gate_couples_all_pairs():
    target = Target(num_qubits=3)
    target.add_instruction(CXGate())
    assert device_target(target).coupling is None


def test_a_backend_gives_its_name_and_width():
    backend = GenericBackendV2(4, seed=5)
    device = device_target(backend)
    assert device.name == backend.name
    assert device.n_qubits == 4
    assert device.gates == ("cx", "id", "measure", "reset", "rz", "sx", "x")
    assert device == device_target(backend.target, backend.name)
    readout = next(one for one in device.operations if one.name == "measure")
    assert readout.error == backend.target["measure"][0,].error


def test_standard_instructions_are_at_most_two_wide():
    widths = {instruction.num_qubits for instruction in standard_instructions().values()}
    assert widths == {1, 2}
    assert {"rz", "ecr", "rzz", "measure", "reset"} <= set(standard_instructions())


def test_what_is_no_device_is_refused():
    with pytest.raises(
        InvalidRequest, match=r"Target or BackendV2, got int\. Pass backend\.target"
    ):
        device_target(3)
    with pytest.raises(InvalidRequest, match="must say how many qubits it has"):
        device_target(Target())


def test_the_module_loads_without_qiskit():
    code = "import sys, qbcircuit.device; sys.exit('qiskit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
