"""Shots of bound circuits on Aer, with the noise of the qubits in use."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError

from qbcircuit_aer.drawing import with_readout_errors
from qbcircuit_aer.noise import cut_noise
from tests.standin import devices
from tests.standin.reading import Gate, check, components, content, gates_of, is_static

Bits = NDArray[np.bool_]
Table = NDArray[np.float64]

WIDEST = {True: 10, False: 18}
"""Up to so many joined qubits the distribution is computed (noisy or not); beyond, shots are."""

STATES_UP_TO = 10
"""Shots of wider circuits come from matrix-product states: noise disentangles them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """A device as it is simulated.

    Args:
        name: of the device.
        noisy: with its gate and read-out errors, or without.
        seed: of the server; a circuit's shots depend on it and on the circuit alone.
    """

    name: str
    noisy: bool
    seed: int

    def shots(self, circuits: Sequence[QuantumCircuit], shots: int) -> list[Bits]:
        """Bits of each circuit: row = shot, column = classical bit.

        Equal circuits in one list get different shots, the same in every list like it.

        Raises:
            Refused: a circuit that the device cannot run.
        """
        read = [gates_of(circuit) for circuit in circuits]
        for gates in read:
            check(gates, devices.target(self.name))
        seen: Counter[bytes] = Counter()
        seeds = []
        for gates in read:
            key = content(gates)
            text = f"{self.seed}/{shots}/{seen[key]}/".encode() + key
            seeds.append(int.from_bytes(hashlib.sha256(text).digest()[:8], "big"))
            seen[key] += 1
        known = self._distributions(read)
        return [
            self._draw(circuit, gates, known, np.random.default_rng(seed), shots)
            for circuit, gates, seed in zip(circuits, read, seeds, strict=True)
        ]

    def _draw(
        self,
        circuit: QuantumCircuit,
        gates: tuple[Gate, ...],
        known: dict[tuple[Gate, ...], Table],
        rng: np.random.Generator,
        shots: int,
    ) -> Bits:
        bits = np.zeros((shots, circuit.num_clbits), dtype=bool)
        parts = components(gates) if is_static(gates) else [(_qubits(gates), gates)]
        for qubits, some in parts:
            clbits = [gate.clbits[0] for gate in some if gate.name == "measure"]
            if some in known:
                cumulative = np.cumsum(known[some])
                drawn = np.searchsorted(cumulative, rng.random(shots) * cumulative[-1], "right")
                drawn = np.minimum(drawn, cumulative.size - 1)
                bits[:, clbits] = (drawn[:, None] >> np.arange(len(clbits))) & 1
            elif clbits or not is_static(some):
                seed = int(rng.integers(1 << 31))
                bits |= self._trajectories(qubits, some, circuit.num_clbits, seed, shots)
        return bits

    def _distributions(self, read: Sequence[tuple[Gate, ...]]) -> dict[tuple[Gate, ...], Table]:
        """What is read from each small part, by its gates; one run of Aer for a set of qubits."""
        wanted: dict[tuple[int, ...], dict[tuple[Gate, ...], None]] = {}
        for gates in filter(is_static, read):
            for qubits, some in components(gates):
                measured = sum(gate.name == "measure" for gate in some)
                if measured and len(qubits) <= WIDEST[self.noisy]:
                    wanted.setdefault(qubits, {})[some] = None
        known = {}
        for qubits, parts in wanted.items():
            for some, ideal in zip(parts, self._ideal(qubits, list(parts)), strict=True):
                where = [gate.qubits[0] for gate in some if gate.name == "measure"]
                tables = tuple(self._confusion(qubit) for qubit in where)
                known[some] = np.clip(with_readout_errors(ideal, tables), 0, None)
        return known

    def _ideal(self, qubits: tuple[int, ...], parts: list[tuple[Gate, ...]]) -> list[Table]:
        """Distributions before read-out."""
        if all(gate.name == "measure" for some in parts for gate in some):
            return [np.array([1.0, 0.0]) for _ in parts]
        circuits = []
        for some in parts:
            unitary = tuple(gate for gate in some if gate.name != "measure")
            circuit = _circuit(qubits, unitary, 0)
            where = [qubits.index(gate.qubits[0]) for gate in some if gate.name == "measure"]
            circuit.save_probabilities(where, label="p")
            circuits.append(circuit)
        resets = any(gate.name == "reset" for some in parts for gate in some)
        simulator = AerSimulator(
            method="density_matrix" if self.noisy or resets else "statevector",
            noise_model=_noise(self.name, qubits) if self.noisy else None,
        )
        result = simulator.run(circuits, shots=1, max_parallel_threads=1).result()
        if not result.success:
            raise RuntimeError(str(result.status))
        return [np.asarray(result.data(i)["p"]) for i in range(len(parts))]

    def _confusion(self, qubit: int) -> Table | None:
        return _confusions(self.name)[qubit] if self.noisy else None

    def _trajectories(
        self, qubits: tuple[int, ...], gates: tuple[Gate, ...], n_clbits: int, seed: int, shots: int
    ) -> Bits:
        simulator = AerSimulator(
            method="statevector" if len(qubits) <= STATES_UP_TO else "matrix_product_state",
            noise_model=_noise(self.name, qubits) if self.noisy else None,
        )
        circuit = _circuit(qubits, gates, n_clbits)
        run = simulator.run(circuit, shots=shots, memory=True, seed_simulator=seed)
        result = run.result()
        if not result.success:
            raise RuntimeError(str(result.status))
        memory = [int(word, 16) for word in result.data(0)["memory"]]
        return np.array([[word >> c & 1 for c in range(n_clbits)] for word in memory], dtype=bool)


def _qubits(gates: tuple[Gate, ...]) -> tuple[int, ...]:
    return tuple(sorted({qubit for gate in gates for qubit in gate.qubits}))


def _circuit(qubits: tuple[int, ...], gates: tuple[Gate, ...], n_clbits: int) -> QuantumCircuit:
    wire = {qubit: i for i, qubit in enumerate(qubits)}
    circuit = QuantumCircuit(len(qubits), n_clbits)
    for gate in gates:
        circuit.append(gate.operation, [wire[qubit] for qubit in gate.qubits], gate.clbits)
    return circuit


@functools.cache
def _noise(name: str, qubits: tuple[int, ...]) -> NoiseModel:
    """Noise of some qubits, with the two read-out errors that the device reports for each."""
    part = SimpleNamespace(target=devices.target(name), name=name)
    model = cut_noise(part, qubits).model
    tables = _confusions(name)
    for wire, qubit in enumerate(qubits):
        model.add_readout_error(ReadoutError(tables[qubit]), [wire], warnings=False)
    return model


@functools.cache
def _confusions(name: str) -> tuple[Table, ...]:
    """``[true, read]`` of every qubit."""
    found = devices.device(name)
    if found is None:
        raise KeyError(name)
    tables = []
    for qubit in found.properties["qubits"]:
        value = {row["name"]: row["value"] for row in qubit}
        lost, gained = value["prob_meas0_prep1"], value["prob_meas1_prep0"]
        tables.append(np.array([[1 - gained, gained], [lost, 1 - lost]]))
    return tuple(tables)
