"""Matrix-product states: sampled at every snapshot, and checked against twice the bond."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
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
        """sum_i Delta_i p_i(1) over the qubits that are read, without shot noise.

        For cells of two levels read in Z that is W up to the start energy.
        """
        plan = self.circuits.plan
        circuit = self._closed(state, index)
        for i, wire in enumerate(plan.experiments[index].readout):
            circuit.save_probabilities([wire], label=str(i))
        saved = self.run(circuit, bond)
        return math.fsum(
            splitting * float(saved[str(i)][1]) for i, splitting in enumerate(splittings(plan))
        )

    def _check(self, state: Any, segments: Sequence[Piece], index: int, counts: Counts) -> None:
        if self.bond >= 1 << (self.circuits.n_qubits // 2):
            return
        plan = self.circuits.plan
        coarse = self._work(state, index, self.bond)
        finer = self._evolved(None, segments, 2 * self.bond)
        fine = self._work(finer, index, 2 * self.bond)
        check_converged(plan, index, (coarse, fine), self.bond, shot_error(counts, plan)[1])


def check_converged(
    plan: CircuitPlan, index: int, works: tuple[float, float], bond: int, allowed: float
) -> None:
    """Refuse work that moves when the bond dimension is doubled.

    Args:
        plan: what was run.
        index: of the experiment.
        works: at a bond dimension, and at twice that.
        bond: the smaller one.
        allowed: largest difference.

    Raises:
        RunFailed: it moves by more.
    """
    coarse, fine = works
    if abs(fine - coarse) > allowed:
        raise RunFailed(
            f"The work at time {plan.experiments[index].time:g} must not move by more than its "
            f"shot error ({allowed:.2g}) when the bond dimension is doubled, but moved from "
            f"{coarse:.6g} (bond {bond}) to {fine:.6g} (bond {2 * bond}). "
            "Use mps_backend(bond=...) with a larger bond, shorter times, or --backend aer."
        )


def _last(plan: CircuitPlan, chains: Sequence[Chain]) -> int:
    return last_of(plan, (i for chain in chains for stop in chain.stops for i in stop.experiments))


def last_of(plan: CircuitPlan, indices: Iterable[int]) -> int:
    """The first experiment at the last time."""
    return max(indices, key=lambda i: (plan.experiments[i].time, -i))


def splittings(plan: CircuitPlan) -> list[float]:
    """Highest minus lowest level of the cell of every qubit that is read."""
    battery, registers = plan.protocol.battery, plan.registers
    return [battery.sites[j].splitting for j in battery.cells for _ in registers[j].sites]


def shot_error(counts: Counts, plan: CircuitPlan) -> tuple[float, float]:
    """sum_i Delta_i b_i over the bits read, and its standard error, at least one bit seen once."""
    shots, weights = counts.shots, splittings(plan)
    energies = [
        (math.fsum(e for bit, e in zip(reversed(bits), weights, strict=True) if bit == "1"), n)
        for bits, n in counts
    ]
    mean = math.fsum(e * n for e, n in energies) / shots
    variance = math.fsum(n * (e - mean) ** 2 for e, n in energies) / shots
    return mean, max(math.sqrt(variance / shots), max(weights) / shots)
