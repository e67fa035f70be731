"""Matrix-product states: sampled at every snapshot, and checked against twice the bond."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from qbcircuit.backend import Counts
from qbcircuit.errors import RunFailed
from qbcircuit.plan import CircuitPlan
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
            states = self._states(chain, self.bond)
            for stop in chain.stops:
                for index in stop.experiments:
                    counts = self.sample(self._closed(index, states[stop.depth]), index)
                    if index == last:
                        self._check(chain, stop.depth, index, counts)
                    yield index, counts

    def _states(self, chain: Chain, bond: int) -> dict[int, Any]:
        circuit = QuantumCircuit(self.circuits.n_qubits)
        depth = 0
        for stop in chain.stops:
            self.circuits.append(circuit, chain.pieces[depth : stop.depth])
            depth = stop.depth
            save_state(circuit, MATRIX_PRODUCT, str(depth))
        saved = self.run(circuit, bond)
        return {stop.depth: saved[str(stop.depth)] for stop in chain.stops}

    def _closed(self, index: int, state: Any) -> QuantumCircuit:
        circuit = QuantumCircuit(self.circuits.n_qubits)
        put_state(circuit, MATRIX_PRODUCT, state)
        self.circuits.append(circuit, self.circuits.plan.experiments[index].closing)
        return circuit

    def _work(self, chain: Chain, depth: int, index: int, bond: int) -> float:
        """W = sum_j Delta_j p_j(1) up to the start energy, without shot noise."""
        plan = self.circuits.plan
        cut = Chain(
            pieces=chain.pieces[:depth],
            stops=tuple(stop for stop in chain.stops if stop.depth == depth),
        )
        circuit = self._closed(index, self._states(cut, bond)[depth])
        readout = plan.experiments[index].readout
        for cell, wire in enumerate(readout):
            circuit.save_probabilities([wire], label=str(cell))
        saved = self.run(circuit, bond)
        return math.fsum(
            splitting * float(saved[str(cell)][1])
            for cell, splitting in enumerate(_splittings(plan))
        )

    def _check(self, chain: Chain, depth: int, index: int, counts: Counts) -> None:
        if self.bond >= 1 << (self.circuits.n_qubits // 2):
            return
        coarse, fine = (self._work(chain, depth, index, self.bond * r) for r in (1, 2))
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
