"""IBM devices for qbcircuit; qiskit-ibm-runtime is imported only when one is asked for."""

from qbcircuit_ibm.fake_devices import FakeDevices, fake_device

__all__ = ["FakeDevices", "fake_device"]
