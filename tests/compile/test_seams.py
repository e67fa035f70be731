"""One-qubit gates: merged across templates, roles kept, rotations of pairs found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compile import compile_protocol
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.gates.native import nativise
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    random_protocol,
)

TAU, LEAD = Parameter("tau"), Parameter("lead")


def is_wide(one):
    return len(one.qubits) == 2


def singles(circuit):
    return sum(not is_wide(one) for one in circuit.data)


def chain(n, steps, target, protocol=protocols.double_excitation):
    plan = compile_protocol(
        protocol(Battery.qubits(n)), times=0.1 * steps, target=target, start="any", steps=steps,
        formula=2,
    )  # fmt: skip
    return plan.circuit(0)


@pytest.mark.parametrize(("gates", "depth"), [("cz", 113), ("rzz", 71)])
def test_a_chain_in_native_gates(gates, depth):
    """cz, two pulses and a turn between them, cz: five gates a layer, and 21 layers."""
    circuit = chain(22, 10, heavy_hex(gates))
    assert (sum(map(is_wide, circuit.data)), circuit.depth(is_wide)) == (440, 42)
    assert circuit.depth() <= depth


@pytest.mark.parametrize(("gates", "a_layer"), [("cz", 7), ("rzz", 2)])
def test_a_step_adds_no_seam(gates, a_layer):
    """A wire has a pair of rotations a step: between them nothing is left of the frames."""
    few, many = (singles(chain(42, steps, line(42, gates))) for steps in (4, 24))
    assert (many - few) / 20 <= a_layer * 42


def test_fields_become_native_x_rotations():
    def windows(battery):
        return protocols.windows(battery, order=2, field=0.5)

    few, many = (chain(42, steps, line(42, "rzz"), windows) for steps in (4, 24))
    assert (many.depth() - few.depth()) / 20 <= 4
    assert (singles(many) - singles(few)) / 20 <= 42 + 2


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    n_steps=st.integers(1, 3),
    formula=st.sampled_from([1, 2, 4]),
    gates=st.sampled_from(["cx", "cz", "rzz"]),
    start=st.sampled_from(["000", "011"]),
)
def test_strung_together_they_stay_right(seed, n_steps, formula, gates, start):
    rng = np.random.default_rng(seed)
    protocol = random_protocol(rng, 3, n_steps=n_steps, start=start, letters="XYZ")
    times = np.sort(rng.uniform(0, 2.0, size=3))
    plan = compile_protocol(
        protocol, times=times, target=line(3, gates), start="any", formula=formula,
        steps=n_steps + int(rng.integers(0, 6)),
    )  # fmt: skip
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, plan.target)


@pytest.mark.parametrize("formula", [1, 2, 4])
def test_times_still_nest(formula):
    protocol = protocols.windows(Battery.qubits(22), order=2, field=0.3)
    plan = compile_protocol(
        protocol, times=[0.1, 0.25, 0.5], target=line(22, "cz"), start="any", formula=formula,
        steps=10,
    )  # fmt: skip
    first, second, last = (one.segments for one in plan.experiments)
    assert first == last[: len(first)]
    assert second == last[: len(second)]
    assert first


def test_frames_end_at_a_reset():
    letters = [Term("XX", (0, 1)), Term("ZY", (1, 2), 0.3), Term("Y", (1,), 0.4)]
    protocol = ChargingProtocol(
        battery=Battery.qubits(3),
        schedule=(
            Evolve(terms=tuple(letters), duration=0.4),
            Reset(sites=(1,)),
            Evolve(terms=tuple(letters), duration=math.inf),
        ),
        name="reset",
    )
    plan = compile_protocol(protocol, times=[0.3, 0.4, 0.9], target=line(3, "cz"), steps=6)
    from qiskit.quantum_info import DensityMatrix

    dense = compile_protocol(protocol, times=[0.3, 0.4, 0.9], target=all_to_all(3), steps=6)
    for one, other in zip(plan.circuits, dense.circuits, strict=True):
        states = [DensityMatrix.from_label("000").evolve(circuit) for circuit in (one, other)]
        assert np.allclose(states[0].probabilities(), states[1].probabilities(), atol=1e-9)


def same(logical, native, values):
    overlap = np.vdot(
        Operator(logical.assign_parameters({p: values[p] for p in logical.parameters})).data,
        Operator(native.assign_parameters({p: values[p] for p in native.parameters})).data,
    )
    return abs(overlap) / 2**logical.num_qubits == pytest.approx(1, abs=1e-9)


@st.composite
def rotations_of_pairs(draw):
    """Turns between cx of every role, some of them apart."""
    circuit = QuantumCircuit(4)
    for _ in range(draw(st.integers(1, 5))):
        a, b, c, d = draw(st.permutations(range(4)))
        circuit.cx(a, b)
        if draw(st.booleans()):
            circuit.cx(*draw(st.sampled_from([(c, b), (a, c), (c, d), (b, c), (c, a)])))
        if draw(st.booleans()):
            circuit.rz(draw(st.sampled_from([TAU, LEAD])), b)
        if draw(st.booleans()):
            circuit.rx(draw(st.sampled_from([TAU, -2 * LEAD])), a)
        if draw(st.booleans()):
            circuit.cx(*draw(st.sampled_from([(c, b), (a, c), (c, d)])))
        circuit.cx(a, b)
        if draw(st.booleans()):
            getattr(circuit, draw(st.sampled_from(["h", "s", "x", "sx"])))(c)
    return circuit


@settings(deadline=None, max_examples=120)
@given(circuit=rotations_of_pairs(), gates=st.sampled_from(["cx", "cz", "rzz"]))
def test_rotations_of_pairs_keep_their_unitary(circuit, gates):
    native, _ = nativise(circuit, all_to_all(4, gates), range(4), restore=True)
    assert same(circuit, native, {TAU: 0.37, LEAD: -1.3})


@pytest.mark.parametrize("letter", ["x", "z"])
@pytest.mark.parametrize("between", ["nothing", "another control", "another target"])
def test_both_letters_become_one_rzz(letter, between):
    """cx(0, 1) turn cx(0, 1), also across a cx that commutes with both."""
    circuit = QuantumCircuit(4)
    inner = 1 if letter == "z" else 0
    other = {"another control": (0, 2), "another target": (2, 1)}.get(between)
    circuit.cx(0, 1)
    if other:
        circuit.cx(*other)
    (circuit.rz if letter == "z" else circuit.rx)(TAU, inner)
    circuit.cx(0, 1)
    native, _ = nativise(circuit, all_to_all(4, "rzz"), range(4), restore=True)
    assert native.count_ops()["rzz"] == 1
    assert native.num_nonlocal_gates() == (2 if other else 1)
    assert same(circuit, native, {TAU: 0.61})


def test_windows_that_share_a_middle_use_rzz():
    """The inner cx of the one window may stand outside those of the other."""
    circuit = QuantumCircuit(3)
    circuit.cx(0, 1)
    circuit.cx(2, 1)
    circuit.rz(TAU, 1)
    circuit.cx(0, 1)
    circuit.cx(2, 1)
    native, _ = nativise(circuit, line(3, "rzz"), range(3), restore=True)
    assert native.num_nonlocal_gates() == 3
    assert same(circuit, native, {TAU: 0.61})


def test_a_wire_keeps_its_role():
    """Two layers of bonds of a chain: no pulse but those of the rotations."""
    circuit = QuantumCircuit(4)
    for _ in range(2):
        for a, b in [(0, 1), (2, 3), (1, 2)]:
            circuit.cx(a, b)
            circuit.rx(TAU, a)
            circuit.rz(LEAD, b)
            circuit.cx(a, b)
    native, _ = nativise(circuit, line(4, "cz"), range(4), restore=True)
    assert same(circuit, native, {TAU: 0.61, LEAD: 0.2})
    rotations = 2 * 3 * 2
    assert native.count_ops()["sx"] <= 2 * rotations + 2 * 2
