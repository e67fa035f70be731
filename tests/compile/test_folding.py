"""Every rzz in [0, pi/2], whatever is bound: in the circuits and in their zero-angle twins."""

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
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.gates.entanglers import couplers_of
from qbcircuit.compile.gates.folding import folded, pattern, turns
from qbcircuit.compile.gates.gatelist import GateList
from qbcircuit.compile.gates.native import lowered
from qbcircuit.compile.gates.writing import written
from qbcircuit.terms import Term
from qbcircuit.testing import assert_plan_implements, assert_zero_angles_rest, random_protocol

TAU, LEAD = Parameter("tau"), Parameter("lead")
COUPLERS = couplers_of(all_to_all(3, "rzz"), (0, 1, 2))


def rzz_angles(circuit):
    return [float(one.operation.params[0]) for one in circuit.data if one.operation.name == "rzz"]


def assert_in_range(angles):
    assert all(0 <= angle <= math.pi / 2 + 1e-12 for angle in angles), angles


def assert_fractional(plan):
    """Circuits and twins bind every rzz within the range; returns how many there are."""
    both = plan.with_noise_work()
    found = [rzz_angles(both.circuit(i)) for i in range(len(both.experiments))]
    for angles in found:
        assert_in_range(angles)
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    return max(map(len, found), default=0)


EIGHTHS = st.integers(-16, 16).map(lambda n: n * math.pi / 8)
ANGLES = st.one_of(EIGHTHS, st.floats(-9, 9))
CONSTANTS = st.one_of(st.just(0.0), EIGHTHS, st.floats(-4, 4))


@st.composite
def mixed_circuits(draw):
    """Rotations of pairs between gates that X passes, turns or is stopped by."""
    circuit = QuantumCircuit(3)
    for _ in range(draw(st.integers(1, 9))):
        a, b, _ = draw(st.permutations(range(3)))
        kind = draw(st.sampled_from(["rzz", "rzz", "rzz", "cx", "cz", "h", "s", "t", "rz", "rx"]))
        free = draw(st.sampled_from([TAU, LEAD, TAU + 2 * LEAD, TAU * LEAD]))
        angle = draw(st.floats(-2, 2)) * free + draw(CONSTANTS)
        if kind in ("cx", "cz"):
            getattr(circuit, kind)(a, b)
        elif kind == "rzz":
            circuit.rzz(angle, a, b)
        elif kind in ("rz", "rx"):
            getattr(circuit, kind)(angle, a)
        else:
            getattr(circuit, kind)(a)
    return circuit


@settings(deadline=None, max_examples=150)
@given(circuit=mixed_circuits(), tau=ANGLES, lead=ANGLES)
def test_folding_keeps_the_unitary_and_the_range(circuit, tau, lead):
    ops, _ = lowered(GateList.of(circuit), COUPLERS, restore=True)
    values = {TAU: tau, LEAD: lead}
    folds, added = pattern(turns(ops), values)
    new, parameters = folded(ops, folds)
    native = written(new, COUPLERS).circuit()
    values |= dict(zip(parameters, added, strict=True))
    for chosen in (values, dict.fromkeys(values, 0.0)):
        bound = native.assign_parameters({free: chosen[free] for free in native.parameters})
        plain = circuit.assign_parameters({free: chosen[free] for free in circuit.parameters})
        assert_in_range(rzz_angles(bound))
        overlap = np.vdot(Operator(plain).data, Operator(bound).data) / 8
        assert abs(overlap) == pytest.approx(1, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    formula=st.sampled_from([1, 2, 4]),
    start=st.sampled_from(["any", "ground"]),
    device=st.sampled_from([all_to_all, line]),
    times=st.lists(st.just(0.0) | st.floats(1e-6, 20), min_size=1, max_size=3),
)
def test_random_protocols(seed, formula, start, device, times):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    protocol = random_protocol(rng, n, letters="XYZ")
    plan = compile_protocol(
        protocol, times=sorted(times), target=device(n, "rzz"), start=start, formula=formula,
        steps=3,
    )  # fmt: skip
    assert_fractional(plan)


CELLS = Battery.qubits(6)
FAMILIES = [
    protocols.blocks(CELLS, order=3),
    protocols.double_excitation(CELLS),
    protocols.windows(CELLS, order=3, field=0.4, strength=-1.0),
    protocols.windows(CELLS, order=2, field=0.4),
    protocols.all_to_all(CELLS, field=-0.3),
]


@pytest.mark.parametrize("protocol", FAMILIES, ids=lambda one: one.name)
@pytest.mark.parametrize("formula", [2, 4])
def test_families_over_several_periods(protocol, formula):
    times = [0.0, 0.3, math.pi / 2, 2.9, 11.0]
    for target in (heavy_hex("rzz"), all_to_all(6, "rzz")):
        plan = compile_protocol(
            protocol, times=times, target=target, start="any", formula=formula, steps=7
        )
        assert_fractional(plan)


def test_the_circuits_do_use_rzz():
    plan = compile_protocol(
        protocols.windows(CELLS, order=2, field=0.4), times=3.0, target=line(6, "rzz"), steps=4,
        formula=2,
    )  # fmt: skip
    assert assert_fractional(plan) == 4 * 5


def test_one_variant_serves_all_times_of_a_fold():
    """Steps of one exact block: the angle 2 tau crosses a multiple of pi/2 twice."""
    protocol = ChargingProtocol.constant(Battery.qubits(2), [Term("ZZ", (0, 1)), Term("Z", (0,))])
    times = np.linspace(0.01, 2.3, 40)
    plan = compile_protocol(protocol, times=times, target=line(2, "rzz"), start="any")
    assert len(plan.templates) == 3
    assert assert_fractional(plan) == 1


def test_a_negative_strength_needs_no_variant():
    protocol = ChargingProtocol.constant(Battery.qubits(2), [Term("ZZ", (0, 1), -1.0)])
    plan = compile_protocol(protocol, times=[0.0, 0.2, 0.5], target=line(2, "rzz"), start="any")
    assert len(plan.templates) == 1
    assert plan.templates[0].n_angles == 1
    assert_fractional(plan)
