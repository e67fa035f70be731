"""A rotation of one wire that happens for one pattern of the others."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression

from qbcircuit.compile.exact import phases

_ANGLE = Parameter("angle")
_MOST_GRAY = 12
"""Controls up to which a Gray-code circuit is tried; beyond, 2^controls CX is never the best."""


def controlled_rz(
    circuit: QuantumCircuit, wires: Sequence[int], pattern: int, angle: ParameterExpression
) -> None:
    """RZ(angle) on wires[0] where the other wires read ``pattern``; the cheaper of two circuits.

    Args:
        circuit: appended to.
        wires: target first, then the controls.
        pattern: bit i is what wires[i + 1] must read.
        angle: linear in a Parameter.
    """
    for i, wire in enumerate(wires[1:]):
        if not pattern >> i & 1:
            circuit.x(wire)
    block = _all_ones(len(wires) - 1).assign_parameters({_ANGLE: angle})
    circuit.compose(block, wires, inplace=True, copy=False)
    for i, wire in enumerate(wires[1:]):
        if not pattern >> i & 1:
            circuit.x(wire)


@functools.lru_cache(maxsize=64)
def _all_ones(n_controls: int) -> QuantumCircuit:
    if n_controls > _MOST_GRAY:
        return _halves(n_controls)
    found = [_gray(n_controls)] + ([_halves(n_controls)] if n_controls > 5 else [])
    return min(found, key=lambda circuit: circuit.num_nonlocal_gates())


def _gray(n_controls: int) -> QuantumCircuit:
    """2^n CX: the Walsh expansion of the projector on all ones."""
    values = np.zeros(2 << n_controls)
    values[-2:] = [0.5, -0.5]
    circuit = QuantumCircuit(n_controls + 1)
    phases.diagonal(circuit, range(n_controls + 1), phases.walsh(values), _ANGLE)
    return circuit


def _halves(n_controls: int) -> QuantumCircuit:
    """Linear in n: quarter rotations between flips by either half of the controls.

    The other half serves as dirty ancillas. With A = RZ(angle/4), the sequence
    X1 A^dag X2 A X1 A^dag X2 A is A^4 where both halves read ones, and 1 otherwise.

    Reference: Vale et al., arXiv:2302.06377.
    """
    from qiskit.synthesis import synth_mcx_n_dirty_i15

    controls = list(range(1, n_controls + 1))
    middle = (n_controls + 1) // 2
    circuit = QuantumCircuit(n_controls + 1)
    for sign, half, others in (
        (-1, controls[:middle], controls[middle:]),
        (1, controls[middle:], controls[:middle]),
    ) * 2:
        flip = synth_mcx_n_dirty_i15(len(half))
        circuit.compose(flip, [*half, 0, *others[: flip.num_qubits - len(half) - 1]], inplace=True)
        circuit.rz(sign * _ANGLE / 4, 0)
    return circuit
