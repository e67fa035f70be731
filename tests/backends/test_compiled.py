"""Plans that the compiler made: one pass says what each written circuit says alone."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qbcircuit.backend import batch_of
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol
from qbcircuit.machines import resolve
from qbcircuit.reference import simulate, start_energy
from qbcircuit.terms import Term, uniform_field
from qbcircuit_aer import AerBackend


def windows(n, start="ground"):
    terms = [Term("XXX", (j, j + 1, j + 2)) for j in range(n - 2)]
    return ChargingProtocol.constant(
        Battery.qubits(n, start=start), [*terms, *uniform_field(range(n), 0.5)]
    )


@pytest.mark.parametrize("times", [[0.0, 0.4, 0.8, 1.2], [0.13, 0.5, 0.77]])
def test_a_product_formula_in_one_pass(times):
    plan = compile_protocol(windows(5), times=times, formula=2, steps=6)
    for index, probabilities in AerBackend().distributions(plan):
        alone = Statevector(plan.circuit(index)).probabilities(
            [plan.qubits[wire] for wire in plan.experiments[index].readout]
        )
        np.testing.assert_allclose(probabilities, alone, atol=1e-10)


@pytest.mark.parametrize("method", ["statevector", "matrix_product_state"])
def test_sampled_work_follows_the_exact_curve(method):
    times, shots = [0.3, 0.6, 0.9], 20_000
    plan = compile_protocol(windows(6), times=times, error=0.001, error_kind="estimate")
    readings = AerBackend(method=method).run(batch_of(plan), shots=shots, seed=3)
    works = [sum(bits.count("1") * n for bits, n in one) / shots for one in readings]
    exact = simulate(plan.protocol, times).work
    assert np.all(np.abs(works - exact) < 6 * np.sqrt(6**2 / 4 / shots))
    assert max(exact) > 1


def test_thermal_cells_are_read_without_their_ancillas():
    n, shots = 3, 20_000
    protocol = ChargingProtocol.constant(
        Battery.qubits(n, start=ThermalStart(beta=1.0)), [Term("XXX", (0, 1, 2))]
    )
    backend = resolve("aer", n)
    plan = compile_protocol(protocol, times=[1.0], target=None)
    (reading,) = backend.run(batch_of(plan), shots=shots, seed=3)
    assert {len(bits) for bits, _ in reading} == {n}
    energy = sum(bits.count("1") * times for bits, times in reading) / shots
    expected = n * np.tanh(0.5) * np.sin(1.0) ** 2 + start_energy(protocol.battery)
    assert abs(energy - expected) < 6 * np.sqrt(n**2 / 4 / shots)
