"""Machines by name, and anything of qiskit's that can run circuits, as backends."""

from qbcircuit.machines.exact import ExactBackend
from qbcircuit.machines.registry import (
    DeviceFamily,
    DeviceShelf,
    devices,
    is_device,
    names,
    resolve,
)
from qbcircuit.machines.sampler import SamplerBackend

__all__ = [
    "DeviceFamily",
    "DeviceShelf",
    "ExactBackend",
    "SamplerBackend",
    "devices",
    "is_device",
    "names",
    "resolve",
]
