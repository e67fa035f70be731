"""Aer as a qbcircuit backend, and any qiskit device as a noisy simulation on it."""

from qbcircuit_aer.backend import AerBackend
from qbcircuit_aer.devices import device_simulation, mps_backend, noisy_backend

__all__ = ["AerBackend", "device_simulation", "mps_backend", "noisy_backend"]
