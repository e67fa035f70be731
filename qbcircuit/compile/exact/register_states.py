"""States of registers prepared from level 0: superpositions of codes, and mixtures of them."""

from __future__ import annotations

import cmath
import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation

from qbcircuit.encoding import Register

Complexes = npt.NDArray[np.complex128]

_NEGLIGIBLE = 1e-14


def append_levels(
    circuit: QuantumCircuit, register: Register, wires: Sequence[int], amplitudes: Sequence[complex]
) -> None:
    """Prepare sum_l amplitudes_l |code of l>, up to phase.

    Args:
        circuit: appended to.
        register: which codes.
        wires: in level 0; wire i holds bit i of the code.
        amplitudes: one a level, of length 1 together.
    """
    kept = {level: a for level, a in enumerate(amplitudes) if abs(a) > _NEGLIGIBLE}
    if len(kept) == 1:
        (level,) = kept
        for i, wire in enumerate(wires):
            if register.codes[level] >> i & 1:
                circuit.x(wire)
    elif len(wires) == 1:
        low, high = amplitudes
        circuit.ry(2 * math.atan2(abs(high), abs(low)), wires[0])
        _phase(circuit, wires[0], cmath.phase(high) - cmath.phase(low))
    elif register.is_unary:
        _one_of_many(circuit, {wires[level]: a for level, a in kept.items()})
    else:
        vector = np.zeros(1 << len(wires), dtype=complex)
        vector[[register.codes[level] for level in kept]] = list(kept.values())
        append_vector(circuit, wires, vector)


def append_vector(circuit: QuantumCircuit, wires: Sequence[int], vector: Complexes) -> None:
    """Prepare any amplitudes of a few wires in level 0; bit i of an index is ``wires[i]``."""
    circuit.append(StatePreparation(vector / np.linalg.norm(vector)), list(wires))


def _one_of_many(circuit: QuantumCircuit, amplitudes: dict[int, complex]) -> None:
    """One wire in level 1, any of several, handed on from each to the next."""
    wires = list(amplitudes)
    sizes = [abs(amplitude) for amplitude in amplitudes.values()]
    circuit.x(wires[0])
    for i, (here, onward) in enumerate(itertools.pairwise(wires)):
        angle = math.atan2(math.hypot(*sizes[i + 1 :]), sizes[i])
        circuit.ry(angle, onward)
        circuit.cx(here, onward)
        circuit.ry(-angle, onward)
        circuit.cx(here, onward)
        circuit.cx(onward, here)
    for wire, amplitude in amplitudes.items():
        _phase(circuit, wire, cmath.phase(amplitude))


def _phase(circuit: QuantumCircuit, wire: int, angle: float) -> None:
    if abs(angle) > _NEGLIGIBLE:
        circuit.p(angle, wire)
