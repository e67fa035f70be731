"""Matrix-product states: sampled at every snapshot, and checked against twice the bond."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from qbcircuit.backend import Counts
from qbcircuit.errors import RunFailed
from qbcircuit.plan import CircuitPlan, Piece
from qbcircuit_aer.chains import Chain
from qbcircuit_aer.circuits import MATRIX_PRODUCT, PlanCircuits, put_state, save_state

RunAtBond = Callable[[QuantumCircuit, int], dict[str, Any]]
"""Runs one compact circuit at a bond dimension and returns what it saved, by label."""

Sample = Callable[[QuantumCircuit, int], Counts]
"""Measured counts of a circuit that starts from a saved state, for one experiment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixProductRun:
    """Counts of a plan's experiments from matrix-product states of bond dimension chi.

    Args:
        circuits: the plan's circuits.
        bond: chi, the largest bond dimension kept.
        run: how circuits are run.
        sample: how a saved state is sampled.
    """

    circuits: PlanCircuits
    bond: int
    run: RunAtBond
    sample: Sample

    def counts(self, chains: Sequence[Chain]) -> Iterator[tuple[int, Counts]]:
        """Pairs (experiment, counts).

        Raises:
            RunFailed: the work at the last time moves by more than its shot error from chi
                to 2 chi.
        """
        last = _last(self.circuits.plan, chains)
        for chain in chains:
            state, depth = None, 0
            for stop in chain.stops:
                state = self._evolved(state, chain.pieces[depth : stop.depth], self.bond)
                depth = stop.depth
                for index in stop.experiments:
                    counts = self.sample(self._closed(state, index), index)
                    if index == last:
                        self._check(state, chain.pieces[:depth], index, counts)
                    yield index, counts

    def _evolved(self, state: Any, pieces: Sequence[Piece], bond: int) -> Any:
        circuit = self._from(state)
        self.circuits.append(circuit, pieces)
        save_state(circuit, MATRIX_PRODUCT, "state")
        return self.run(circuit, bond)["state"]

    def _closed(self, state: Any, index: int) -> QuantumCircuit:
        circuit = self._from(state)
        self.circuits.append(circuit, self.circuits.plan.experiments[index].closing)
        return circuit

    def _from(self, state: Any) -> QuantumCircuit:
        circuit = QuantumCircuit(self.circuits.n_qubits)
        if state is not None:
            put_state(circuit, MATRIX_PRODUCT, state)
        return circuit

    def _work(self, state: Any, index: int, bond: int) -> float:
        """W = sum_j Delta_j p_j(1) up to the start energy, without shot noise."""
        plan = self.circuits.plan
        circuit = self._closed(state, index)
        for cell, wire in enumerate(plan.experiments[index].readout):
            circuit.save_probabilities([wire], label=str(cell))
        saved = self.run(circuit, bond)
        return math.fsum(
            splitting * float(saved[str(cell)][1])
            for cell, splitting in enumerate(_splittings(plan))
        )

    def _check(self, state: Any, segments: Sequence[Piece], index: int, counts: Counts) -> None:
        if self.bond >= 1 << (self.circuits.n_qubits // 2):
            return
        coarse = self._work(state, index, self.bond)
        finer = self._evolved(None, segments, 2 * self.bond)
        fine = self._work(finer, index, 2 * self.bond)
        allowed = _shot_error(counts, _splittings(self.circuits.plan))
        if abs(fine - coarse) > allowed:
            time = self.circuits.plan.experiments[index].time
            raise RunFailed(
                f"The work at time {time:g} must not move by more than its shot error "
                f"({allowed:.2g}) when the bond dimension is doubled, but moved from "
                f"{coarse:.6g} (bond {self.bond}) to {fine:.6g} (bond {2 * self.bond}). "
                "Use mps_backend(bond=...) with a larger bond, shorter times, or --backend aer."
            )


def _last(plan: CircuitPlan, chains: Sequence[Chain]) -> int:
    indices = [i for chain in chains for stop in chain.stops for i in stop.experiments]
    return max(indices, key=lambda i: (plan.experiments[i].time, -i))


def _splittings(plan: CircuitPlan) -> list[float]:
    return [plan.protocol.battery.sites[j].splitting for j in plan.protocol.battery.cells]


def _shot_error(counts: Counts, splittings: Sequence[float]) -> float:
    """Standard error of the mean energy, at least that of one excitation seen once."""
    shots = counts.shots
    energies = [
        (math.fsum(e for bit, e in zip(reversed(bits), splittings, strict=True) if bit == "1"), n)
        for bits, n in counts
    ]
    mean = math.fsum(e * n for e, n in energies) / shots
    variance = math.fsum(n * (e - mean) ** 2 for e, n in energies) / shots
    return max(math.sqrt(variance / shots), max(splittings) / shots)
