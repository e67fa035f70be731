"""Templates hold a circuit, its QPY, or both, and nobody can tell which."""

from __future__ import annotations

import math
import pickle
from types import SimpleNamespace

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
from qbcircuit.plan import Template
from qbcircuit.plan.templates import append

TAU = Parameter("tau")


@pytest.fixture
def circuit():
    made = QuantumCircuit(2)
    made.rx(2 * TAU, 0)
    made.cx(0, 1)
    return made


def test_a_template_is_what_its_qpy_says(circuit):
    made = Template.of("step", circuit)
    stored = Template(name="step", qpy=made.qpy, n_angles=1)
    assert stored.circuit == made.circuit == circuit
    assert stored == made
    assert hash(stored) == hash(made)
    assert {made: "known"}[stored] == "known"
    for other in (
        Template.of("step", circuit.inverse()),
        Template.of("other", circuit),
        Template.of("step", QuantumCircuit(2)),
    ):
        assert other != made


def test_a_template_survives_pickling(circuit):
    made = Template.of("step", circuit)
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert again.circuit == circuit


@pytest.mark.parametrize("is_recent", [False, True])
def test_circuits_are_appended_on_their_qubits_with_their_phase(circuit, is_recent):
    """With and without what qiskit offers since 2.4."""
    part = circuit.assign_parameters([0.25])
    part.global_phase = 0.5
    expected, made = QuantumCircuit(4, global_phase=0.25), QuantumCircuit(4, global_phase=0.25)
    older = SimpleNamespace(_data=object(), compose=made.compose)
    for qubits in ((3, 1), (0, 2), (3, 1)):
        expected.compose(part, qubits, inplace=True)
        append(made if is_recent else older, part, qubits)
    assert made == expected
    assert math.isclose(made.global_phase, 1.75)
    assert part.num_qubits == 2 and len(part.data) == 2


def test_its_circuits_are_fresh(circuit):
    made = Template.of("step", circuit.copy())
    made.circuit.x(0)
    made.bound([0.5]).x(0)
    assert made.circuit == circuit
    assert made.bound([0.5]).data[0].operation.params == [1.0]


def test_it_has_no_other_attributes(circuit):
    with pytest.raises(AttributeError, match="no 'gates'"):
        _ = Template.of("step", circuit).gates


def test_qpy_is_written_when_it_is_asked_for(monkeypatch):
    def refused(*_):
        raise AssertionError("nobody has asked for QPY")

    with monkeypatch.context() as patch:
        patch.setattr("qiskit.qpy.dump", refused)
        protocol = protocols.windows(Battery.qubits(4), order=3, field=0.25)
        plan = compile_protocol(protocol, times=[0.3, 0.7], target="line", error=0.1)
        assert len(plan.circuits) == 2
    assert all(one.qpy.startswith(b"QISKIT") for one in plan.templates)
