"""IBM devices for qbcircuit; qiskit-ibm-runtime is imported only when one is asked for."""

from qbcircuit_ibm.backend import IbmDevice
from qbcircuit_ibm.fake_devices import FakeDevices, fake_device
from qbcircuit_ibm.shelf import IbmDevices, ibm_device

__all__ = ["FakeDevices", "IbmDevice", "IbmDevices", "fake_device", "ibm_device"]
