"""A qiskit backend or sampler primitive as a backend of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbcircuit.backend import Batch, Counts, Reading, check_shots
from qbcircuit.device import device_target, ideal_target, relaxation
from qbcircuit.errors import RunFailed
from qbcircuit.target import DeviceTarget

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SamplerBackend:
    """Runs every circuit as it is written, on a ``BackendV2`` or through a given sampler.

    A ``BackendV2`` is given the seed as ``seed_simulator``, so a simulator returns the same
    counts for the same batch and seed. A given sampler keeps its own seed: make it with one
    (``StatevectorSampler(seed=7)``) where counts must repeat.

    Args:
        machine: the backend or sampler.
    """

    machine: BackendV2 | BaseSamplerV2

    @property
    def name(self) -> str:
        """The device's own name, or the sampler's class."""
        name = getattr(self._device, "name", None)
        return str(name) if name else type(self.machine).__name__

    @property
    def misreads(self) -> bool:
        """Whether a device is behind it; a sampler that names none is taken to be ideal."""
        return self._device is not None

    def target(self, n_sites: int) -> DeviceTarget:
        """The device's target; all-to-all CX for a sampler that names no device."""
        if self._device is None:
            return ideal_target(n_sites)
        return device_target(self._device)

    def relaxation(self, qubits: Sequence[int]) -> tuple[tuple[float, float], ...] | None:
        """T1 and T2 that the device reports, in seconds."""
        return None if self._device is None else relaxation(self._device.target, qubits)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        """One job with one circuit an experiment.

        Raises:
            InvalidRequest: fewer than one shot.
            RunFailed: the machine refused or failed.
        """
        check_shots(shots)
        circuits = [item.plan.circuit(item.index, measure=True) for item in batch]
        try:
            results = list(self._sampler(seed).run(circuits, shots=shots).result())
            return [Counts.from_mapping(one.data.cells.get_counts()) for one in results]
        except Exception as error:
            raise RunFailed(
                f"{self.name} could not run {len(circuits)} circuits with {shots} shots: "
                f"{str(error).strip().rstrip('.')}. Use a smaller batch, or another --backend."
            ) from error

    @property
    def _device(self) -> BackendV2 | None:
        from qiskit.providers import BackendV2

        if isinstance(self.machine, BackendV2):
            return self.machine
        device = getattr(self.machine, "backend", None)
        return device if isinstance(device, BackendV2) else None

    def _sampler(self, seed: int) -> BaseSamplerV2:
        from qiskit.primitives import BackendSamplerV2, BaseSamplerV2

        if isinstance(self.machine, BaseSamplerV2):
            return self.machine
        return BackendSamplerV2(backend=self.machine, options={"seed_simulator": seed})
