"""Gate lists simplified: the same operator, and nothing left that simplifies further."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rewriting import simplified
from qbcircuit.compile.gates.rotations import HADAMARD, SQRT_X, Angle, X, product, z_matrix

A, B = Parameter("a"), Parameter("b")
Z, S = z_matrix(math.pi), z_matrix(math.pi / 2)
Y = product(Z, X)
CONSTANTS = (HADAMARD, X, Y, Z, S, SQRT_X)
ANGLES = tuple(Angle.of(one) for one in (1.0 * A, -1.0 * A, 1.0 * B, 0.5 * A))
N_WIRES = 3
NAMES = {"z": "rz", "x": "rx", "rzz": "rzz", "rxx": "rxx"}

wire = st.integers(0, N_WIRES - 1)
pair = st.tuples(wire, wire).filter(lambda one: one[0] != one[1])
alone = st.tuples(wire)
gates = st.one_of(
    st.builds(lambda where, matrix: Op("const", where, matrix=matrix), alone,
              st.sampled_from(CONSTANTS)),
    st.builds(Op, st.sampled_from(["z", "x"]), alone, st.sampled_from(ANGLES)),
    st.builds(Op, st.sampled_from(["cx", "cz", "swap"]), pair),
    st.builds(Op, st.sampled_from(["rzz", "rxx"]), pair, st.sampled_from(ANGLES)),
)  # fmt: skip


def _operator(ops):
    circuit = QuantumCircuit(N_WIRES)
    for op in ops:
        if op.kind == "const":
            circuit.unitary(np.reshape(op.matrix, (2, 2)), op.wires)
        elif op.kind in NAMES:
            getattr(circuit, NAMES[op.kind])(op.angle.value, *op.wires)
        else:
            getattr(circuit, op.kind)(*op.wires)
    values = {A: 0.37, B: 1.13}
    return Operator(circuit.assign_parameters({one: values[one] for one in circuit.parameters}))


@settings(deadline=None, max_examples=200)
@given(ops=st.lists(gates, max_size=16))
def test_what_is_simplified_is_the_same_and_stays_as_it_is(ops):
    kept = simplified(ops)
    assert _operator(kept).equiv(_operator(ops))
    assert simplified(kept) == kept


@pytest.mark.parametrize(
    ("later", "left"),
    [
        ([(Z, None), (Y, None)], 2),  # X of two that cannot pass
        ([(Y, None), (None, "z"), (Z, None)], 3),  # X of Y and a Z that passed the z rotation
    ],
)
def test_a_product_passes_what_its_factors_cannot(later, left):
    """It meets the constant in front of the x rotation."""
    front = [Op("const", (0,), matrix=HADAMARD), Op("x", (0,), ANGLES[0])]
    rest = [
        Op("const", (0,), matrix=matrix) if kind is None else Op(kind, (0,), ANGLES[2])
        for matrix, kind in later
    ]
    kept = simplified([*front, *rest])
    assert len(kept) == left
    assert _operator(kept).equiv(_operator([*front, *rest]))
