"""The machine behind the queue: one thread that takes jobs in order and finishes them."""

from __future__ import annotations

import hashlib
import threading
import time
import traceback
from collections.abc import Callable

from tests.standin.faults import Act
from tests.standin.jobs import (
    CANCELLED,
    COMPLETED,
    FAILED,
    QUEUED,
    RUNNING,
    Abandoned,
    Job,
    JobFiles,
)
from tests.standin.settings import SettingsFile

TOO_LONG = ("Job exceeded its maximum execution time", 1305)
OVERHEAD_SECONDS = 2.0
SECONDS_PER_EXECUTION = 250e-6
"""The default delay between shots of a Heron device; a circuit itself takes far less."""


class Worker:
    """Runs the jobs of a folder, those first that were running or queued when the server died."""

    def __init__(self, jobs: JobFiles, settings: SettingsFile) -> None:
        self._jobs = jobs
        self._settings = settings
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="standin-worker", daemon=True)
        self._results: dict[str, str] = {}

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish nothing more; a simulation under way is waited for and forgotten."""
        self._stopped.set()
        self._jobs.abandon()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            job = self._next()
            if job is None:
                with self._jobs.lock:
                    self._jobs.lock.wait(0.02)
                continue
            try:
                self._run(job)
            except Abandoned:
                return

    def _next(self) -> Job | None:
        now = time.time()
        for job in self._jobs.all():
            if job.state == RUNNING and job.fate != Act.JOB_STALLS:
                return job
            if job.state == QUEUED:
                settings = self._settings.now
                due = not settings.held and now >= job.created + settings.queue_seconds
                return job if due else None
        return None

    def _run(self, job: Job) -> None:
        """Take one job to its end; a change of state only ever follows the state before it."""
        running = self._jobs.change(
            job.job_id,
            when=lambda found: not found.is_final,
            state=RUNNING,
            started=job.started or time.time(),
        )
        if running is None or running.fate == Act.JOB_STALLS:
            return
        if running.fate == Act.JOB_CANCELLED:
            self._finish(job, CANCELLED)
        elif running.fate == Act.JOB_FAILS:
            self._finish(job, FAILED, reason=running.reason, code=running.reason_code)
        elif running.fate == Act.JOB_TOO_LONG:
            self._finish(job, CANCELLED, *TOO_LONG, used=running.max_seconds or OVERHEAD_SECONDS)
        else:
            self._simulate(running)

    def _simulate(self, job: Job) -> None:
        from tests.standin.execution import Refused, execute, read

        settings = self._settings.now
        params = self._jobs.params(job.job_id)
        try:
            work = read(job.program, params, settings)
            seconds = OVERHEAD_SECONDS + work.executions * SECONDS_PER_EXECUTION
            self._jobs.change(job.job_id, executions=work.executions, estimated_seconds=seconds)
            if job.max_seconds is not None and seconds > job.max_seconds:
                self._finish(job, CANCELLED, *TOO_LONG, used=job.max_seconds)
                return
            result = self._cached(
                f"{job.program}/{job.backend}/{settings.noisy}/{settings.seed}/{params}",
                lambda: execute(work, job.backend, settings),
            )
        except Refused as refused:
            self._finish(job, FAILED, reason=refused.reason, code=refused.code)
            return
        except Abandoned:
            raise
        except Exception as error:
            traceback.print_exc()
            self._finish(job, FAILED, reason=f"Internal error: {error}", code=9999)
            return
        self._stopped.wait(max(0.0, (job.started or 0) + settings.run_seconds - time.time()))
        if not self._stopped.is_set():
            self._jobs.write_result(job.job_id, result)
            self._finish(job, COMPLETED, used=seconds)

    def _finish(
        self, job: Job, state: str, reason: str = "", code: int | None = None, used: float = 0.0
    ) -> None:
        self._jobs.change(
            job.job_id,
            when=lambda found: not found.is_final,
            state=state,
            reason=reason,
            reason_code=code,
            used_seconds=used,
            finished=time.time(),
        )

    def _cached(self, work: str, run: Callable[[], str]) -> str:
        """Duplicates of a job are many in tests of faults; each is simulated once."""
        key = hashlib.sha256(work.encode()).hexdigest()
        if key not in self._results:
            self._results[key] = run()
        return self._results[key]
