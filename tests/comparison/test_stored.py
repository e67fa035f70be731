"""T1 and T2 of a delay, as a machine reports them of the qubits that hold the cells."""

from __future__ import annotations

import pytest
from qiskit.circuit import Measure
from qiskit.transpiler import QubitProperties, Target

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.comparison.stored import reported, storage_summary
from qbcircuit.compile import compile_protocol
from qbcircuit.compile.devices.target import line
from qbcircuit.device import relaxation
from qbcircuit.errors import InvalidRequest
from qbcircuit.machines import ExactBackend
from qbcircuit.merit import Storage


def target(*times):
    """A target whose qubits have these T1 and T2."""
    known = [QubitProperties(t1=t1, t2=t2) for t1, t2 in times]
    made = Target(num_qubits=len(times), qubit_properties=known)
    made.add_instruction(Measure(), {(q,): None for q in range(len(times))})
    return made


class Machine(ExactBackend):
    """Knows T1 and T2 of its qubits, of each another."""

    def relaxation(self, qubits):
        return tuple((1.0 + q, 5.0 if q == 2 else 1.0) for q in qubits)


def test_qubits_are_told_apart_and_all_must_be_known():
    found = target((3.0, 2.0), (None, 1.0), (5.0, 4.0))
    assert relaxation(found, (2, 0)) == ((5.0, 4.0), (3.0, 2.0))
    assert relaxation(found, (0, 1)) is None
    assert relaxation(found, (0, 3)) is None
    assert relaxation(Target(num_qubits=2), (0,)) is None


def test_the_mean_is_of_the_qubits_that_hold_the_cells_at_that_time():
    plan = compile_protocol(
        protocols.parallel(Battery.qubits(2)), times=[0.3, 0.9], target=line(4), qubits=(3, 2)
    )
    found = reported(Storage(delay=0.4), plan, 0.9, Machine())
    assert found == Storage(delay=0.4, t1=3.5, t2=3.0)


def test_a_t2_above_twice_t1_counts_as_that():
    class Optimist(Machine):
        def relaxation(self, qubits):
            return tuple((1.0, 2.5) for _ in qubits)

    plan = compile_protocol(protocols.parallel(Battery.qubits(2)), times=0.9)
    found = reported(Storage(delay=0.4), plan, 0.9, Optimist())
    assert (found.t1, found.t2) == (1.0, 2.0)


def test_a_machine_that_does_not_know_is_not_guessed_for():
    plan = compile_protocol(protocols.parallel(Battery.qubits(2)), times=0.9)
    with pytest.raises(InvalidRequest, match=r"exact reports none of its qubits\. Use"):
        reported(Storage(delay=0.4), plan, 0.9, ExactBackend())


def test_no_decay_is_written_as_nothing():
    summary = storage_summary(Storage(delay=2.0, t2=3.0), None)
    assert summary == {"delay": 2.0, "t1": None, "t2": 3.0, "reported_by": None}
