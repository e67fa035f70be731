"""The routes under ``/jobs``."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

from tests.standin import devices
from tests.standin.answers import Answer, Ask, answer, iso, refusal
from tests.standin.faults import JOB_ACTS, Act
from tests.standin.jobs import CANCELLED, FAILED, PENDING, QUEUED, Job, JobFiles
from tests.standin.sessions import SessionFiles
from tests.standin.settings import SettingsFile


class JobRoutes:
    """Create, list, read and cancel jobs."""

    def __init__(self, jobs: JobFiles, sessions: SessionFiles, settings: SettingsFile) -> None:
        self.jobs = jobs
        self.sessions = sessions
        self.settings = settings

    def create(self, ask: Ask) -> Answer:
        """A new job, after which nothing loses it."""
        given = ask.json()
        backend, session = given.get("backend") or "", given.get("session_id") or ""
        if devices.device(backend) is None:
            return refusal(404, 1007, f"Backend not found: {backend}")
        if session and not self.sessions.accepts(session):
            return refusal(400, 4001, f"Session {session} is closed.")
        fault = ask.fault if ask.fault and ask.fault.act in JOB_ACTS else None
        job = self.jobs.create(
            json.dumps(given.get("params") or {}),
            created=time.time(),
            program=given.get("program_id") or "",
            backend=backend,
            tags=tuple(given.get("tags") or ()),
            session=session,
            private=bool(given.get("private")),
            max_seconds=given.get("cost"),
            fate=fault.act if fault else "",
            reason=fault.reason if fault and fault.act is Act.JOB_FAILS else "",
            reason_code=fault.reason_code if fault and fault.act is Act.JOB_FAILS else None,
        )
        made = {"id": job.job_id, "backend": backend, "session_id": session or None}
        return answer({**made, "private": job.private}, job=job.job_id)

    def list(self, ask: Ask) -> Answer:
        """Jobs that match, newest first, page by page."""
        oldest = time.time() - self.settings.now.list_lag_seconds
        found = [job for job in self.jobs.all() if job.created <= oldest and _wanted(job, ask)]
        if ask.one("sort") != "ASC":
            found.reverse()
        offset, limit = int(ask.one("offset", "0")), int(ask.one("limit", "200"))
        page = [_plain(job) for job in found[offset : offset + limit]]
        return answer({"jobs": page, "count": len(found), "limit": limit, "offset": offset})

    def job(self, ask: Ask, job: str) -> Answer:
        """One job."""
        found = self.jobs.get(job)
        if found is None:
            return _no_job(job)
        row = _plain(found)
        if ask.one("exclude_params") != "true":
            row["params"] = json.loads(self.jobs.params(job))
        return answer(row, job=job)

    def delete(self, _: Ask, job: str) -> Answer:
        """Forget a job."""
        return Answer(status=204, job=job) if self.jobs.delete(job) else _no_job(job)

    def results(self, _: Ask, job: str) -> Answer:
        """The result of a job; none yet is 204."""
        found = self.jobs.get(job)
        if found is None:
            return _no_job(job)
        if found.state in PENDING or found.state == CANCELLED:
            return Answer(status=204, job=job)
        if found.state == FAILED:
            text = f"{found.reason}\n".encode()
            return Answer(body=text, kind="text/plain", job=job)
        if found.gone or (found.private and found.reads):
            return refusal(404, 3300, f"The results of job {job} are no longer available.")
        text = self.jobs.result(job).encode()
        self.jobs.change(job, reads=found.reads + 1)
        return Answer(body=text, job=job)

    def cancel(self, _: Ask, job: str) -> Answer:
        """Stop a job that is not final."""
        if self.jobs.get(job) is None:
            return _no_job(job)
        if self.cancel_now(job):
            return Answer(status=204, job=job)
        return refusal(409, 3209, "Job not running. The job is already in a final state.")

    def cancel_now(self, job: str) -> bool:
        """Cancel a job that is not final; whether it was."""
        changed = self.jobs.change(
            job, when=lambda found: not found.is_final, state=CANCELLED, finished=time.time()
        )
        return changed is not None

    def logs(self, _: Ask, job: str) -> Answer:
        """What a finished job printed."""
        found = self.jobs.get(job)
        if found is None or not found.is_final:
            return _no_job(job)
        return Answer(body=f"{found.state}. {found.reason}\n".encode(), kind="text/plain", job=job)

    def metrics(self, _: Ask, job: str) -> Answer:
        """Times, usage and place in the queue."""
        found = self.jobs.get(job)
        if found is None:
            return _no_job(job)
        queue = [one.job_id for one in self.jobs.all() if one.state == QUEUED]
        place = queue.index(job) + 1 if job in queue else None
        used = found.used_seconds if found.is_final else 0.0
        return answer(
            {
                "timestamps": {
                    "created": iso(found.created),
                    "running": iso(found.started),
                    "finished": iso(found.finished),
                },
                "bss": {"seconds": used},
                "usage": {
                    "status": "completed" if found.is_final else "pending",
                    "quantum_seconds": used,
                    "qpu_charge_time_seconds": used,
                    "seconds": used,
                },
                "executions": found.executions,
                "estimated_running_time_seconds": found.estimated_seconds,
                "position_in_queue": place,
                "position_in_provider": place,
            },
            job=job,
        )

    def tags(self, ask: Ask, job: str) -> Answer:
        """Replace the tags."""
        tags = tuple(ask.json().get("tags") or ())
        changed = self.jobs.change(job, tags=tags)
        return Answer(status=204, job=job) if changed else _no_job(job)


def _plain(job: Job) -> dict[str, Any]:
    state: dict[str, Any] = {"status": job.state}
    if job.reason and job.is_final:
        state |= {"reason": job.reason, "reason_code": job.reason_code}
    return {
        "id": job.job_id,
        "backend": job.backend,
        "state": state,
        "status": job.state,
        "program": {"id": job.program},
        "created": iso(job.created),
        "ended": iso(job.finished),
        "tags": list(job.tags),
        "session_id": job.session or None,
        "private": job.private,
        "cost": job.max_seconds,
        "estimated_running_time_seconds": job.estimated_seconds,
        "usage": {"seconds": job.used_seconds if job.is_final else 0.0},
    }


def _wanted(job: Job, ask: Ask) -> bool:
    checks = (
        set(ask.query.get("tags", ())) <= set(job.tags),
        ask.one("backend") in ("", job.backend),
        ask.one("program") in ("", job.program),
        ask.one("session_id") in ("", job.session),
        ask.one("pending") in ("", str(not job.is_final).lower()),
        not (after := ask.one("created_after")) or job.created >= _seconds(after),
        not (before := ask.one("created_before")) or job.created <= _seconds(before),
    )
    return all(checks)


def _no_job(job: str) -> Answer:
    return refusal(404, 3302, f"Job not found: {job}")


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
