"""Requests as they were read and answers before they are sent."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field
from typing import Any

from tests.standin.faults import Fault

Query = dict[str, list[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One request, read.

    Args:
        method: HTTP method.
        path: without ``/api/v1``.
        query: values by name.
        body: as it came.
        authorization: the header.
        fault: what acts on it, for the job that it may create.
    """

    method: str
    path: str
    query: Query = field(default_factory=dict)
    body: bytes = b""
    authorization: str = ""
    fault: Fault | None = None

    def one(self, name: str, default: str = "") -> str:
        """The value of a query parameter that comes once."""
        return self.query.get(name, [default])[0]

    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        value = json.loads(self.body or b"{}")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One response."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    job: str = ""


def answer(value: Any, status: int = 200, job: str = "") -> Answer:
    """A response with a JSON body."""
    return Answer(status=status, body=json.dumps(value).encode(), job=job)


def refusal(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """A response with an error as IBM words it."""
    error = {
        "code": code,
        "message": message,
        "solution": "",
        "more_info": "https://quantum.cloud.ibm.com/docs/errors",
    }
    body = json.dumps({"errors": [error], "trace": "standin"}).encode()
    return Answer(status=status, body=body, headers=headers or {})


def iso(seconds: float | None) -> str | None:
    """A time as the service writes it."""
    if seconds is None:
        return None
    when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return when.isoformat().replace("+00:00", "Z")
