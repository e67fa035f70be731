"""The shelf of IBM's devices: ``ibm_<name>``."""

from __future__ import annotations

import importlib.util
import os

from qbcircuit.errors import MissingExtra
from qbcircuit_ibm.backend import IbmDevice
from qbcircuit_ibm.connection import Connection
from qbcircuit_ibm.fake_devices import MISSING
from qbcircuit_ibm.guards import (
    check_addresses,
    environment_addresses,
    warn_of_readable_account,
)

PREFIX = "ibm_"


class IbmDevices:
    """Devices of the account that is saved, or in the environment."""

    note = "needs an IBM Quantum account (qiskit-ibm-runtime's own); devices --ask lists them"
    """What to say of devices that only the account's service can list."""

    def __call__(self, name: str) -> IbmDevice:
        """The device of that name; IBM is not asked yet whether there is one.

        Args:
            name: e.g. ``"ibm_torino"``.

        Raises:
            MissingExtra: qiskit-ibm-runtime is not installed.
            InvalidRequest: requests would go elsewhere than to IBM.
        """
        _check_installed()
        check_addresses(environment_addresses())
        if not os.environ.get("QISKIT_IBM_TOKEN"):
            warn_of_readable_account()
        return IbmDevice(name)

    def names(self) -> tuple[str, ...]:
        """None: only the service knows, and it is not asked for a list.

        Raises:
            MissingExtra: qiskit-ibm-runtime is not installed.
        """
        _check_installed()
        return ()

    def asked(self) -> tuple[str, ...]:
        """Names of the account's devices, as IBM lists them.

        Raises:
            QbcircuitError: there is no account, or IBM cannot be reached.
        """
        _check_installed()
        found = Connection().ask(
            "list devices", lambda service: [one.name for one in service.backends()]
        )
        return tuple(sorted(name for name in found if name.startswith(PREFIX)))


ibm_device = IbmDevices()
"""The shelf that the entry point names."""


def _check_installed() -> None:
    """Without importing it, which takes seconds."""
    try:
        found = importlib.util.find_spec("qiskit_ibm_runtime")
    except ValueError:
        found = None
    if found is None:
        raise MissingExtra(MISSING)
