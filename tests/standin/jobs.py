"""Jobs and sessions as files: what a killed server had accepted is there after a restart."""

from __future__ import annotations

import dataclasses
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.standin.settings import write_atomically

QUEUED, RUNNING = "Queued", "Running"
COMPLETED, FAILED, CANCELLED = "Completed", "Failed", "Cancelled"
PENDING = (QUEUED, RUNNING)


class Abandoned(Exception):
    """The server was killed: nothing more is written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One job; its parameters and its result are files beside it.

    Args:
        job_id: as the client knows it.
        created: seconds since the epoch, like ``started`` and ``finished``.
        number: jobs are counted in the order of their creation.
        program: ``"executor"`` or ``"sampler"``.
        backend: the device.
        tags: the client's.
        session: id of its batch or session, or ``""``.
        private: the result can be read once.
        max_seconds: of execution, after which it is cancelled.
        state: ``"Queued"``, ``"Running"``, ``"Completed"``, ``"Failed"`` or ``"Cancelled"``.
        reason: for a failure.
        reason_code: IBM's number for it.
        started: when it left the queue.
        finished: when it became final.
        estimated_seconds: of the device, as the service estimates them.
        used_seconds: of the device, as the service bills them.
        executions: circuits times shots.
        fate: what a fault has in store for it.
        reads: how often its result was read.
        gone: its result has expired.
    """

    job_id: str
    created: float
    number: int
    program: str
    backend: str
    tags: tuple[str, ...] = ()
    session: str = ""
    private: bool = False
    max_seconds: float | None = None
    state: str = QUEUED
    reason: str = ""
    reason_code: int | None = None
    started: float | None = None
    finished: float | None = None
    estimated_seconds: float | None = None
    used_seconds: float = 0.0
    executions: int = 0
    fate: str = ""
    reads: int = 0
    gone: bool = False

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in PENDING


class JobFiles:
    """The jobs of a folder, held in memory and written before anybody hears of a change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "jobs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Condition()
        self._jobs = {job.job_id: job for job in read_jobs(folder)}
        self._next = 1 + max((job.number for job in self._jobs.values()), default=0)
        self._abandoned = False

    def create(self, params: str, **values: Any) -> Job:
        """A new job in the queue."""
        with self.lock:
            job = Job(job_id=f"d{uuid.uuid4().hex[:19]}", number=self._next, **values)
            self._next += 1
            self._write(f"{job.job_id}.params", params)
            return self._put(job)

    def get(self, job_id: str) -> Job | None:
        """The job, if there is one."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """All jobs, oldest first."""
        with self.lock:
            return sorted(self._jobs.values(), key=lambda job: job.number)

    def change(
        self, job_id: str, *, when: Callable[[Job], bool] = lambda _: True, **changes: Any
    ) -> Job | None:
        """Change a job if it is still as wanted; ``None`` if it is not, or has gone."""
        with self.lock:
            job = self._jobs.get(job_id)
            if job is None or not when(job):
                return None
            return self._put(dataclasses.replace(job, **changes))

    def delete(self, job_id: str) -> bool:
        """Forget a job; whether there was one."""
        with self.lock:
            if self._jobs.pop(job_id, None) is None:
                return False
            for kind in ("job", "params", "result"):
                self._path(f"{job_id}.{kind}").unlink(missing_ok=True)
            return True

    def params(self, job_id: str) -> str:
        """What the client sent to run, as JSON."""
        return self._path(f"{job_id}.params").read_text()

    def write_result(self, job_id: str, result: str) -> None:
        """Keep the result; write it before the job is said to be complete."""
        self._write(f"{job_id}.result", result)

    def result(self, job_id: str) -> str:
        """The result of a complete job, as JSON."""
        return self._path(f"{job_id}.result").read_text()

    def abandon(self) -> None:
        """Write nothing more, as if the process had been killed."""
        with self.lock:
            self._abandoned = True
            self.lock.notify_all()

    def _put(self, job: Job) -> Job:
        self._write(f"{job.job_id}.job", json.dumps(dataclasses.asdict(job)))
        self._jobs[job.job_id] = job
        self.lock.notify_all()
        return job

    def _write(self, name: str, text: str) -> None:
        if self._abandoned:
            raise Abandoned
        write_atomically(self._path(name), text)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def read_jobs(folder: Path) -> tuple[Job, ...]:
    """The jobs in a folder, oldest first, whether or not a server runs on it."""
    rows = [json.loads(path.read_text()) for path in (folder / "jobs").glob("*.job.json")]
    jobs = [Job(**{**row, "tags": tuple(row["tags"])}) for row in rows]
    return tuple(sorted(jobs, key=lambda job: job.number))
