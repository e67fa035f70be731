"""One pass with snapshots says the same as every circuit run alone, and seeds repeat."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qbcircuit.backend import BatchItem, batch_of
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.plan import Piece
from qbcircuit_aer import AerBackend
from qbcircuit_aer.drawing import draw_counts, with_readout_errors


def dense(plan, index):
    """Outcome probabilities of one written circuit, by qiskit's own state vector."""
    where = [plan.qubits[wire] for wire in plan.experiments[index].readout]
    return Statevector(plan.circuit(index)).probabilities(where)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize("budget", [1, 1 << 28])
@pytest.mark.parametrize("method", ["statevector", "density_matrix"])
def test_one_pass_equals_every_circuit_alone(nested, n, diagonal, budget, method):
    plan = nested(n, diagonal=diagonal, times=(0, 1, 3, 3, 4))
    found = dict(AerBackend(method=method, budget=budget).distributions(plan))
    assert sorted(found) == list(range(5))
    for index, probabilities in found.items():
        np.testing.assert_allclose(probabilities, dense(plan, index), atol=1e-12)
    assert np.abs(found[1] - found[4]).max() > 0.05


def test_plans_that_do_not_nest_run_as_bound_templates(fan):
    plan = fan(4)
    for index, probabilities in AerBackend().distributions(plan):
        np.testing.assert_allclose(probabilities, dense(plan, index), atol=1e-12)


def test_several_closings_leave_one_stop(pieces):
    move = Piece(template=0, angles=(0.4,))
    ends = [Piece(template=1, angles=(angle,)) for angle in (0.0, 0.5, 1.0)]
    templates = (
        pieces.template("step", pieces.step(3)),
        pieces.template("closing", pieces.closing(3, diagonal=False)),
    )
    plan = pieces.plan_of(
        3, templates, [pieces.charge(1.0, [move], [end], range(3)) for end in ends]
    )
    for index, probabilities in AerBackend().distributions(plan):
        np.testing.assert_allclose(probabilities, dense(plan, index), atol=1e-12)


def test_cells_are_read_where_they_end_and_ancillas_never(pieces):
    """Cell 0 ends on wire 2, cell 1 on wire 0; wire 1 is an ancilla that is also turned."""
    circuit = QuantumCircuit(3)
    circuit.x(2)
    circuit.x(1)
    plan = pieces.plan_of(
        3,
        [pieces.template("flip", circuit)],
        [pieces.charge(1.0, [Piece(template=0)], [], (2, 0))],
        n_cells=2,
    )
    (reading,) = AerBackend().run(batch_of(plan), shots=10, seed=1)
    assert reading.outcomes == (("01", 10),)


def test_a_reset_makes_the_state_mixed_and_is_exact(pieces):
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.cx(0, 1)
    circuit.reset(0)
    plan = pieces.plan_of(
        2,
        [pieces.template("collide", circuit)],
        [pieces.charge(1.0, [Piece(template=0)], [], (0, 1))],
    )
    ((_, probabilities),) = AerBackend().distributions(plan)
    np.testing.assert_allclose(probabilities, [0.5, 0.0, 0.5, 0.0], atol=1e-12)
    (sampled,) = AerBackend(method="statevector").run(batch_of(plan), shots=2000, seed=3)
    assert dict(sampled).keys() == {"00", "10"}
    assert abs(dict(sampled)["10"] - 1000) < 6 * np.sqrt(500)


def test_counts_follow_the_distribution(nested):
    plan = nested(3)
    shots = 200_000
    for index, reading in enumerate(AerBackend().run(batch_of(plan), shots=shots, seed=5)):
        expected = dense(plan, index)
        seen = np.zeros(8)
        for bits, times in reading:
            seen[int(bits, 2)] = times / shots
        assert np.all(
            np.abs(seen - expected) <= 6 * np.sqrt(expected * (1 - expected) / shots) + 1e-9
        )


def test_same_seed_same_counts_whatever_the_batch(nested, fan):
    backend = AerBackend()
    curve, other = nested(3), fan(3)
    whole = backend.run(batch_of(curve, other), shots=500, seed=7)
    assert backend.run(batch_of(curve, other), shots=500, seed=7) == whole
    alone = [backend.run([item], shots=500, seed=7)[0] for item in batch_of(curve, other)]
    assert alone == whole
    turned = backend.run(batch_of(other, curve)[::-1], shots=500, seed=7)
    assert turned == [whole[i] for i in (3, 2, 1, 0, 6, 5, 4)]
    assert AerBackend(budget=1).run(batch_of(curve, other), shots=500, seed=7) == whole


def test_another_seed_or_another_experiment_draws_other_counts(nested):
    plan = nested(4, times=(3, 3))
    first, twin = AerBackend().run(batch_of(plan), shots=5000, seed=7)
    (again,) = AerBackend().run([BatchItem(plan, 0)], shots=5000, seed=8)
    assert first != twin
    assert first != again


def test_impossible_outcomes_are_never_drawn():
    probabilities = np.array([0.0, 0.5, -1e-17, 0.5, 0.0, 0.0, 0.0, 0.0])
    counts = draw_counts(probabilities, shots=10_000, seed=1)
    assert {bits for bits, _ in counts} == {"001", "011"}
    assert counts.shots == 10_000


def test_readout_errors_are_a_product_of_two_by_two_matrices():
    rng = np.random.default_rng(11)
    confusions = tuple(
        np.array([[1 - a, a], [b, 1 - b]]) for a, b in rng.uniform(0, 0.3, size=(3, 2))
    )
    probabilities = rng.dirichlet(np.ones(8))
    whole = np.kron(np.kron(confusions[2], confusions[1]), confusions[0])
    np.testing.assert_allclose(
        with_readout_errors(probabilities, confusions), probabilities @ whole, atol=1e-15
    )
    only_first = with_readout_errors(probabilities, (confusions[0], None, None))
    np.testing.assert_allclose(
        only_first, probabilities @ np.kron(np.eye(4), confusions[0]), atol=1e-15
    )


def test_a_state_too_large_for_the_machine_is_refused_before_it_is_built(pieces):
    circuit = QuantumCircuit(50)
    circuit.x(0)
    for wire in range(49):
        circuit.cx(wire, wire + 1)
    plan = pieces.plan_of(
        50,
        [pieces.template("x", circuit)],
        [pieces.charge(1.0, [Piece(template=0)], [], range(50))],
    )
    with pytest.raises(RunFailed, match=r"statevector of 50 qubits needs 1.68e\+07 GiB .* aer-mps"):
        AerBackend().run(batch_of(plan), shots=1, seed=1)


def test_what_aer_refuses_is_said_in_a_sentence(pieces):
    circuit = QuantumCircuit(2)
    circuit.iswap(0, 1)
    plan = pieces.plan_of(
        2, [pieces.template("x", circuit)], [pieces.charge(1.0, [Piece(template=0)], [], (0, 1))]
    )
    with pytest.raises(RunFailed, match=r'Aer could not run "hand-built" on 2 qubits .*iswap'):
        AerBackend().run(batch_of(plan), shots=1, seed=1)


@pytest.mark.parametrize("shots", [0, -3])
def test_shots_below_one_are_refused(nested, shots):
    with pytest.raises(InvalidRequest, match=f"Shots must be 1 or more, got {shots}"):
        AerBackend().run(batch_of(nested(1)), shots=shots, seed=1)


def test_unknown_methods_are_refused():
    with pytest.raises(InvalidRequest, match=r'got "tensor"\. Use "automatic"'):
        AerBackend(method="tensor")
