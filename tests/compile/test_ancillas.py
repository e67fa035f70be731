"""Transition blocks with clean ancillas, only when asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from qiskit import QuantumCircuit

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.pipeline import compile_protocol
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import assert_plan_implements, assert_zero_angles_rest


def hops(n, k, *, field=0.0, start="ground", letters=None):
    terms = [Term(letters or "+" * k, range(i, i + k), 0.7 - 0.2j) for i in range(0, n, k)]
    battery = Battery.qubits(n, start=start)
    return ChargingProtocol.constant(battery, [*terms, *uniform_field(range(n), field)])


@pytest.mark.parametrize(
    ("n", "k", "ancillas", "gates", "depth"),
    [
        (6, 6, 4, 36, 24),
        (12, 6, 8, 72, 24),
        (12, 6, 4, 72, 48),
        (8, 8, 6, 52, 32),
        (6, 6, 3, 40, 34),
    ],
)
def test_counts_with_ancillas(n, k, ancillas, gates, depth):
    plan = compile_protocol(hops(n, k), times=0.9, start="any", ancillas=ancillas)
    written = plan.circuit(0)
    assert sum(len(one.qubits) == 2 for one in written.data) == gates
    assert written.depth(lambda one: len(one.qubits) == 2) <= depth
    assert written.num_qubits == n + ancillas


@pytest.mark.parametrize(
    ("field", "start", "letters"),
    [(0.0, "ground", "++++++"), (0.3, "ground", "+-++-+"), (-0.4, "101100", "++++++")],
)
def test_ancillas_come_back_clean(field, start, letters):
    protocol = hops(6, 6, field=field, start=start, letters=letters)
    plan = compile_protocol(protocol, times=[0, 1.9], start="any", ancillas=4)
    assert plan_cost(plan, 1).two_qubit_gates < plan_cost(plain(protocol), 0).two_qubit_gates
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


def plain(protocol):
    return compile_protocol(protocol, times=1.9, start="any")


def test_a_lost_ancilla_is_seen():
    """The assertion itself: a circuit that leaves an ancilla charged is wrong."""
    protocol = hops(6, 6)
    plan = compile_protocol(protocol, times=0.9, start="any", ancillas=4)
    book = TemplateBook(plan.target, plan.qubits)
    wrong = QuantumCircuit(10)
    wrong.x(7)
    finished = book.finished([((), (book.piece("wrong", lambda: ((wrong,), ())),))])
    bad = replace(
        plan,
        templates=finished.templates,
        local_layers=finished.local_layers,
        experiments=(replace(plan.experiments[0], segments=(), closing=finished.pieces[0][1]),),
    )
    with pytest.raises(AssertionError, match="from the protocol"):
        assert_plan_implements(bad)


def test_ancillas_only_where_all_meet_and_none_is_needed():
    with pytest.raises(InvalidRequest, match="every pair of qubits is coupled"):
        compile_protocol(hops(6, 6), times=1.0, target="heavy-hex", ancillas=4)
    with pytest.raises(InvalidRequest, match="Ancillas must be 0 or more"):
        compile_protocol(hops(6, 6), times=1.0, ancillas=-1)
    aware = compile_protocol(hops(6, 6), times=1.0, ancillas=4)
    assert aware.compilation.assumes_start
    assert len(aware.qubits) == 6
