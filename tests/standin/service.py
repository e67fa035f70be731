"""What the service answers, route by route; faults and sockets are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.standin import devices
from tests.standin.accounts import PLAN, Accounts, instances, plan
from tests.standin.answers import Answer, Ask, answer, refusal
from tests.standin.job_routes import JobRoutes
from tests.standin.jobs import QUEUED, JobFiles
from tests.standin.sessions import SessionFiles
from tests.standin.settings import INSTANCE, SettingsFile


class Service:
    """The account service and the compute service of a folder."""

    def __init__(self, folder: Path, settings: SettingsFile) -> None:
        self.settings = settings
        self.accounts = Accounts(folder)
        self.jobs = JobFiles(folder)
        self.sessions = SessionFiles(folder)
        routes = JobRoutes(self.jobs, self.sessions, settings)
        self._cancel = routes.cancel_now
        job = r"/jobs/(?P<job>[^/]+)"
        device = r"/backends/(?P<name>[^/]+)"
        self._routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("GET", r"/instances/usage", self._usage),
            ("GET", r"/backends", self._backends),
            ("GET", device + r"/(?P<what>configuration|properties)", self._describe),
            ("GET", device + "/status", self._status),
            ("POST", r"/jobs", routes.create),
            ("GET", r"/jobs", routes.list),
            ("GET", job, routes.job),
            ("DELETE", job, routes.delete),
            ("GET", job + "/results", routes.results),
            ("POST", job + "/cancel", routes.cancel),
            ("GET", job + "/logs", routes.logs),
            ("GET", job + "/metrics", routes.metrics),
            ("PUT", job + "/tags", routes.tags),
            ("POST", r"/sessions", self._open_session),
            ("GET", r"/sessions/(?P<session>[^/]+)", self._session),
            ("PATCH", r"/sessions/(?P<session>[^/]+)", self._patch_session),
            ("DELETE", r"/sessions/(?P<session>[^/]+)/close", self._cancel_session),
        ]

    def respond(self, ask: Ask) -> Answer:
        """The right answer, with its effect."""
        if ask.path == "/identity/token":
            return self._token(ask)
        if refused := self.accounts.refusal(ask.authorization):
            return refusal(401, 2408, f"Invalid access token. {refused}")
        if ask.path == "/v3/resources/search":
            return answer(instances())
        if ask.path.startswith("/catalog/"):
            return answer(plan(ask.path.removeprefix("/catalog/")))
        for method, pattern, route in self._routes:
            if method == ask.method and (found := re.fullmatch(pattern, ask.path)):
                return route(ask, **found.groupdict())
        return refusal(404, 3811, f"Request not found: {ask.method} {ask.path}")

    def _token(self, ask: Ask) -> Answer:
        form = parse_qs(ask.body.decode())
        if form.get("apikey") != [self.settings.now.api_key]:
            error = {
                "errorCode": "BXNIM0415E",
                "errorMessage": "Provided API key could not be found.",
            }
            return answer(error, 400)
        return answer(self.accounts.issue(self.settings.now.token_seconds))

    def _usage(self, _: Ask) -> Answer:
        used = sum(job.used_seconds for job in self.jobs.all())
        limit = self.settings.now.usage_limit_seconds
        usage: dict[str, Any] = {
            "instance_id": INSTANCE,
            "plan_id": PLAN,
            "usage_consumed_seconds": used,
            "usage_limit_reached": limit is not None and used >= limit,
        }
        if limit is not None:
            usage |= {"usage_limit_seconds": limit, "usage_allocation_seconds": limit}
        return answer(usage)

    def _backends(self, _: Ask) -> Answer:
        rows = []
        for name in devices.SNAPSHOTS:
            if device := devices.device(name):
                rows.append(
                    {
                        "name": name,
                        "qubits": device.n_qubits,
                        "physical_qubits": device.n_qubits,
                        "queue_length": self._waiting(name),
                        "is_simulator": False,
                        "status": {"name": "online", "reason": "available"},
                        "processor_type": device.configuration["processor_type"],
                    }
                )
        return answer({"devices": rows})

    def _describe(self, _: Ask, name: str, what: str) -> Answer:
        device = devices.device(name)
        if device is None:
            return refusal(404, 1007, f"Backend not found: {name}")
        return answer(getattr(device, what))

    def _status(self, _: Ask, name: str) -> Answer:
        device = devices.device(name)
        if device is None:
            return refusal(404, 1007, f"Backend not found: {name}")
        return answer(
            {
                "state": True,
                "status": "active",
                "message": "",
                "length_queue": self._waiting(name),
                "backend_version": device.configuration["backend_version"],
            }
        )

    def _open_session(self, ask: Ask) -> Answer:
        given = ask.json()
        return answer(self.sessions.create(given))

    def _session(self, _: Ask, session: str) -> Answer:
        found = self.sessions.get(session, [j for j in self.jobs.all() if j.session == session])
        return answer(found) if found else refusal(404, 3811, f"Session not found: {session}")

    def _patch_session(self, ask: Ask, session: str) -> Answer:
        accepting = bool(ask.json().get("accepting_jobs", True))
        if not self.sessions.change(session, accepting_jobs=accepting):
            return refusal(404, 3811, f"Session not found: {session}")
        return Answer(status=204)

    def _cancel_session(self, _: Ask, session: str) -> Answer:
        if not self.sessions.change(session, accepting_jobs=False):
            return refusal(404, 3811, f"Session not found: {session}")
        for job in self.jobs.all():
            if job.session == session and job.state == QUEUED:
                self._cancel(job.job_id)
        return Answer(status=204)

    def _waiting(self, backend: str) -> int:
        return sum(job.backend == backend and not job.is_final for job in self.jobs.all())
