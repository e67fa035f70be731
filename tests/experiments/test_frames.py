"""Circuits followed gate by gate as rotations and one Clifford frame, as the checks do."""

from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from qiskit import QuantumCircuit

pytestmark = pytest.mark.usefixtures("benchmarks_path")


def test_frames_alone_tell_equal_from_different():
    frames = importlib.import_module("compiling.frames")
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 2)
    circuit.rz(0.3, 2)
    circuit.cx(0, 2)
    circuit.h(0)
    right, wrong = [(0b001, 0b100, 0.3)], [(0b001, 0b100, -0.3)]
    assert frames.remainder(circuit, right, (0, 1, 2)).is_permutation((0, 1, 2))
    assert not frames.remainder(circuit, wrong, (0, 1, 2)).is_permutation((0, 1, 2))
    assert not frames.remainder(circuit, right, (0, 1, 2)).is_permutation((1, 0, 2))
    circuit.swap(0, 1)
    assert frames.remainder(circuit, right, (0, 1, 2)).is_permutation((1, 0, 2))
    circuit.x(1)
    assert not frames.remainder(circuit, right, (0, 1, 2)).is_permutation((1, 0, 2))


def test_frames_follow_every_gate():
    frames, checks = (importlib.import_module(f"compiling.{name}") for name in ("frames", "checks"))
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(3)
    for _ in range(40):
        a, b = (int(q) for q in rng.choice(3, 2, replace=False))
        circuit.sx(a)
        circuit.rz(float(rng.uniform(-7, 7)), b)
        circuit.cx(a, b)
        circuit.rx(float(rng.uniform(-7, 7)), a)
        circuit.cz(b, a)
        circuit.rzz(float(rng.uniform(-7, 7)), a, b)
        circuit.x(b)
    frame = frames.remainder(circuit, (), (0, 1, 2))
    written = checks.Written(circuit=circuit, starts=(0, 1, 2), ends=(0, 1, 2))
    turned = checks.evolved(np.eye(8, dtype=complex), frame.rotations)
    clifford = checks.operator_of(written) @ turned.conj().T
    for wire, axis in enumerate(frame.z):
        x, z, phase = axis
        pulled = clifford.conj().T @ np.diag(1.0 - 2.0 * (np.arange(8) >> wire & 1)) @ clifford
        string = checks.evolved(np.eye(8, dtype=complex), [(x, z, math.pi)]) * 1j
        sign = 1j ** ((phase - (x & z).bit_count()) % 4)
        np.testing.assert_allclose(pulled, sign * string, atol=1e-12)
