"""Snapshots of IBM's devices, as plain qiskit backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbcircuit.errors import MissingExtra, unknown_name

if TYPE_CHECKING:
    from qiskit.providers import BackendV2

MISSING = (
    'The IBM backend needs an extra: pip install "qbcircuit[ibm]". '
    "Everything else works without it."
)


class FakeDevices:
    """The shelf of ``fake_<name>`` devices: couplings, gate times and errors of a real device."""

    def __call__(self, name: str) -> BackendV2:
        """The device of that name.

        Args:
            name: e.g. ``"fake_torino"``.

        Raises:
            MissingExtra: qiskit-ibm-runtime is not installed.
            InvalidRequest: no such device.
        """
        classes = _classes()
        if name not in classes:
            raise unknown_name("device", name, classes, see="qbcircuit devices")
        return classes[name]()

    def names(self) -> tuple[str, ...]:
        """Names of all devices, sorted.

        Raises:
            MissingExtra: qiskit-ibm-runtime is not installed.
        """
        return tuple(sorted(_classes()))


fake_device = FakeDevices()
"""The shelf that the entry point names."""


def _classes() -> dict[str, type[BackendV2]]:
    try:
        from qiskit_ibm_runtime import fake_provider
    except ImportError as error:
        raise MissingExtra(MISSING) from error
    named = ((getattr(kind, "backend_name", None), kind) for kind in vars(fake_provider).values())
    return {name: kind for name, kind in named if isinstance(name, str)}
