"""The stand-in as tests use it: start, look, disturb, kill, start again."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tests.standin.faults import Act, Fault, plain_fault
from tests.standin.jobs import Job, read_jobs
from tests.standin.journal import Journal, Request
from tests.standin.server import HOST, Server
from tests.standin.settings import INSTANCE, Settings, SettingsFile

if TYPE_CHECKING:
    from qiskit_ibm_runtime import QiskitRuntimeService

ROOT = Path(__file__).resolve().parents[2]


class Standin:
    """A stand-in for the length of a ``with``.

    Args:
        folder: of its files; the same folder is the same service.
        faults: in force from the start.
        in_thread: of this process, which saves its start; otherwise a process of its own.
        settings: the fields of ``Settings``.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        faults: Iterable[Fault] = (),
        in_thread: bool = False,
        **settings: Any,
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(**settings)
        SettingsFile(self.folder, self.settings)
        self.port = 0
        self._faults = tuple(faults)
        self._in_thread = in_thread
        self._server: Server | subprocess.Popen[str] | None = None
        self._environment: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        self.start()
        self.add_faults(*self._faults)
        for name, value in self.environment().items():
            self._environment[name] = os.environ.get(name)
            os.environ[name] = value
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.kill()

    @property
    def url(self) -> str:
        """Of the compute service."""
        return f"http://{HOST}:{self.port}/api/v1"

    def environment(self) -> dict[str, str]:
        """Variables by which the client, unchanged, finds the stand-in in any process."""
        return environment(self.port, self.settings)

    def service(self) -> QiskitRuntimeService:
        """The real client, by the hooks that it offers to everyone."""
        from qiskit_ibm_runtime import QiskitRuntimeService

        return QiskitRuntimeService(
            channel="ibm_quantum_platform",
            token=self.settings.api_key,
            instance=INSTANCE,
            url=self.url,
            url_resolver=lambda url, *_: url,
        )

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first; also those of a dead server."""
        return read_jobs(self.folder)

    def journal(self) -> tuple[Request, ...]:
        """All requests, in the order in which they were answered."""
        return Journal(self.folder).read()

    def requests(self, method: str, path: str) -> tuple[Request, ...]:
        """Those requests of the journal that a rule for this method and path would meet."""
        rule = Fault(method, path, Act.DROP)
        return tuple(one for one in self.journal() if rule.meets(one.method, one.path))

    def add_faults(self, *faults: Fault) -> None:
        """Put more rules behind those in force."""
        self._control("POST", "faults", [plain_fault(fault) for fault in faults])

    def clear_faults(self) -> None:
        """No more faults."""
        self._control("DELETE", "faults")

    def faults(self) -> list[dict[str, Any]]:
        """The rules with how many requests each ``met`` and ``acted`` on."""
        rows: list[dict[str, Any]] = self._control("GET", "faults")
        return rows

    def configure(self, **settings: Any) -> None:
        """Change settings of the running server, e.g. ``held=False``."""
        self.settings = dataclasses.replace(self.settings, **settings)
        self._control("PATCH", "settings", settings)

    def revoke_tokens(self) -> None:
        """Every access token issued so far becomes unknown."""
        self._control("POST", "revoke")

    def expire_result(self, job_id: str) -> None:
        """The result of a job is no longer there."""
        self._control("POST", f"expire/{job_id}")

    def wait_until_idle(self, seconds: float = 60.0) -> None:
        """Until every job is final.

        Raises:
            TimeoutError: one is not.
        """
        end = time.monotonic() + seconds
        while pending := [job.job_id for job in self.jobs() if not job.is_final]:
            if time.monotonic() > end:
                raise TimeoutError(f"{pending} are still pending after {seconds} seconds")
            time.sleep(0.02)

    def start(self) -> None:
        """Start on this folder, on the port of before if there was one."""
        if self._in_thread:
            self._server = Server(self.folder, self.port)
            self._server.start()
            self.port = self._server.port
            return
        words = ["--folder", str(self.folder.resolve()), "--port", str(self.port), "--child"]
        with (self.folder / "server.log").open("a") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.standin", *words],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            raise RuntimeError(f"the stand-in did not start: see {self.folder / 'server.log'}")
        self.port = json.loads(line)["port"]

    def kill(self) -> None:
        """End it at once: SIGKILL, by its own id. What it had accepted is in the folder."""
        server, self._server = self._server, None
        if isinstance(server, Server):
            server.kill()
        elif server is not None:
            server.kill()
            server.communicate()

    def restart(self) -> None:
        """Kill it if it runs, and start it again on the same port and folder."""
        self.kill()
        self.start()

    def _control(self, method: str, what: str, value: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}/standin/{what}",
            method=method,
            data=None if value is None else json.dumps(value).encode(),
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as reply:
            return json.loads(reply.read())


def environment(port: int, settings: Settings) -> dict[str, str]:
    """The variables that the client reads."""
    base = f"http://{HOST}:{port}"
    return {
        "IAM_URL": base,
        "GLOBAL_SEARCH_URL": base,
        "GLOBAL_CATALOG_URL": f"{base}/catalog",
        "QISKIT_IBM_TOKEN": settings.api_key,
        "QISKIT_IBM_INSTANCE": INSTANCE,
        "QISKIT_IBM_URL": f"{base}/experimental/api/v1",
        "NO_PROXY": HOST,
    }
