"""Plans in files: the same circuits come back."""

from __future__ import annotations

import io
import math

import pytest
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions
from qbcircuit.compile.devices.target import all_to_all, line
from qbcircuit.compile.export import layouts, writable, write_qasm, write_qpy
from qbcircuit.compile.gates.native import nativise
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Piece, Setting, Template
from qbcircuit.terms import Term

TIMES = (0.9, 0.0, 0.4)


def pair_plan(device, qubits):
    """exp(-i t XX) on two qubits at three times, out of order, with a swap at the end."""
    tau = Parameter("tau")
    logical = QuantumCircuit(2)
    logical.h([0, 1])
    logical.rzz(2 * tau, 0, 1)
    logical.h([0, 1])
    logical.swap(0, 1)
    native, _ = nativise(logical, device, qubits, restore=True)
    data = io.BytesIO()
    qpy.dump(native, data)
    experiments = [
        Experiment(
            time=time,
            role=ExperimentRole.CHARGE,
            setting=Setting(bases=("Z", "Z")),
            segments=(),
            closing=(Piece(template=0, angles=(time,)),),
            readout=(1, 0),
        )
        for time in TIMES
    ]
    return CircuitPlan(
        protocol=ChargingProtocol.constant(Battery.qubits(2), [Term("XX", (0, 1))], name="pair"),
        target=device,
        options=CompileOptions(),
        compilation=Compilation(
            method="test", formula=None, steps=0, error=0.0, error_kind="exact", assumes_start=False
        ),
        qubits=tuple(qubits),
        layout=(0, 1),
        templates=(Template(name="all", qpy=data.getvalue(), n_angles=1),),
        local_layers=((),),
        experiments=tuple(experiments),
    ).with_noise_work()


DEVICES = [all_to_all(3, "cx"), line(3, "cz"), line(3, "rzz")]


@pytest.mark.parametrize("device", DEVICES)
def test_qpy_holds_the_charge_circuits_in_time_order(tmp_path, device):
    plan = pair_plan(device, (1, 2))
    path = write_qpy(plan, tmp_path / "circuits.qpy")
    with path.open("rb") as stream:
        loaded = qpy.load(stream)
    assert len(loaded) == 3
    for circuit, index in zip(loaded, (2, 4, 0), strict=True):
        assert circuit.num_qubits == 3
        assert circuit.num_clbits == 0
        assert Operator(circuit) == Operator(plan.circuit(index))
    assert not Operator(loaded[-1]).equiv(Operator(loaded[0]))


@pytest.mark.parametrize("device", DEVICES)
def test_qasm_is_the_last_time_with_its_measurement(tmp_path, device):
    plan = pair_plan(device, (1, 2))
    path = write_qasm(plan, tmp_path / "last.qasm")
    text = path.read_text()
    assert text.startswith("OPENQASM 3.0;\n// pair on ")
    assert "at time 0.9" in text
    circuit = qasm3.loads(text)
    measured = {
        circuit.find_bit(one.clbits[0]).index: circuit.find_bit(one.qubits[0]).index
        for one in circuit.data
        if one.operation.name == "measure"
    }
    assert measured == {0: 2, 1: 1}
    circuit.remove_final_measurements()
    assert Operator(circuit).equiv(Operator(plan.circuit(0)))


def test_layouts_index_the_written_circuit():
    plan = pair_plan(line(3, "cz"), (2, 1))
    start, end = layouts(plan)
    assert start == (2, 1)
    assert end == (1, 2)
    flipped = QuantumCircuit(3)
    flipped.x(start[0])
    flipped.compose(pair_plan(line(3, "cz"), (2, 1)).circuit(2), inplace=True)
    from qiskit.quantum_info import Statevector

    assert math.isclose(Statevector(flipped).probabilities([end[0]])[1], 1.0, abs_tol=1e-12)


def test_places_that_cannot_be_written(tmp_path):
    plan = pair_plan(line(2), (0, 1))
    with pytest.raises(InvalidRequest, match=r"the folder .*missing does not exist\. Create it"):
        write_qpy(plan, tmp_path / "missing" / "a.qpy")
    with pytest.raises(InvalidRequest, match=r"is a folder\. Name a file in it"):
        write_qasm(plan, tmp_path)
    assert writable(tmp_path / "new.qpy") == tmp_path / "new.qpy"
    assert not (tmp_path / "new.qpy").exists()


def test_a_place_without_permission(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InvalidRequest, match=r"permission denied\. Choose another place"):
        writable(tmp_path / "a.qpy")


def test_a_plan_without_charges(tmp_path):
    plan = pair_plan(line(2), (0, 1)).with_experiments([])
    with pytest.raises(InvalidRequest, match="no charge experiment"):
        write_qpy(plan, tmp_path / "a.qpy")
