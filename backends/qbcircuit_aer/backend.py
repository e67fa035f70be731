"""Aer as a backend: ideal or with the noise of a device, one pass where experiments nest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qiskit.providers import BackendV2

from qbcircuit.backend import Batch, Counts, Reading, check_shots
from qbcircuit.device import device_target, ideal_target, relaxation
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan
from qbcircuit.target import DeviceTarget
from qbcircuit_aer.circuits import DENSITY_MATRIX, MATRIX_PRODUCT, STATEVECTOR, PlanCircuits
from qbcircuit_aer.drawing import Probabilities, reading_seed
from qbcircuit_aer.noise import check_device_has, cut_noise
from qbcircuit_aer.parts import joined_counts, parts_of
from qbcircuit_aer.simulation import Settings, Simulation

METHODS = ("automatic", STATEVECTOR, DENSITY_MATRIX, MATRIX_PRODUCT)

SPLIT_FROM = 16
"""Below 2^16 amplitudes one state for all wires is cheaper than several small ones."""

DENSITY_MATRIX_QUBITS = 12
"""Noisy runs use density matrices up to this many active qubits, then trajectories."""


@dataclass(frozen=True, slots=True, eq=False)
class AerBackend:
    """Aer on this machine.

    Same seed, same counts: every reading is drawn with its own seed made from ``seed``, the
    plan's content hash and the experiment's index, whatever else is in the batch.

    Args:
        n_qubits: least width of the all-to-all target, which is never narrower than the battery.
        method: ``"statevector"``, ``"density_matrix"``, ``"matrix_product_state"``, or
            ``"automatic"``: density matrices where there is noise or a reset and at most 12
            active qubits, state vectors otherwise (with noise or resets: trajectories).
        noise: a device whose noise is simulated, cut to the qubits in use.
        name: what to call it; default: after the method or the device.
        bond: largest bond dimension of a matrix-product state.
        threads: of Aer; ``None``: one below 2^18 amplitudes, all cores from there.
        budget: bytes of snapshots held at once, beyond the state itself.

    Raises:
        InvalidRequest: an unknown method, or noise on a matrix-product state.
    """

    n_qubits: int | None = None
    method: str = "automatic"
    noise: BackendV2 | None = None
    name: str = ""
    bond: int = 64
    threads: int | None = None
    budget: int = 1 << 27

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidRequest(
                f'Aer has methods {", ".join(METHODS)}; got "{self.method}". Use "automatic".'
            )
        if self.noise is not None and self.method == MATRIX_PRODUCT:
            raise InvalidRequest(
                "A matrix-product state is simulated without noise, got a noisy device. "
                'Use method="automatic".'
            )
        if not self.name:
            object.__setattr__(self, "name", _default_name(self))

    @property
    def misreads(self) -> bool:
        """Whether a device's read-out errors are simulated."""
        return self.noise is not None

    def target(self, n_sites: int) -> DeviceTarget:
        """The noisy device, or all-to-all CX for an ideal run."""
        if self.noise is not None:
            return device_target(self.noise, name=self.name)
        return ideal_target(max(self.n_qubits or 1, n_sites))

    def relaxation(self, qubits: Sequence[int]) -> tuple[tuple[float, float], ...] | None:
        """T1 and T2 that the noisy device reports, in seconds."""
        return None if self.noise is None else relaxation(self.noise.target, qubits)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        """One reading per experiment, in batch order.

        Raises:
            InvalidRequest: fewer than one shot, or a plan compiled for another device.
            RunFailed: Aer could not run it, or a matrix-product state has not converged.
        """
        check_shots(shots)
        plans = {id(item.plan): item.plan for item in batch}
        found: dict[tuple[int, int], Counts] = {}
        for key, plan in plans.items():
            wanted = sorted({item.index for item in batch if item.plan is plan})
            for index, counts in self._counts(plan, wanted, shots, seed):
                found[key, index] = counts
        return [found[id(item.plan), item.index] for item in batch]

    def _counts(
        self, plan: CircuitPlan, wanted: Sequence[int], shots: int, seed: int
    ) -> Iterator[tuple[int, Counts]]:
        """Counts of one plan; wires that no gate joins are simulated apart where that pays."""
        whole = self._simulation(plan, shots, seed)
        parts = parts_of(plan) if whole.log2_size >= SPLIT_FROM else ()
        if len(parts) < 2 or self.method == MATRIX_PRODUCT:
            yield from whole.counts(wanted)
            return
        apart: dict[int, list[tuple[tuple[int, ...], Counts]]] = {index: [] for index in wanted}
        for number, part in enumerate(parts):
            own = reading_seed(seed, "part", number)
            for index, counts in self._simulation(part.plan, shots, own).counts(wanted):
                apart[index].append((part.cells, counts))
        for index, counted in apart.items():
            pairing = reading_seed(seed, f"{plan.content_hash} joined", index)
            yield index, joined_counts(counted, pairing)

    def distributions(
        self, plan: CircuitPlan, experiments: Iterable[int] | None = None
    ) -> Iterator[tuple[int, Probabilities]]:
        """Outcome probabilities that counts would be drawn from, noise and read-out included.

        Args:
            plan: whose experiments.
            experiments: indices; ``None``: all.

        Yields:
            Pairs (experiment, probabilities of shape (2^N,)); outcome b has cell c in bit c.

        Raises:
            InvalidRequest: a run that samples (trajectories, matrix-product states).
            RunFailed: Aer could not run it.
        """
        simulation = self._simulation(plan, shots=1, seed=0)
        if not simulation.is_exact:
            raise InvalidRequest(
                f"Probabilities need one state for the whole run, but {self.name} samples this "
                f"plan of {len(plan.qubits)} qubits. Use run()."
            )
        yield from simulation.distributions(
            range(len(plan.experiments)) if experiments is None else sorted(set(experiments))
        )

    def _simulation(self, plan: CircuitPlan, shots: int, seed: int) -> Simulation:
        circuits, noise = PlanCircuits(plan), None
        if self.noise is not None:
            check_device_has(self.noise, plan, circuits.placed_gates)
            noise = cut_noise(self.noise, plan.qubits)
            circuits = PlanCircuits(plan, noise.noisy_gates)
        return Simulation(
            circuits=circuits,
            noise=noise,
            settings=Settings(
                method=self._method(circuits),
                shots=shots,
                seed=seed,
                bond=self.bond,
                threads=self.threads,
                budget=self.budget,
            ),
        )

    def _method(self, circuits: PlanCircuits) -> str:
        if self.method != "automatic":
            return self.method
        mixed = self.noise is not None or circuits.has_resets
        if mixed and circuits.n_qubits <= DENSITY_MATRIX_QUBITS:
            return DENSITY_MATRIX
        return STATEVECTOR


def _default_name(backend: AerBackend) -> str:
    if backend.noise is not None:
        return str(backend.noise.name)
    return "aer-mps" if backend.method == MATRIX_PRODUCT else "aer"
