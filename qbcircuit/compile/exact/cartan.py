"""Gates on two wires: at most 3 CX, their angles found from the unitary.

U = (A1 x A0) exp(-i(a XX + b YY + c ZZ)/2) (B1 x B0) up to phase. All angles are 0 in a circuit of
the identity.

Reference: Kraus, Cirac, PRA 63, 062309 (2001), arXiv:quant-ph/0011050.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.exact.networks import network, parsed
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.formula.paulis import PauliSum

Complexes = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

THREE = parsed("01XY 01XX 01XZ")
"""A network that shows XX, YY and ZZ."""

N_LOCAL = 12
"""Angles of the four one-qubit gates around the core."""

_ZERO = 1e-13
_ROUNDS = 8
"""Steps in which a diagonal is made as precise as rounding lets it be."""

_ZZ = np.array([1.0, -1.0, -1.0, 1.0])


def three_strings(strings: PauliSum) -> Iterator[QuantumCircuit]:
    """XX, YY and ZZ at once in 3 CX, every angle linear in the duration."""
    rows = {(x, z): value.real for x, z, value in strings.rows()}
    if set(rows) == {(3, 0), (3, 3), (0, 3)}:
        yield network(2, THREE, rows, TAU)


def pair_angles(unitary: Complexes) -> tuple[float, ...]:
    """B0, B1, A0, A1 as RZ RY RZ (in time order), then a, b and c, |c| the least.

    Args:
        unitary: shape (4, 4), wire 0 the low bit.
    """
    from qiskit.synthesis import TwoQubitWeylDecomposition

    found = TwoQubitWeylDecomposition(unitary, fidelity=None)
    gates = (found.K2r, found.K2l, found.K1r, found.K1l)
    outside = [angle for gate in gates for angle in zyz(np.asarray(gate))]
    return (*outside, -2 * found.a, -2 * found.b, -2 * found.c)


def pair_circuit(angles: Sequence[ParameterExpression]) -> QuantumCircuit:
    """The circuit of :func:`pair_angles`: 3 CX, 2 where c is left out, 0 without a core."""
    circuit = QuantumCircuit(2)
    outside, core = angles[:N_LOCAL], angles[N_LOCAL:]
    _local(circuit, outside[:6])
    if len(core) == 3:
        masks = ((3, 0), (3, 3), (0, 3))
        strings = {mask: angle / 2 for mask, angle in zip(masks, core, strict=True)}
        circuit.compose(network(2, THREE, strings, 1.0), inplace=True)
    elif core:
        circuit.sx([0, 1])  # YY to ZZ
        circuit.cx(0, 1)
        circuit.rx(core[0], 0)
        circuit.rz(core[1], 1)
        circuit.cx(0, 1)
        circuit.sxdg([0, 1])
    _local(circuit, outside[6:])
    return circuit


def up_to_diagonal(unitary: Complexes) -> tuple[Complexes, Floats]:
    """W of 2 CX and the phases d with U = exp(i d) W, d a diagonal.

    With d = psi ZZ / 2 the product sin(2a) sin(2b) sin(2c) of W is a cosine of psi, but for its
    sign, so two of its values tell where c is 0. The trace of a matrix says the same, but not
    precisely near the identity.

    Reference: Shende, Bullock, Markov, PRA 69, 062321 (2004), arXiv:quant-ph/0308045, Prop. V.2.
    """

    def looked_at(psi: float) -> tuple[float, float, float]:
        core = pair_angles(_turned(unitary, psi))[N_LOCAL:]
        return float(abs(np.prod(np.sin(core)))), psi, abs(core[2])

    best = looked_at(0.0)
    cosine, sine = best[0], looked_at(np.pi / 2)[0]
    step = float(np.arctan2(cosine, sine))
    for _ in range(_ROUNDS):
        if best[2] < _ZERO:
            break
        best = min(best, looked_at(best[1] - step), looked_at(best[1] + step))
        step = best[0] / float(np.hypot(cosine, sine))
    return _turned(unitary, best[1]), best[1] * _ZZ / 2


def zyz(gate: Complexes) -> tuple[float, float, float]:
    """(c, b, a) with gate = RZ(a) RY(b) RZ(c) up to phase."""
    b = 2 * np.arctan2(abs(gate[1, 0]), abs(gate[0, 0]))
    a = np.angle(gate[1, 0] * gate[0, 0].conj()) if min(abs(gate[:, 0])) > 0 else 0.0
    if abs(gate[0, 0]) > abs(gate[1, 0]):  # the larger entries tell a + c or a - c, precisely
        c = np.angle(gate[1, 1] * gate[0, 0].conj()) - a
    else:
        c = a - np.angle(-gate[1, 0] * gate[0, 1].conj())
    return float(c), float(b), float(a)


def append_zyz(circuit: QuantumCircuit, angles: Sequence[ParameterExpression], wire: int) -> None:
    """Append the gate of :func:`zyz`."""
    first, middle, last = angles
    circuit.rz(first, wire)
    circuit.ry(middle, wire)
    circuit.rz(last, wire)


def _local(circuit: QuantumCircuit, angles: Sequence[ParameterExpression]) -> None:
    append_zyz(circuit, angles[:3], 0)
    append_zyz(circuit, angles[3:], 1)


def _turned(unitary: Complexes, psi: float) -> Complexes:
    turned: Complexes = np.exp(-0.5j * psi * _ZZ)[:, None] * unitary
    return turned
