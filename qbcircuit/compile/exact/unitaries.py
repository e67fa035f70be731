"""Constant unitaries as circuits, exactly.

Qiskit rounds a two-qubit gate within 1e-9 in fidelity of a cheaper kind to that kind, which is
off by up to 1e-5. Where it did, a Shannon decomposition down to single qubits takes its place,
which costs more (6 CX for a pair of qubits) and is never rounded.

Reference: Shende, Bullock, Markov, IEEE TCAD 25, 1000 (2006), arXiv:quant-ph/0406176.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.linalg
from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator
from qiskit.synthesis.unitary.qsd import qs_decomposition

Complexes = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

EXACT = 1e-11
"""Largest error of an entry of a unitary that counts as written."""


def written(unitary: Complexes) -> QuantumCircuit:
    """The circuit of a unitary on two or more qubits, its global phase included.

    Args:
        unitary: (2^n, 2^n), qubit 0 the least significant.
    """
    cheap = UnitaryGate(unitary).definition if len(unitary) == 4 else qs_decomposition(unitary)
    circuit: QuantumCircuit = cheap
    if np.max(np.abs(Operator(circuit).data - unitary)) < EXACT:
        return circuit
    return shannon(unitary)


def shannon(unitary: Complexes) -> QuantumCircuit:
    """A unitary from its cosine-sine decomposition (L1 + L2) CS (R1 + R2), qubit by qubit."""
    half = len(unitary) // 2
    n = half.bit_length()
    circuit = QuantumCircuit(n)
    if n == 1:
        circuit.unitary(unitary, [0])
        return circuit
    left, angles, right = scipy.linalg.cossin(np.asarray(unitary), p=half, q=half, separate=True)
    _selected(circuit, *right)
    _rotated(circuit, "ry", 2 * angles, range(n - 1))
    _selected(circuit, *left)
    return circuit


def _selected(circuit: QuantumCircuit, first: Complexes, second: Complexes) -> None:
    """One of two gates on all but the last qubit, which chooses: V D W or V D^* W."""
    n = circuit.num_qubits
    squared, v = scipy.linalg.schur(first @ second.conj().T, output="complex")
    phase = np.angle(np.diag(squared)) / 2
    w = np.exp(1j * phase)[:, None] * (v.conj().T @ second)
    circuit.compose(shannon(w), range(n - 1), inplace=True)
    _rotated(circuit, "rz", -2 * phase, range(n - 1))
    circuit.compose(shannon(v), range(n - 1), inplace=True)


def _rotated(circuit: QuantumCircuit, axis: str, angles: Floats, controls: Sequence[int]) -> None:
    """A rotation of the last qubit by one of several angles, chosen by the controls."""
    target = circuit.num_qubits - 1
    if not controls:
        getattr(circuit, axis)(float(angles[0]), target)
        return
    *rest, control = controls
    off, on = np.split(angles, 2)
    _rotated(circuit, axis, (off + on) / 2, rest)
    circuit.cx(control, target)
    _rotated(circuit, axis, (off - on) / 2, rest)
    circuit.cx(control, target)
