"""The high-level-synthesis plug-in, against dense matrices and through qiskit's transpiler."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator, SparseObservable, SparsePauliOp
from qiskit.synthesis import LieTrotter, MatrixExponential, SuzukiTrotter
from qiskit.transpiler import CouplingMap
from qiskit.transpiler.passes import HLSConfig
from qiskit.transpiler.passes.synthesis.plugin import high_level_synthesis_plugin_names
from scipy.linalg import expm

from qbcircuit.compile import plugin
from qbcircuit.compile.evolution_gate import evolution_request
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import exact_layers
from qbcircuit.compile.formula.twin import LayerTwin
from qbcircuit.compile.plugin import PauliEvolutionSynthesis
from qbcircuit.compile.realise import ordered_layers
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term
from qbcircuit.testing import distance_up_to_phase

LINE = CouplingMap.from_line(7)


def windows(n: int, letters: str = "XXX") -> SparsePauliOp:
    k = len(letters)
    strings = [(letters, list(range(j, j + k)), 0.4 + 0.1 * j) for j in range(n - k + 1)]
    return SparsePauliOp.from_sparse_list(strings, n)


def all_to_all(n: int) -> SparsePauliOp:
    return SparsePauliOp.from_sparse_list(
        [("XX", [i, j], 0.3 + 0.05 * i) for i in range(n) for j in range(i)], n
    )


def field(n: int) -> SparsePauliOp:
    return SparsePauliOp.from_sparse_list([("Z", [j], 0.7) for j in range(n)], n)


def through_qiskit(gate, options=None, *, method="qbcircuit", level=2, **settings):
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, circuit.qubits)
    config = HLSConfig(PauliEvolution=[(method, dict(options or {}))])
    if "backend" not in settings:
        settings["basis_gates"] = ["rz", "sx", "x", "cx"]
    return transpile(
        circuit, hls_config=config, optimization_level=level, seed_transpiler=1, **settings
    )


def two_qubit_gates(circuit):
    return circuit.num_nonlocal_gates()


def synthesised(gate, **options):
    return PauliEvolutionSynthesis().run(gate, **options)


def exact(op, time):
    return expm(-1j * time * op.to_matrix())


def formula_matrix(op, time, formula, steps):
    """The product formula between commuting layers, in numpy."""
    terms = [
        Term(letters, sites, value.real) for letters, sites, value in op.to_sparse_list() if letters
    ]
    found = exact_layers(terms, op.num_qubits, can_exponentiate)
    layers, _ = ordered_layers(found, Wiring(), "gates")
    assert len(layers) > 1
    stages = schedule.stages(formula, len(layers), [time / steps] * steps)
    return LayerTwin(layers, op.num_qubits).run(np.eye(2**op.num_qubits, dtype=complex), stages)


def test_qiskit_finds_it():
    assert "qbcircuit" in high_level_synthesis_plugin_names("PauliEvolution")


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("machine", ["free", "line", "backend"])
@pytest.mark.parametrize(
    "op",
    [windows(5), all_to_all(5), windows(5, "ZZ") + 0.3 * field(5), windows(4, "XYZX")],
    ids=["windows", "all-to-all", "diagonal", "one string"],
)
def test_commuting_terms_are_exact_in_transpile(op, machine, level):
    settings = {
        "free": {},
        "line": {"coupling_map": LINE},
        "backend": {"backend": GenericBackendV2(7, coupling_map=LINE, seed=3)},
    }[machine]
    found = through_qiskit(PauliEvolutionGate(op, 0.37), level=level, **settings)
    wanted = exact(op, 0.37)
    if machine != "free":
        wanted = np.kron(np.eye(2 ** (7 - op.num_qubits)), wanted)
    matrix = Operator.from_circuit(found).data
    assert distance_up_to_phase(matrix, wanted) < 1e-8


@pytest.mark.parametrize(
    "op",
    [
        windows(4),
        all_to_all(4),
        SparsePauliOp(["XX", "YY", "ZZ"], [0.3, 0.5, -0.2]),
        SparsePauliOp(["XX", "ZZ", "IZ", "ZI"], [0.3, 0.5, -0.2, 0.9]),
        SparsePauliOp(["XYZ", "III"], [0.3, 1.7]),
        SparsePauliOp(["II"], [1.2]),
        SparsePauliOp(["X", "Y", "I"], [0.3, 0.4, 0.2]),
        SparsePauliOp(["Z"], [0.0]),
    ],
    ids=lambda op: "+".join(op.paulis.to_labels()[:4]),
)
def test_the_global_phase_is_right(op):
    # with many steps asked for, an exact circuit is the cheaper one
    gate = PauliEvolutionGate(op, 0.83, synthesis=LieTrotter(reps=50))
    found = synthesised(gate)
    np.testing.assert_allclose(Operator(found).data, exact(op, 0.83), rtol=0, atol=1e-9)


@pytest.mark.parametrize("formula", [1, 2, 4])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("n", [5, 6])
def test_order_and_reps_of_the_gate_and_of_the_options_are_honoured(formula, steps, n):
    op = windows(n, "XX") + field(n)
    wanted = formula_matrix(op, 0.6, formula, steps)
    own = LieTrotter(reps=steps) if formula == 1 else SuzukiTrotter(order=formula, reps=steps)
    of_gate = synthesised(PauliEvolutionGate(op, 0.6, synthesis=own))
    of_options = synthesised(PauliEvolutionGate(op, 0.6), formula=formula, steps=steps)
    for found in (of_gate, of_options):
        np.testing.assert_allclose(Operator(found).data, wanted, rtol=0, atol=1e-9)
    written = through_qiskit(
        PauliEvolutionGate(op, 0.6), {"formula": formula, "steps": steps}, level=3
    )
    assert distance_up_to_phase(Operator(written).data, wanted) < 1e-8
    assert distance_up_to_phase(wanted, exact(op, 0.6)) > 1e-5


@pytest.mark.parametrize("name", ["t", "tau", "lead"])
def test_the_time_may_stay_free(name):
    time = Parameter(name)
    op = windows(4) + 0.4 * SparsePauliOp("IIII")
    circuit = through_qiskit(PauliEvolutionGate(op, 2 * time))
    assert set(circuit.parameters) == {time}
    bound = circuit.assign_parameters({time: 0.21})
    np.testing.assert_allclose(Operator(bound).data, exact(op, 0.42), rtol=0, atol=1e-8)
    mixed = synthesised(PauliEvolutionGate(windows(3, "XX") + field(3), time), formula=2, steps=2)
    wanted = formula_matrix(windows(3, "XX") + field(3), 0.5, 2, 2)
    found = mixed.assign_parameters({time: 0.5})
    np.testing.assert_allclose(Operator(found).data, wanted, rtol=0, atol=1e-9)


def test_lists_and_observables_are_sums():
    parts = [windows(4), field(4)]
    whole = functools.reduce(lambda a, b: a + b, parts)
    wanted = formula_matrix(whole, 0.3, 2, 2)
    observable = SparseObservable.from_sparse_pauli_op(whole)
    for operator in (parts, whole, observable):
        found = synthesised(PauliEvolutionGate(operator, 0.3), formula=2, steps=2)
        np.testing.assert_allclose(Operator(found).data, wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize(
    ("op", "line"),
    [
        (windows(7), False),
        (windows(7), True),
        (windows(7, "XXXX"), True),
        (all_to_all(7), False),
        (all_to_all(7), True),
    ],
)
@pytest.mark.parametrize("formula", [1, 2])
def test_no_more_two_qubit_gates_than_the_default(op, line, level, formula):
    settings = {"coupling_map": LINE} if line else {}
    own = LieTrotter() if formula == 1 else SuzukiTrotter()
    gate = PauliEvolutionGate(op, 0.37, synthesis=own)
    ours = through_qiskit(gate, level=level, **settings)
    theirs = through_qiskit(gate, method="default", level=level, **settings)
    assert two_qubit_gates(ours) <= two_qubit_gates(theirs)


def test_placed_qubits_are_wired_along_the_couplings():
    qubits = [4, 6, 5, 3]
    circuit = synthesised(
        PauliEvolutionGate(SparsePauliOp("XXXX"), 0.3), coupling_map=LINE, qubits=qubits
    )
    pairs = [
        tuple(qubits[circuit.find_bit(q).index] for q in one.qubits)
        for one in circuit.data
        if len(one.qubits) == 2
    ]
    assert pairs
    assert all(abs(a - b) == 1 for a, b in pairs)
    np.testing.assert_allclose(
        Operator(circuit).data, exact(SparsePauliOp("XXXX"), 0.3), rtol=0, atol=1e-9
    )


def test_what_it_does_not_know_is_left_to_qiskit():
    op = windows(3, "XX") + field(3)
    free = PauliEvolutionGate(op, 0.3)
    free.operator = SparsePauliOp(["XX", "ZI"], np.array([Parameter("a"), 1.0], dtype=object))
    projector = SparseObservable.from_list([("0X", 1.0)])
    for gate in (
        free,
        PauliEvolutionGate(projector, 0.3),
        PauliEvolutionGate(op, 0.3, synthesis=MatrixExponential()),
        PauliEvolutionGate(op, 0.3, synthesis=SuzukiTrotter(order=6)),
        PauliEvolutionGate(op, 0.3, synthesis=LieTrotter(insert_barriers=True)),
        QuantumCircuit(1).to_gate(),
    ):
        assert synthesised(gate) is None
    left = through_qiskit(PauliEvolutionGate(projector, 0.3))
    matrix = np.kron([[1, 0], [0, 0]], [[0, 1], [1, 0]])
    assert distance_up_to_phase(Operator(left).data, expm(-0.3j * matrix)) < 1e-8


def test_where_qiskit_is_cheaper_it_does_what_was_asked(monkeypatch):
    monkeypatch.setattr(plugin, "_price", lambda *_: 10**6)
    op = windows(3, "XX") + field(3) + SparsePauliOp("III", 0.2)
    formula = SuzukiTrotter(order=4, reps=3)
    asked = PauliEvolutionGate(op, 0.9, synthesis=formula)
    wanted = Operator(formula.synthesize(asked)).data
    for found in (
        synthesised(asked),
        synthesised(PauliEvolutionGate(op, 0.9), formula=4, steps=3),
    ):
        np.testing.assert_allclose(Operator(found).data, wanted, rtol=0, atol=1e-9)


def test_depth_may_be_asked_for():
    gate = PauliEvolutionGate(windows(9), 0.37)
    deep, shallow = (synthesised(gate, optimise=one) for one in ("gates", "depth"))
    np.testing.assert_allclose(Operator(shallow).data, exact(windows(9), 0.37), rtol=0, atol=1e-9)
    depths = [one.depth(lambda gate: len(gate.qubits) == 2) for one in (deep, shallow)]
    assert depths[1] <= 8 and depths[1] <= depths[0]


@pytest.mark.parametrize(("order", "reps"), [(1, 1), (2, 2)])
def test_overlapping_strings_are_networks(order, reps):
    rng = np.random.default_rng(5)
    strings = ["".join(rng.choice(list("XYZ"), 3)) for _ in range(12)]
    places = [rng.choice(7, 3, replace=False).tolist() for _ in strings]
    listed = [(s, p, float(rng.normal())) for s, p in zip(strings, places, strict=True)]
    op = SparsePauliOp.from_sparse_list(listed, 7)
    gate = PauliEvolutionGate(op, Parameter("t"), synthesis=SuzukiTrotter(order, reps=reps))
    found = synthesised(gate)
    request = evolution_request(gate, {})
    layers = plugin._layers(request, Wiring())
    layered = plugin._evolution(request, layers, reps, Wiring())
    layered = layered.assign_parameters(dict.fromkeys(layered.parameters, 0.4))
    same = found.assign_parameters([0.4])
    assert distance_up_to_phase(Operator(same).data, Operator(layered).data) < 1e-8
    assert found.num_nonlocal_gates() < 0.85 * layered.num_nonlocal_gates()
    rested = Operator(found.assign_parameters([0.0])).data
    assert distance_up_to_phase(rested, np.eye(1 << 7)) < 1e-8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"formula": 3}, "order 1, 2 or 4, got 3"),
        ({"steps": 0}, "Steps"),
        ({"optimise": "gate"}, "Closest: gates"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(InvalidRequest, match=message):
        synthesised(PauliEvolutionGate(windows(3), 0.3), **options)
