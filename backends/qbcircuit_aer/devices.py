"""Ready-made backends: the names that the command line finds."""

from __future__ import annotations

from qiskit.providers import BackendV2
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap

from qbcircuit_aer.backend import AerBackend
from qbcircuit_aer.circuits import MATRIX_PRODUCT


def mps_backend(n_qubits: int | None = None, *, bond: int = 64) -> AerBackend:
    """Matrix-product states, for weakly entangled charges of many cells.

    Args:
        n_qubits: least width of the all-to-all target, which is never narrower than the battery.
        bond: largest bond dimension kept; the work at the last time is checked
            against twice as large a bond.
    """
    return AerBackend(n_qubits=n_qubits, method=MATRIX_PRODUCT, bond=bond)


def noisy_backend(n_qubits: int, *, seed: int = 1) -> AerBackend:
    """A line of qubits with made-up, reproducible gate and read-out errors.

    Args:
        n_qubits: length of the line (2 where 1 is asked for: a device needs a pair).
        seed: of the errors.
    """
    length = max(n_qubits, 2)
    device = GenericBackendV2(length, coupling_map=CouplingMap.from_line(length), seed=seed)
    return AerBackend(noise=device, name=f"noisy (line-{length}, seed {seed})")


def device_simulation(device: BackendV2) -> AerBackend:
    """Any qiskit device as a noisy simulation on Aer, with its noise cut to the qubits in use."""
    return AerBackend(noise=device)
