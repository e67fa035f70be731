"""Counts by template are the counts of the written circuit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter
from qiskit.providers.fake_provider import GenericBackendV2

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions, LocalBlock
from qbcircuit.compile import compile_protocol
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.devices.target import all_to_all, from_qiskit, line
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Piece, Setting, Template
from qbcircuit.terms import Term

N = 4
LOCAL = (
    ((LocalBlock(sites=(0, 1), label="XX"), LocalBlock(sites=(2, 3), label="XX")),),
    (
        (LocalBlock(sites=(1, 2), label="XX"),),
        (LocalBlock(sites=(0,), label="Z"), LocalBlock(sites=(1,), label="Z")),
    ),
)
"""One layer of two blocks; one layer of a block and one of fields."""


def template(circuit):
    data = io.BytesIO()
    qpy.dump(circuit, data)
    return Template(name="piece", qpy=data.getvalue(), n_angles=circuit.num_parameters)


def random_template(rng, n_gates):
    circuit = QuantumCircuit(N)
    angle = Parameter("tau")
    for _ in range(n_gates):
        a = int(rng.integers(N))
        kind = rng.choice(["rz", "sx", "cx", "barrier", "reset"], p=[0.35, 0.25, 0.25, 0.05, 0.1])
        if kind == "rz":
            circuit.rz(angle, a)
        elif kind == "cx":
            a = min(a, N - 2)
            circuit.cx(a, a + 1)
        else:
            getattr(circuit, kind)(a)
    circuit.rz(angle, 0)
    return template(circuit)


def plan_of(templates, pieces, target, qubits=(0, 1, 2, 3)):
    protocol = ChargingProtocol.constant(
        Battery.qubits(N), [Term("XX", (j, j + 1)) for j in range(N - 1)]
    )
    experiment = Experiment(
        time=1.0,
        role=ExperimentRole.CHARGE,
        setting=Setting(bases=("Z",) * N),
        segments=tuple(Piece(template=i, angles=(0.3,)) for i in pieces[:-1]),
        closing=tuple(Piece(template=i, angles=(0.7,)) for i in pieces[-1:]),
        readout=(0, 1, 2, 3),
    )
    return CircuitPlan(
        protocol=protocol,
        target=target,
        options=CompileOptions(),
        compilation=Compilation(
            method="test", formula=None, steps=0, error=0.0, error_kind="exact", assumes_start=False
        ),
        qubits=qubits,
        layout=(0, 1, 2, 3),
        templates=tuple(templates),
        local_layers=LOCAL,
        experiments=(experiment,),
    )


def is_wide(one):
    return one.operation.num_qubits == 2 and one.operation.name != "barrier"


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), pieces=st.lists(st.integers(0, 1), max_size=6))
def test_counts_are_those_of_the_written_circuit(seed, pieces):
    rng = np.random.default_rng(seed)
    templates = [random_template(rng, int(rng.integers(0, 15))) for _ in range(2)]
    plan = plan_of(templates, pieces, all_to_all(5), qubits=(4, 2, 0, 1))
    cost, circuit = plan_cost(plan, 0), plan.circuit(0)
    assert cost.size == circuit.size()
    assert cost.two_qubit_gates == sum(map(is_wide, circuit.data))
    assert cost.two_qubit_depth == circuit.depth(is_wide)
    plain = QuantumCircuit(5)
    for one in circuit.data:
        if one.operation.name != "barrier":
            plain.append(one)
    assert cost.depth == plain.depth()
    assert cost.seconds is None


def test_depth_is_not_the_sum_of_depths():
    left, right = QuantumCircuit(N), QuantumCircuit(N)
    left.cx(0, 1)
    right.cx(2, 3)
    plan = plan_of([template(left), template(right)], [0, 1, 0], all_to_all(N))
    plan_angles = plan_cost(plan, 0)
    assert (plan_angles.two_qubit_gates, plan_angles.two_qubit_depth) == (3, 2)


def test_local_layers_are_counted_along_the_pieces():
    rng = np.random.default_rng(3)
    plan = plan_of([random_template(rng, 3), random_template(rng, 3)], [0, 1, 0], all_to_all(N))
    cost = plan_cost(plan, 0)
    assert cost.k_local_gates == 2 + 1 + 2
    assert cost.k_local_depth == 3


def test_seconds_are_those_of_the_gates_started_as_soon_as_possible():
    backend = GenericBackendV2(6, coupling_map=[[i, i + 1] for i in range(5)], seed=8)
    qubits = (1, 2, 3, 4)
    rng = np.random.default_rng(8)
    plan = plan_of([random_template(rng, 25), random_template(rng, 25)], [0, 1, 0, 1],
                   from_qiskit(backend), qubits)  # fmt: skip
    ready = dict.fromkeys(range(6), 0.0)
    circuit = plan.circuit(0)
    for one in circuit.data:
        where = tuple(circuit.find_bit(qubit).index for qubit in one.qubits)
        if one.operation.name != "barrier":
            end = max(ready[q] for q in where) + backend.target[one.operation.name][where].duration
            ready.update(dict.fromkeys(where, end))
    assert max(ready.values()) > 0
    assert plan_cost(plan, 0).seconds == pytest.approx(max(ready.values()), rel=1e-12)


@pytest.mark.parametrize("k", [2, 3])
def test_seconds_are_those_that_qiskit_schedules(k):
    provider = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    backend = provider.FakeTorino()
    plan = compile_protocol(
        protocols.windows(Battery.qubits(5), order=k, field=0.3), times=0.7, target=backend, steps=3
    )
    assert plan_cost(plan, 0).seconds == pytest.approx(
        plan.circuit(0).estimate_duration(backend.target, unit="s"), rel=1e-9
    )
    assert plan_cost(plan, 0).seconds > 0


def test_an_untold_duration_makes_the_total_unknown():
    rng = np.random.default_rng(0)
    assert plan_cost(plan_of([random_template(rng, 5)] * 2, [0, 1], line(N)), 0).seconds is None


def test_no_pieces_cost_nothing():
    plan = plan_of([template(QuantumCircuit(N))] * 2, [], all_to_all(N))
    cost = plan_cost(plan, 0)
    assert (cost.size, cost.depth, cost.two_qubit_depth, cost.k_local_depth) == (0, 0, 0, 0)


def test_an_experiment_that_is_not_there():
    plan = plan_of([template(QuantumCircuit(N))] * 2, [], all_to_all(N))
    for index in (-1, 1):
        with pytest.raises(InvalidRequest, match=r"experiments 0\.\.0, got"):
            plan_cost(plan, index)
