"""The socket: one port of 127.0.0.1, faults between the request and the answer, a journal."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standin.answers import Answer, Ask, answer, refusal
from tests.standin.faults import Act, Fault, FaultRules
from tests.standin.jobs import Abandoned
from tests.standin.journal import Journal, Request, now
from tests.standin.service import Service
from tests.standin.settings import SettingsFile
from tests.standin.worker import Worker

HOST = "127.0.0.1"
PREFIXES = ("/api/v1", "/experimental/api/v1")
"""The client leaves a URL alone where it contains ``experimental``."""

UNANSWERED = (Act.STATUS, Act.DROP, Act.HTML, Act.EMPTY, Act.EXPIRE)
"""The request has no effect, unless the fault comes ``after`` it."""

PAGE = b"<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"


class Server:
    """A running stand-in.

    Args:
        folder: of its jobs, settings, faults and journal.
        port: 0 for any free one.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.settings = SettingsFile(folder)
        self.service = Service(folder, self.settings)
        self.faults = FaultRules(folder, self.settings.now.seed)
        self.journal = Journal(folder)
        self.stopped = threading.Event()
        self._worker = Worker(self.service.jobs, self.settings)
        self._http = _Http(port, self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._http.server_address[1])

    def start(self) -> None:
        """Take requests and work."""
        self._worker.start()
        self._thread.start()

    def kill(self) -> None:
        """Drop every connection and write nothing more."""
        self.stopped.set()
        self._http.shutdown()
        self._http.drop_all()
        self._http.server_close()
        self._thread.join()
        self._worker.stop()

    def control(self, ask: Ask) -> Answer:
        """The routes by which tests change the stand-in."""
        what = ask.path.removeprefix("/standin/")
        if ask.method == "GET" and what == "faults":
            return answer(self.faults.rows())
        if ask.method == "POST" and what == "faults":
            self.faults.add([Fault(**row) for row in json.loads(ask.body)])
        elif ask.method == "DELETE" and what == "faults":
            self.faults.clear()
        elif ask.method == "GET" and what == "settings":
            return answer(dataclasses.asdict(self.settings.now))
        elif ask.method == "PATCH" and what == "settings":
            self.settings.change(ask.json())
        elif ask.method == "POST" and what == "revoke":
            self.service.accounts.revoke()
        elif ask.method == "POST" and what.startswith("expire/"):
            if self.service.jobs.change(what.removeprefix("expire/"), gone=True) is None:
                return refusal(404, 3302, "Job not found")
        else:
            return refusal(404, 3811, f"Request not found: {ask.method} {ask.path}")
        return answer({})


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, owner: Server) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""

    def drop_all(self) -> None:
        for one in list(self._open):
            _hang_up(one)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, *_: Any) -> None:
        """The journal has it."""

    def _handle(self) -> None:
        owner, ask = self.server.owner, self._ask()
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in (HOST, "localhost"):
            self._send(refusal(403, 2409, "Forbidden: this server is for its own machine."))
            return
        if ask.path.startswith("/standin/"):
            self._send(_guarded(owner.control, ask))
            return
        fault = ask.fault
        if fault is not None and fault.act is Act.SLOW and not fault.after:
            owner.stopped.wait(fault.seconds)
        if fault is not None and fault.act is Act.REVOKE:
            owner.service.accounts.revoke()
        works = fault is None or fault.after or fault.act not in UNANSWERED
        reply = _guarded(owner.service.respond, ask) if works else Answer()
        if fault is not None and fault.act is Act.SLOW and fault.after:
            owner.stopped.wait(fault.seconds)
        if owner.stopped.is_set():
            self._drop()
            return
        spoiled = reply if fault is None else _spoiled(reply, fault)
        dropped = fault is not None and fault.act is Act.DROP
        owner.journal.add(
            Request(
                time=now(),
                method=ask.method,
                path=ask.path,
                query=urlsplit(self.path).query,
                credential=ask.authorization.partition(" ")[0],
                status=0 if dropped else spoiled.status,
                job=reply.job,
                fault=fault.act if fault else "",
            )
        )
        if dropped:
            self._drop()
        else:
            self._send(spoiled, cut=fault is not None and fault.act is Act.CUT)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815  # the base's names

    def _ask(self) -> Ask:
        url = urlsplit(self.path)
        path = url.path
        for prefix in PREFIXES:
            if path.startswith(f"{prefix}/"):
                path = path.removeprefix(prefix)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        control = path.startswith("/standin/")
        return Ask(
            method=self.command,
            path=path,
            query=parse_qs(url.query),
            body=body,
            authorization=self.headers.get("Authorization", ""),
            fault=None if control else self.server.owner.faults.acting(self.command, path),
        )

    def _send(self, reply: Answer, *, cut: bool = False) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        self.wfile.flush()
        if cut:
            self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        _hang_up(self.connection)


def _guarded(respond: Any, ask: Ask) -> Answer:
    try:
        reply: Answer = respond(ask)
    except Abandoned:
        return Answer(status=500)
    except Exception:
        traceback.print_exc()
        return refusal(500, 1000, "API internal error.")
    return reply


def _spoiled(reply: Answer, fault: Fault) -> Answer:
    if fault.act is Act.STATUS:
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        return refusal(fault.status, 1000, f"Fault: {fault.status}.", headers)
    if fault.act is Act.EXPIRE:
        return refusal(401, 2408, "Invalid access token. The access token has expired.")
    if fault.act is Act.HTML:
        return Answer(body=PAGE, kind="text/html")
    if fault.act is Act.EMPTY:
        return Answer(status=fault.status or 204)
    if fault.act is Act.TRUNCATE:
        return dataclasses.replace(reply, body=reply.body[: len(reply.body) // 2])
    return reply


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other end was faster
        connection.shutdown(socket.SHUT_RDWR)
