"""Networks keep the global phase of what they realise, in any unit of energy."""

from __future__ import annotations

import cmath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import Operator, SparsePauliOp, Statevector
from scipy.linalg import expm

from qbcircuit.compile.network.phase import resting_phase
from qbcircuit.compile.plugin import PauliEvolutionSynthesis

_INVERSE = {"s": "sdg", "sdg": "s"}
LABELS = ("YXI", "YZX", "XXZ", "XZZ", "ZYY", "IYX")


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_the_phase_of_a_clifford_circuit_at_rest(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    circuit = QuantumCircuit(n, global_phase=0.3)
    for name in rng.choice(["h", "h", "s", "sdg", "x", "z", "cx", "swap"], 30):
        wires = rng.choice(n, 2 if name in ("cx", "swap") else 1, replace=False)
        getattr(circuit, name)(*map(int, wires))
    # undone but for a phase
    for one in reversed(list(circuit.data)):
        wires = [circuit.find_bit(qubit).index for qubit in one.qubits]
        if one.name == "x":
            for name in ("s", "x", "s"):  # i X
                getattr(circuit, name)(*wires)
        else:
            getattr(circuit, _INVERSE.get(one.name, one.name))(*wires)
    amplitude = Statevector(circuit).data[0]
    assert abs(amplitude) == pytest.approx(1)
    assert abs(cmath.exp(1j * resting_phase(circuit)) - amplitude) < 1e-9


@pytest.mark.parametrize("optimise", ["gates", "depth"])
@pytest.mark.parametrize("order", [1, 2])
def test_synthesised_networks_keep_the_global_phase(order, optimise):
    op = SparsePauliOp(LABELS, [0.3, -0.5, 0.7, -0.2, 0.9, 0.4])
    time = Parameter("t")
    circuit = PauliEvolutionSynthesis().run(
        PauliEvolutionGate(op, time), formula=order, steps=1, optimise=optimise
    )
    at_rest = Operator(circuit.assign_parameters({time: 0.0})).data
    assert np.abs(at_rest - np.eye(8)).max() < 1e-9


@pytest.mark.parametrize("unit", [1e-16, 1e-9, 1e15])
def test_gates_with_a_number_for_their_time_take_any_unit_of_energy(unit):
    op = SparsePauliOp(["XXI", "ZZI", "IYY", "III"], [0.3, -0.5, 0.7, 0.2])
    gate = PauliEvolutionGate(op * unit, 0.1 / unit)
    circuit = PauliEvolutionSynthesis().run(gate, formula=4, steps=4)
    assert np.abs(Operator(circuit).data - expm(-0.1j * op.to_matrix())).max() < 1e-6
