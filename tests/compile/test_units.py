"""Circuits do not know the unit in which energies are given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator

import qbcircuit as qb
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.terms import Term
from qbcircuit.testing import distance_up_to_phase

UNITS = (1e-16, 1e-8, 1e-5, 1e6, 1e15)
RING = (*(Term("XX", (j, (j + 1) % 3), 0.5) for j in range(3)), Term("Z", (0,), 0.7))
PAIR = (Term("XXY", (0, 1, 2), 0.6), Term("++-", (0, 1, 2), 0.3), Term("ZZ", (1, 2), 0.4))


def _written(circuit):
    gates = [
        (one.operation.name, tuple(circuit.find_bit(qubit).index for qubit in one.qubits))
        for one in circuit.data
    ]
    return gates, [float(angle) for one in circuit.data for angle in one.operation.params]


def _assert_same_plan(protocol, unit, time, **options):
    here = qb.compile_protocol(protocol, times=[time / 2, time], **options)
    there = qb.compile_protocol(
        protocol.scaled(unit), times=[time / 2 / unit, time / unit], **options
    )
    assert there.compilation.steps == here.compilation.steps
    assert there.compilation.error == pytest.approx(here.compilation.error, rel=1e-6, abs=1e-12)
    for ours, theirs in zip(here.circuits, there.circuits, strict=True):
        assert _written(theirs)[0] == _written(ours)[0]
        # not the angles: rotations that follow one another may share theirs in any way
        assert distance_up_to_phase(Operator(theirs).data, Operator(ours).data) < 1e-8


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("terms", [RING, PAIR], ids=["ring", "block"])
@pytest.mark.parametrize(
    "options",
    [{}, {"formula": 1, "error": 0.2}, {"formula": 2}, {"formula": 4, "error_kind": "estimate"}],
    ids=["cheapest", "first", "second", "fourth"],
)
def test_circuits_do_not_depend_on_the_unit_of_energy(unit, terms, options):
    protocol = ChargingProtocol.constant(qb.Battery.qubits(3), terms)
    _assert_same_plan(protocol, unit, 0.4, start="any", **options)


def test_every_step_has_a_unit_of_its_own():
    fast = tuple(term.scaled(1e12) for term in RING)
    slow_step = Evolve(terms=RING, duration=0.2)
    plans = []
    for first in (Evolve(terms=fast, duration=0.2e-12), slow_step):
        protocol = ChargingProtocol(battery=qb.Battery.qubits(3), schedule=(first, slow_step))
        plans.append(qb.compile_protocol(protocol, times=protocol.duration, formula=2))
    fast_first, slow_first = plans
    assert fast_first.compilation.steps == slow_first.compilation.steps
    gates, angles = _written(slow_first.circuit(0))
    others, turned = _written(fast_first.circuit(0))
    assert others == gates
    np.testing.assert_allclose(turned, angles, rtol=0, atol=1e-9)


def test_weak_terms_that_do_not_commute_are_seen_beside_strong_ones():
    terms = (Term("Z", (0,), 1.0), Term("XX", (1, 2), 1e-8), Term("Z", (1,), 1e-8))
    protocol = ChargingProtocol.constant(qb.Battery.qubits(3), terms)
    done = qb.compile_protocol(protocol, times=1e8, formula=2, steps=3).compilation
    assert done.method != "exact layers"


@settings(deadline=None, max_examples=20)
@given(exponent=st.integers(-140, 140))
def test_commutators_do_not_depend_on_the_unit_of_energy(exponent):
    unit = 2.0**exponent
    left, right = (
        PauliSum.of([Term("XX", (0, 1), unit), Term("YY", (0, 1), unit)], 3),
        PauliSum.of([Term("Z", (0,), unit), Term("Z", (1,), unit), Term("Y", (1,), unit)], 3),
    )
    (row,) = left.commutator(right).rows()
    assert row == (0b01, 0b10, 2j * unit**2)
