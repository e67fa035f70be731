"""Devices, angles and comparisons that tests of native circuits share."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.circuit import Parameter
from qiskit.circuit.library import PermutationGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator

from qbcircuit.compile.devices.target import all_to_all, from_qiskit, line, to_qiskit

TAU = Parameter("tau")
LEAD = Parameter("lead")
ODD_TREE = [[0, 1], [2, 1], [2, 3], [3, 4], [5, 4], [1, 4]]
"""One-way couplings with a junction."""


def generic(*gates):
    basis = list(gates) if gates else None
    return from_qiskit(
        GenericBackendV2(6, basis_gates=basis, coupling_map=ODD_TREE, seed=3), "-".join(gates)
    )


DEVICES = [
    all_to_all(6, "cx"),
    all_to_all(6, "cz"),
    all_to_all(6, "rzz"),
    line(6, "cx"),
    line(6, "cz"),
    line(6, "rzz"),
    generic("cx", "rz", "sx", "x"),
    generic("ecr", "rz", "sx", "x"),
    generic("rzx", "u"),
    generic("rxx", "rx", "ry"),
    generic("cz", "r"),
    generic("cz", "h", "rz"),
    generic("cp", "p", "sx"),
    generic("rzz", "rz", "ry"),
]


def bound(circuit, values):
    return circuit.assign_parameters({free: values[free.name] for free in circuit.parameters})


def assert_same(logical, native, ends, values, atol=1e-9):
    """Equal up to a global phase once every wire is brought back from where it ends."""
    n = logical.num_qubits
    undone = bound(native, values).copy()
    undone.append(PermutationGate(list(ends)), range(n))
    overlap = np.vdot(Operator(bound(logical, values)).data, Operator(undone).data) / 2**n
    assert abs(overlap) == pytest.approx(1, abs=atol)


def assert_native(circuit, device, qubits):
    target = to_qiskit(device)
    for one in circuit.data:
        where = tuple(qubits[circuit.find_bit(qubit).index] for qubit in one.qubits)
        assert target.instruction_supported(one.operation.name, where), (one.operation.name, where)


def two_qubit_gates(circuit):
    return sum(one.operation.num_qubits == 2 for one in circuit.data)
