"""A batch or session around several submissions, opened by the first and closed after the last."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qbcircuit.backend import MachineUnreachable
from qbcircuit.errors import QbcircuitError

if TYPE_CHECKING:
    from qiskit_ibm_runtime import Batch, IBMBackend, Session

    from qbcircuit_ibm.connection import Connection

SESSION_SECONDS = 3600
"""A session that nobody closes ends by itself after so long; while open it is paid for."""

_CLOSING_TRIES = 3


class Envelope:
    """What the jobs of one sending share, if anything.

    Args:
        kind: ``"batch"`` or ``"session"``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._wanted = False
        self._open: Batch | Session | None = None
        self._device: IBMBackend | None = None

    def mode(self, device: IBMBackend) -> IBMBackend | Batch | Session:
        """What to submit to: the shared batch or session where one is wanted, or the device."""
        from qiskit_ibm_runtime import Batch, Session

        if not self._wanted:
            return device
        if self._open is None or self._device is not device:
            self._device = device
            if self._kind == "session":
                self._open = Session(backend=device, max_time=SESSION_SECONDS)
            else:
                self._open = Batch(backend=device)
        return self._open

    @property
    def is_open(self) -> bool:
        """Whether there is a batch or session now."""
        return self._open is not None

    def abandon(self) -> None:
        """Open another one next time: IBM has closed this one."""
        self._open = None

    @contextlib.contextmanager
    def around(self, n_jobs: int, connection: Connection) -> Iterator[None]:
        """Hold several submissions together; a batch of one job is no batch."""
        self._wanted = self._kind == "session" or n_jobs > 1
        try:
            yield
        finally:
            self._wanted = False
            opened, self._open = self._open, None
            if opened is not None:
                self._close(opened, connection)

    def _close(self, opened: Batch | Session, connection: Connection) -> None:
        """No new jobs; those inside run. Every job is known to IBM by now."""
        for _ in range(_CLOSING_TRIES):
            try:
                connection.ask(f"close the {self._kind}", lambda _: opened.close())
            except MachineUnreachable:
                continue
            except QbcircuitError:
                break
            return
        if self._kind == "session":
            warnings.warn(
                f"The session {opened.session_id} could not be closed; it ends by itself after "
                f"{SESSION_SECONDS // 60} minutes at most.",
                stacklevel=2,
            )
