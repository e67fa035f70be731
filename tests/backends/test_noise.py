"""Noisy runs: the device's noise model, cut to the qubits in use, on the gates as written."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from qbcircuit.backend import batch_of
from qbcircuit.errors import InvalidRequest
from qbcircuit_aer import AerBackend, device_simulation, noisy_backend
from qbcircuit_aer.noise import cut_noise


@pytest.fixture
def device():
    return GenericBackendV2(5, coupling_map=CouplingMap.from_line(5), seed=3)


def full_model(device, plan, index):
    """One written circuit, as wide as the device, with the device's whole noise model."""
    where = [plan.qubits[wire] for wire in plan.experiments[index].readout]
    circuit = plan.circuit(index)
    circuit.save_probabilities(where, label="p")
    simulator = AerSimulator(method="density_matrix", noise_model=NoiseModel.from_backend(device))
    probabilities = simulator.run(circuit).result().data(0)["p"]
    for cell, qubit in enumerate(where):
        error = device.target["measure"][(qubit,)].error
        probabilities = misread(probabilities, cell, error)
    return probabilities


def misread(probabilities, cell, error):
    outcomes = np.arange(probabilities.size)
    return (1 - error) * probabilities + error * probabilities[outcomes ^ (1 << cell)]


@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize("budget", [1, 1 << 28])
def test_one_pass_equals_every_circuit_with_the_whole_noise_model(device, nested, diagonal, budget):
    backend = AerBackend(noise=device, budget=budget)
    plan = nested(
        3, diagonal=diagonal, target=backend.target(3), qubits=(4, 3, 2), readout=(1, 2, 0)
    )
    ideal = dict(AerBackend().distributions(plan))
    for index, probabilities in backend.distributions(plan):
        np.testing.assert_allclose(probabilities, full_model(device, plan, index), atol=1e-12)
        assert np.abs(probabilities - ideal[index]).max() > 1e-3


def test_zero_angle_twins_keep_their_gates_and_their_noise(device, fan):
    backend = device_simulation(device)
    plan = fan(3, target=backend.target(3), qubits=(0, 1, 2), times=(0.7,)).with_noise_work()
    _, (_, twin) = backend.distributions(plan)
    np.testing.assert_allclose(twin, full_model(device, plan, 1), atol=1e-12)
    assert 0.5 < twin[0] < 0.99


def test_a_diagonal_gate_with_noise_is_not_skipped(nested):
    device = GenericBackendV2(2, coupling_map=CouplingMap.from_line(2), seed=3)
    for qubit in range(2):
        device.target["rz"][(qubit,)].error = 0.05
        device.target["rz"][(qubit,)].duration = 1e-7
    backend = AerBackend(noise=device)
    plan = nested(2, target=backend.target(2), times=(0, 2))
    for index, probabilities in backend.distributions(plan):
        np.testing.assert_allclose(probabilities, full_model(device, plan, index), atol=1e-12)


def test_trajectories_agree_with_the_density_matrix(device, nested):
    plan = nested(3, target=AerBackend(noise=device).target(3), qubits=(1, 2, 3), times=(2,))
    shots = 20_000
    ((_, expected),) = AerBackend(noise=device).distributions(plan)
    (sampled,) = AerBackend(noise=device, method="statevector").run(
        batch_of(plan), shots=shots, seed=2
    )
    seen = np.zeros(8)
    for bits, times in sampled:
        seen[int(bits, 2)] = times / shots
    assert np.all(np.abs(seen - expected) <= 6 * np.sqrt(expected / shots))
    again = AerBackend(noise=device, method="statevector").run(batch_of(plan), shots=shots, seed=2)
    assert again == [sampled]


def test_thirteen_noisy_qubits_are_sampled_not_refused(pieces):
    backend = noisy_backend(13)
    plan = pieces.parallel_plan(13, times=(0.4,), target=backend.target(13))
    with pytest.raises(InvalidRequest, match=r"samples this plan of 13 qubits\. Use run"):
        list(backend.distributions(plan))
    charged, twin = backend.run(batch_of(plan), shots=20, seed=1)
    assert charged.shots == twin.shots == 20


def test_the_cut_model_holds_the_device_errors_of_those_qubits_only(device):
    noise = cut_noise(device, (3, 1))
    assert [round(float(c[0, 1]), 12) for c in noise.confusions] == [
        round(device.target["measure"][(q,)].error, 12) for q in (3, 1)
    ]
    assert set(noise.model.noise_qubits) == {0, 1}
    assert "cx" not in noise.noisy_gates
    assert "cx" in cut_noise(device, (3, 2)).noisy_gates


def test_noisy_is_a_seeded_line_of_exactly_that_many_qubits():
    backend = noisy_backend(4)
    assert backend.name == "noisy (line-4, seed 1)"
    assert backend.target(4).n_qubits == 4
    assert backend.target(4).coupling == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}
    assert backend.target(4) == noisy_backend(4).target(4)
    assert noisy_backend(4, seed=2).target(4).operations != backend.target(4).operations


def test_one_noisy_cell_runs_on_the_shortest_line(pieces):
    backend = noisy_backend(1)
    plan = pieces.parallel_plan(1, target=backend.target(1), times=(np.pi / 2,))
    charged, _ = backend.run(batch_of(plan), shots=1000, seed=1)
    assert dict(charged)["1"] > 900


def test_a_noisy_matrix_product_state_is_refused(device):
    with pytest.raises(InvalidRequest, match="without noise"):
        AerBackend(noise=device, method="matrix_product_state")


def test_a_plan_for_another_device_is_refused(device, fan):
    with pytest.raises(
        InvalidRequest, match=r"got cx on qubits \[0, 2\], which generic_backend_5q"
    ):
        AerBackend(noise=device).run(batch_of(fan(3, qubits=(0, 2, 4))), shots=1, seed=1)
    with pytest.raises(InvalidRequest, match=r"on qubits \[5\]"):
        AerBackend(noise=device).run(batch_of(fan(1, qubits=(5,))), shots=1, seed=1)
