"""Where a request may go, and whether an account file keeps its secret, before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from qbcircuit.errors import InvalidRequest

TEST_MODE = "QBCIRCUIT_TEST_SERVICE"
"""Set to 1, this variable is the only way to a service that is not IBM's: one on this machine."""

ADDRESSES = ("IAM_URL", "GLOBAL_SEARCH_URL", "GLOBAL_CATALOG_URL", "QISKIT_IBM_URL")
"""Variables by which IBM's client can be sent elsewhere, with the API key."""

ACCOUNT_FILE = Path("~/.qiskit/qiskit-ibm.json")
"""Where IBM's client saves accounts, in plain text."""


def check_addresses(addresses: Mapping[str, str | None]) -> None:
    """Refuse to send an API key anywhere but to IBM, or to this machine in test mode.

    Args:
        addresses: the address that each setting names; ``None``: IBM's own.

    Raises:
        InvalidRequest: an address that is not allowed.
    """
    testing = is_testing()
    for name, address in addresses.items():
        if testing and not (address and _is_loopback(address)):
            raise InvalidRequest(
                f"{TEST_MODE}=1 needs a service on this machine, and {name} names none. Set "
                f"{name} to an http://127.0.0.1 address, or unset {TEST_MODE}."
            )
        if not testing and address and not _is_ibms(address):
            raise InvalidRequest(
                f"{name} leads to a service that is not IBM's, which would receive the API key. "
                f"Unset it, or set {TEST_MODE}=1 to use a service on this machine."
            )


def is_testing() -> bool:
    """Whether a service on this machine stands in for IBM's."""
    return os.environ.get(TEST_MODE) == "1"


def environment_addresses() -> dict[str, str | None]:
    """What the environment says about where requests go."""
    return {name: os.environ.get(name) or None for name in ADDRESSES}


def warn_of_readable_account(file: Path | None = None) -> None:
    """Say so where other users of this machine can read the saved API key."""
    path = (file or ACCOUNT_FILE).expanduser()
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    if os.name == "posix" and mode & 0o077:
        warnings.warn(
            f"Other users of this machine may read the API key in {path} (mode {mode:04o}). "
            f"Close it with: chmod 600 {path}",
            stacklevel=2,
        )


def _is_ibms(address: str) -> bool:
    host = _host(address)
    return urlsplit(address).scheme == "https" and (
        host == "cloud.ibm.com" or host.endswith(".ibm.com")
    )


def _is_loopback(address: str) -> bool:
    host = _host(address)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(address: str) -> str:
    """The host of an address; nothing where it carries a user or cannot be read."""
    try:
        parts = urlsplit(address)
        return "" if "@" in parts.netloc else (parts.hostname or "").lower()
    except ValueError:
        return ""
