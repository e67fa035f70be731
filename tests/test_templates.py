"""Templates hold a circuit, its QPY, or both, and nobody can tell which."""

from __future__ import annotations

import pickle

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
from qbcircuit.plan import Template

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
