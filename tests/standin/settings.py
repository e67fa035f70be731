"""How the stand-in behaves when nothing goes wrong."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTANCE = "crn:v1:bluemix:public:quantum-computing:us-east:a/standin:qbcircuit-standin::"
"""The one instance of the account; its plan is free."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that stays the same over a restart.

    Args:
        seed: of the shots and of faults with a probability.
        noisy: whether the devices are noisy.
        api_key: the only one that the account service accepts.
        queue_seconds: a job waits at least so long.
        run_seconds: a job runs at least so long.
        held: jobs stay queued.
        token_seconds: life of an access token.
        list_lag_seconds: so long a new job is missing from lists.
        usage_limit_seconds: the instance says so once its jobs have used so much.
    """

    seed: int = 1
    noisy: bool = True
    api_key: str = "standin-api-key-never-to-be-written-anywhere"
    queue_seconds: float = 0.0
    run_seconds: float = 0.0
    held: bool = False
    token_seconds: float = 3600.0
    list_lag_seconds: float = 0.0
    usage_limit_seconds: float | None = None


class SettingsFile:
    """The settings of a folder; they may change while the server runs."""

    def __init__(self, folder: Path, given: Settings | None = None) -> None:
        self._path = folder / "settings.json"
        self._lock = threading.Lock()
        if given is not None:
            self._now = given
        elif self._path.exists():
            self._now = Settings(**json.loads(self._path.read_text()))
        else:
            self._now = Settings()
        write_atomically(self._path, json.dumps(dataclasses.asdict(self._now)))

    @property
    def now(self) -> Settings:
        """The settings as they are."""
        return self._now

    def change(self, changes: dict[str, Any]) -> None:
        """Replace some of the settings, for good."""
        with self._lock:
            self._now = dataclasses.replace(self._now, **changes)
            write_atomically(self._path, json.dumps(dataclasses.asdict(self._now)))


def write_atomically(path: Path, text: str) -> None:
    """Write all or nothing: what a killed process wrote is whole, or not there.

    No fsync: it would guard against a power cut, which no test can make.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    temporary.write_text(text)
    temporary.replace(path)
