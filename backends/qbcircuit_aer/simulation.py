"""One plan on Aer: choose the way to run it, and turn what Aer saved into counts."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit_aer import AerSimulator

from qbcircuit.backend import Counts
from qbcircuit.errors import RunFailed
from qbcircuit_aer.chains import chains_of
from qbcircuit_aer.circuits import DENSITY_MATRIX, MATRIX_PRODUCT, STATEVECTOR, PlanCircuits
from qbcircuit_aer.drawing import Probabilities, draw_counts, reading_seed, with_readout_errors
from qbcircuit_aer.mps import MatrixProductRun, check_converged, last_of, shot_error
from qbcircuit_aer.noise import CutNoise
from qbcircuit_aer.one_pass import OnePass, Read, Reader

ONE_THREAD_BELOW = 18
"""Below 2^18 amplitudes Aer's threads cost more than they give."""

COLLECT_FROM = 22
"""From 2^22 amplitudes earlier results are collected before a run: Aer's jobs hold theirs in a
reference cycle, so that several states of 64 MiB and more would wait for the collector."""

_AER_SEEDS = 1 << 31

_SAMPLED = 4.0
"""Standard errors by which two sampled works may differ and still count as one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a plan is simulated; see ``AerBackend``."""

    method: str
    shots: int
    seed: int
    bond: int
    threads: int | None
    budget: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Simulation:
    """A plan's circuits, the noise on their wires, and how they are simulated."""

    circuits: PlanCircuits
    noise: CutNoise | None
    settings: Settings

    def counts(self, wanted: Sequence[int]) -> Iterator[tuple[int, Counts]]:
        """Pairs (experiment, counts) for the wanted experiments, in the order they finish.

        Raises:
            RunFailed: too large for this machine, or refused by Aer.
        """
        content_hash = self.circuits.plan.content_hash
        seeds = {index: reading_seed(self.settings.seed, content_hash, index) for index in wanted}
        if self.is_exact:
            yield from self._read(
                wanted,
                lambda index, read: draw_counts(read, shots=self.settings.shots, seed=seeds[index]),
            )
        elif self.settings.method == MATRIX_PRODUCT and not self.circuits.has_resets:
            yield from self._matrix_product(wanted, seeds)
        else:
            if self.settings.method != MATRIX_PRODUCT:
                self._check_memory()
            last = last_of(self.circuits.plan, wanted)
            for index in wanted:
                counts = self._trajectories(index, seeds[index])
                if index == last and self.settings.method == MATRIX_PRODUCT:
                    self._check_bond(index, counts, seeds[index])
                yield index, counts

    @property
    def is_exact(self) -> bool:
        """Whether one state holds the whole distribution, noise and resets included."""
        if self.settings.method == STATEVECTOR:
            return self.noise is None and not self.circuits.has_resets
        return self.settings.method == DENSITY_MATRIX

    def distributions(self, wanted: Sequence[int]) -> Iterator[tuple[int, Probabilities]]:
        """Pairs (experiment, probabilities of the 2^N outcomes), read-out errors included."""
        return self._read(wanted, lambda _, read: read)

    def _read(self, wanted: Sequence[int], reader: Reader[Read]) -> Iterator[tuple[int, Read]]:
        """Distributions by experiment; experiments with the same gates are evolved once."""
        self._check_memory()
        plan = self.circuits.plan
        twins: dict[object, list[int]] = {}
        for index in wanted:
            one = plan.experiments[index]
            twins.setdefault((one.segments, one.closing, one.readout), []).append(index)
        same = {indices[0]: indices for indices in twins.values()}

        def read_all(first: int, ideal: Probabilities) -> list[tuple[int, Read]]:
            misread = ideal
            if self.noise is not None:
                wires = plan.experiments[first].readout
                misread = with_readout_errors(ideal, tuple(self.noise.confusions[w] for w in wires))
            *others, last = same[first]
            return [
                *((index, reader(index, misread.copy())) for index in others),
                (last, reader(last, misread)),
            ]

        one_pass = OnePass(
            circuits=self.circuits,
            method=self.settings.method,
            run=self._run,
            budget=self.settings.budget,
        )
        for _, read in one_pass.read(chains_of(plan, list(same)), read_all):
            yield from read

    def _matrix_product(
        self, wanted: Sequence[int], seeds: dict[int, int]
    ) -> Iterator[tuple[int, Counts]]:
        def run(circuit: QuantumCircuit, bond: int) -> dict[str, Any]:
            return self._run([circuit], matrix_product_state_max_bond_dimension=bond)[0]

        def sample(circuit: QuantumCircuit, index: int) -> Counts:
            return self._measured(circuit, index, seeds[index])

        run_at = MatrixProductRun(
            circuits=self.circuits, bond=self.settings.bond, run=run, sample=sample
        )
        yield from run_at.counts(chains_of(self.circuits.plan, wanted))

    def _trajectories(self, index: int, seed: int, bond: int | None = None) -> Counts:
        """Every shot on its own: a reset leaves no single state that all shots share."""
        circuit = QuantumCircuit(self.circuits.n_qubits)
        self.circuits.append(circuit, self.circuits.plan.experiments[index].pieces)
        return self._measured(circuit, index, seed, bond)

    def _check_bond(self, index: int, counts: Counts, seed: int) -> None:
        """Sampled work at twice the bond dimension must agree within its errors."""
        plan, bond = self.circuits.plan, self.settings.bond
        if bond >= 1 << (self.circuits.n_qubits // 2):
            return
        coarse, error = shot_error(counts, plan)
        fine, other = shot_error(self._trajectories(index, seed, 2 * bond), plan)
        check_converged(plan, index, (coarse, fine), bond, _SAMPLED * math.hypot(error, other))

    def _measured(
        self, circuit: QuantumCircuit, index: int, seed: int, bond: int | None = None
    ) -> Counts:
        """Counts drawn by Aer itself, for states whose distribution is never written out."""
        readout = self.circuits.plan.experiments[index].readout
        register = ClassicalRegister(len(readout), "cells")
        circuit.add_register(register)
        circuit.measure(list(readout), list(register))
        result = self._result(
            [circuit],
            shots=self.settings.shots,
            seed_simulator=seed % _AER_SEEDS,
            matrix_product_state_max_bond_dimension=bond or self.settings.bond,
            mps_sample_measure_algorithm="mps_probabilities",
        )
        return Counts.from_mapping(result.get_counts())

    def _run(self, circuits: list[QuantumCircuit], **options: Any) -> list[dict[str, Any]]:
        result = self._result(circuits, shots=1, **options)
        return [vars(one.data) for one in result.results]

    def _result(self, circuits: list[QuantumCircuit], **options: Any) -> Any:
        method, width = self.settings.method, self.log2_size
        if width >= COLLECT_FROM:
            gc.collect()
        simulator = AerSimulator(method=method, noise_model=self.noise and self.noise.model)
        threads = self.settings.threads
        if threads is None:
            threads = 1 if width < ONE_THREAD_BELOW else 0
        try:
            result = simulator.run(circuits, max_parallel_threads=threads, **options).result()
        except (QiskitError, MemoryError, RuntimeError) as error:
            raise self._failure(str(error)) from error
        if not result.success:
            failed = [one.status for one in result.results if not one.success]
            raise self._failure(failed[0] if failed else str(result.status))
        return result

    @property
    def log2_size(self) -> int:
        """log2 of the number of amplitudes of one state."""
        doubled = self.settings.method == DENSITY_MATRIX
        return self.circuits.n_qubits * (2 if doubled else 1)

    def _check_memory(self) -> None:
        n, needed = self.circuits.n_qubits, 16 << self.log2_size
        present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > present:
            raise RunFailed(
                f"A {self.settings.method.replace('_', ' ')} of {n} qubits needs "
                f"{needed / 2**30:.3g} GiB but this machine has {present / 2**30:.3g} GiB. "
                "Use fewer cells, or --backend aer-mps."
            )

    def _failure(self, reason: str) -> RunFailed:
        plan = self.circuits.plan
        return RunFailed(
            f'Aer could not run "{plan.protocol.name}" on {self.circuits.n_qubits} qubits '
            f"({self.settings.method}): {reason.strip().rstrip('.')}. "
            "Use fewer cells, or another --backend."
        )
