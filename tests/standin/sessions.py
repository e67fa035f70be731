"""Batches and sessions as files."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.standin.answers import iso
from tests.standin.jobs import Job
from tests.standin.settings import write_atomically


class SessionFiles:
    """The batches and sessions of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "sessions"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """Open one."""
        row: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "backend_name": given.get("backend"),
            "mode": given.get("mode") or "dedicated",
            "max_ttl": given.get("max_ttl"),
            "created": time.time(),
            "accepting_jobs": True,
        }
        write_atomically(self._path(row["id"]), json.dumps(row))
        return row

    def accepts(self, session: str) -> bool:
        """Whether it is there and open."""
        row = self._read(session)
        return row is not None and bool(row["accepting_jobs"])

    def change(self, session: str, **changes: Any) -> bool:
        """Change it; whether it is there."""
        with self._lock:
            row = self._read(session)
            if row is None:
                return False
            write_atomically(self._path(session), json.dumps({**row, **changes}))
            return True

    def get(self, session: str, jobs: Sequence[Job]) -> dict[str, Any] | None:
        """What the service tells about it, from it and its jobs."""
        row = self._read(session)
        if row is None:
            return None
        pending = any(not job.is_final for job in jobs)
        started = [job.started for job in jobs if job.started]
        finished = [job.finished for job in jobs if job.finished]
        state = "active" if started or pending else "open"
        if not row["accepting_jobs"] and not pending:
            state = "closed"
        return {
            **row,
            "state": state,
            "interactive_ttl": 60,
            "active_ttl": row["max_ttl"],
            "started_at": iso(min(started, default=None)),
            "activated_at": iso(min(started, default=None)),
            "last_job_started": iso(max(started, default=None)),
            "last_job_completed": iso(max(finished, default=None)),
            "closed_at": iso(max(finished, default=row["created"])) if state == "closed" else None,
            "elapsed_time": sum(job.used_seconds for job in jobs),
            "timestamps": [],
        }

    def _read(self, session: str) -> dict[str, Any] | None:
        path = self._path(session)
        if not session.replace("-", "").isalnum() or not path.exists():
            return None
        row: dict[str, Any] = json.loads(path.read_text())
        return row

    def _path(self, session: str) -> Path:
        return self._folder / f"{session}.json"
