"""Where a request may go, and whether an account file keeps its secret, before anything is sent."""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path

from qbcircuit.errors import InvalidRequest

TEST_MODE = "QBCIRCUIT_TEST_SERVICE"
"""Set to 1, this variable is the only way to a service that is not IBM's: one on this machine."""

ADDRESSES = ("IAM_URL", "GLOBAL_SEARCH_URL", "GLOBAL_CATALOG_URL", "QISKIT_IBM_URL")
"""Variables by which IBM's client can be sent elsewhere, with the API key."""

_PATH = r"(?::\d{1,5})?(?:/[\w./-]*)?"
_IBMS = re.compile(r"https://(?:[a-z0-9-]+\.)+ibm\.com" + _PATH, re.IGNORECASE | re.ASCII)
_LOOPBACK = re.compile(r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])" + _PATH, re.ASCII)
# Whole addresses of plain letters only: what is read differently by two parsers matches neither.

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
        if testing and not _LOOPBACK.fullmatch(address or ""):
            raise InvalidRequest(
                f"{TEST_MODE}=1 needs a service on this machine, and {name} names none. Set "
                f"{name} to an http://127.0.0.1 address, or unset {TEST_MODE}."
            )
        if not testing and address and not _IBMS.fullmatch(address):
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
