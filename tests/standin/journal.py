"""What was asked of the stand-in, one line a request; a killed server's lines are still there."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request and how it was answered.

    Args:
        time: seconds since the epoch, when it came.
        method: HTTP method.
        path: without ``/api/v1``.
        query: as it came.
        credential: the kind alone: ``""``, ``"Bearer"``, ``"apikey"``, ...
        status: of the answer; 0 where the connection was dropped.
        job: that it created or was about.
        fault: what acted on it, or ``""``.
    """

    time: float
    method: str
    path: str
    query: str
    credential: str
    status: int
    job: str
    fault: str


class Journal:
    """The requests of a folder, in the order in which they were answered."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.jsonl"
        self._lock = threading.Lock()

    def add(self, request: Request) -> None:
        """Append one line."""
        with self._lock, self._path.open("a") as lines:
            lines.write(json.dumps(dataclasses.asdict(request)) + "\n")

    def read(self) -> tuple[Request, ...]:
        """All requests so far."""
        if not self._path.exists():
            return ()
        return tuple(Request(**json.loads(line)) for line in self._path.read_text().splitlines())


def now() -> float:
    """Seconds since the epoch."""
    return time.time()
