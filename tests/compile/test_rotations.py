"""One-qubit runs: the same matrix whatever is merged, taken out or spelled otherwise."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from qbcircuit.compile.gates.rotations import HADAMARD, SQRT_X, Angle, X, z_matrix
from qbcircuit.compile.gates.runs import Run
from qbcircuit.compile.gates.spelling import spelled
from qbcircuit.device import standard_instructions
from qbcircuit.errors import InvalidRequest

TAU, LEAD = Parameter("tau"), Parameter("lead")
VALUES = {TAU: 0.37, LEAD: -1.9}
CONSTANTS = {"h": HADAMARD, "x": X, "sx": SQRT_X, "s": z_matrix(math.pi / 2), "t": z_matrix(0.785)}
GATE_SETS = [
    {"rz", "sx", "x"}, {"rz", "sx"}, {"rz", "rx"}, {"rz", "sx", "x", "rx"}, {"p", "sx"},
    {"u1", "sx"}, {"u"}, {"u3"}, {"r"}, {"rx", "ry"}, {"rz", "ry"}, {"rz", "h"},
]  # fmt: skip


def number(angle):
    value = angle.value
    return (
        value
        if isinstance(value, float)
        else float(value.bind(VALUES, allow_unknown_parameters=True))
    )


def z(angle):
    return np.array(z_matrix(number(angle))).reshape(2, 2)


def matrix_of(gates):
    """Product of native gates in time order."""
    total = np.eye(2)
    for name, angles in gates:
        values = [number(Angle.of(angle)) for angle in angles]
        total = Operator(standard_instructions()[name].base_class(*values)).data @ total
    return total


def same(a, b):
    return abs(np.vdot(a, b)) / 2 == pytest.approx(1, abs=1e-9)


@settings(deadline=None, max_examples=200)
@given(
    exponent=st.floats(-12, -5),
    flips=st.booleans(),
    gates=st.sampled_from([{"rz", "sx", "x"}, {"rz", "rx"}, {"u"}]),
    first=st.floats(-4, 4),
    second=st.floats(-4, 4),
)
def test_a_matrix_near_a_z_rotation_or_a_flip_loses_no_digits(
    exponent, flips, gates, first, second
):
    def turned(tilt):
        middle = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
        return z(Angle(first)) @ middle @ z(Angle(second))

    matrix, early = turned(10.0**exponent + (math.pi / 2 if flips else 0.0)), turned(0.7)
    run = Run(frozenset(gates))
    for one in (early, matrix @ early.conj().T):
        run.apply(tuple(one.reshape(-1).tolist()))
    found = matrix_of(spelled(run.release(), frozenset(gates)))
    overlap = np.vdot(found, matrix)
    assert np.max(np.abs(matrix - found * overlap / abs(overlap))) < 3e-10


RUNS = st.lists(
    st.one_of(
        st.sampled_from(sorted(CONSTANTS)),
        st.sampled_from(
            [TAU, LEAD, 0.5 * TAU, -1.0 * TAU, TAU * LEAD, TAU + LEAD + 1, 0.3, math.pi]
        ),
    ),
    max_size=9,
)


@settings(deadline=None, max_examples=200)
@given(parts=RUNS, gates=st.sampled_from(GATE_SETS), take=st.booleans())
def test_a_run_keeps_its_matrix(parts, gates, take):
    run, expected = Run(frozenset(gates)), np.eye(2)
    for part in parts:
        if isinstance(part, str):
            run.apply(CONSTANTS[part])
            expected = np.array(CONSTANTS[part]).reshape(2, 2) @ expected
        else:
            run.turn(Angle.of(part))
            expected = z(Angle.of(part)) @ expected
    taken = z(run.take_z()) if take else np.eye(2)
    written = matrix_of(spelled(run.release(), frozenset(gates)))
    assert same(taken @ written, expected)
    assert run.release() == []


@settings(deadline=None, max_examples=50)
@given(parts=RUNS)
def test_a_run_needs_two_pulses_a_free_turn(parts):
    run = Run()
    for part in parts:
        if isinstance(part, str):
            run.apply(CONSTANTS[part])
        else:
            run.turn(Angle.of(part))
    steps = run.release()
    free = sum(not angle.is_number for _, angle in steps)
    assert sum(name != "z" for name, _ in steps) <= 2 * (free + 1)
    assert all(a[0] != "z" or b[0] != "z" for a, b in itertools.pairwise(steps))


def test_what_cancels_is_seen_to_cancel():
    assert (Angle.of(0.5 * TAU) + Angle.of(-0.5 * TAU)).vanishes
    assert (Angle.of(0.1 * TAU) + Angle.of(0.2 * TAU) + Angle.of(-0.3 * TAU)).is_number
    assert Angle.of(0.5 * TAU - 0.5 * TAU).vanishes
    assert Angle.of(2 * math.pi).vanishes
    assert not Angle.of(math.pi).vanishes
    assert not Angle.of(1e-9 * TAU).vanishes
    assert not Angle.of(TAU * LEAD).vanishes


def test_an_angle_is_kept_in_its_parameters():
    angle = Angle.of(2 * TAU + 3 * LEAD + 0.5) + Angle.of(TAU) + Angle.of(2 * math.pi)
    assert angle.linear == ((LEAD, 3.0), (TAU, 3.0))
    assert number(angle) == pytest.approx(3 * 0.37 - 3 * 1.9 + 0.5)
    assert number(-angle) == pytest.approx(-number(angle))


@given(
    slope=st.floats(-3, 3),
    shares=st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    more=st.floats(-3, 3),
)
def test_a_duration_takes_the_place_of_a_parameter(slope, shares, more):
    """3 + slope TAU + LEAD with TAU = 0.5 + a TAU + b LEAD."""
    lasting = Angle(0.5, ((TAU, shares[0]), (LEAD, shares[1])))
    angle = Angle(more, ((TAU, slope), (LEAD, 1.0))).with_free(TAU, lasting)
    whole = 0.5 + shares[0] * 0.37 - shares[1] * 1.9
    beyond = math.remainder(number(angle) - (more + slope * whole - 1.9), math.tau)
    assert beyond == pytest.approx(0.0, abs=1e-9)
    assert {free for free, _ in angle.linear} <= {TAU, LEAD}


def test_native_x_rotations_take_one_pulse():
    run = Run(frozenset({"rx"}))
    run.apply(HADAMARD)
    run.turn(Angle.of(TAU))
    run.apply(HADAMARD)
    gates = spelled(run.release(), frozenset({"rz", "sx", "x", "rx"}))
    assert [name for name, _ in gates] == ["rx"]


def test_gates_that_make_no_rotation_are_refused():
    run = Run()
    run.apply(HADAMARD)
    with pytest.raises(InvalidRequest, match=r"on every qubit in use, got sx, x\."):
        spelled(run.release(), frozenset({"sx", "x"}))


def test_the_constants_are_the_gates_they_name():
    for name in ("h", "x", "sx", "s"):
        circuit = QuantumCircuit(1)
        getattr(circuit, name)(0)
        assert same(np.array(CONSTANTS[name]).reshape(2, 2), Operator(circuit).data)
