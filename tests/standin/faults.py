"""Faults on demand: which request they meet, and what happens to it."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.standin.settings import write_atomically

LONGEST_SECONDS = 120.0


class Act(StrEnum):
    """What happens to a request, or to the job that it creates."""

    STATUS = "status"
    """An error status, with ``retry_after`` if given."""
    DROP = "drop"
    """The connection closes without a word."""
    SLOW = "slow"
    """The answer is right but ``seconds`` late."""
    TRUNCATE = "truncate"
    """Half the body, announced as if it were whole."""
    CUT = "cut"
    """Half the body, then the connection closes."""
    HTML = "html"
    """A web page with status 200."""
    EMPTY = "empty"
    """No body, with status 204 or the one given."""
    REVOKE = "revoke"
    """Every access token issued so far is unknown from now on."""
    EXPIRE = "expire"
    """This token has expired: 401, once."""
    JOB_FAILS = "job fails"
    """The job that this request creates fails, for ``reason``."""
    JOB_CANCELLED = "job cancelled"
    """The service cancels the job that this request creates."""
    JOB_TOO_LONG = "job too long"
    """The job that this request creates exceeds its time."""
    JOB_STALLS = "job stalls"
    """The job that this request creates runs until it is cancelled."""


JOB_ACTS = (Act.JOB_FAILS, Act.JOB_CANCELLED, Act.JOB_TOO_LONG, Act.JOB_STALLS)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule; of several that meet one request the first acts.

    Args:
        method: HTTP method, or ``"*"``.
        path: without ``/api/v1``; ``*`` is one part of it, as in ``"/jobs/*/results"``, and ``**``
            is anything.
        act: what happens.
        after: the request takes effect first, e.g. the job exists and the answer is 502.
        skip: the first so many requests that it meets go through.
        count: it acts on so many requests, on all with ``None``.
        probability: with which it acts, drawn from the seed of the server.
        status: of the answer (``STATUS``, ``EMPTY``).
        retry_after: seconds in the header of that name; no header with ``None``.
        seconds: how late (``SLOW``).
        reason: why the job failed (``JOB_FAILS``).
        reason_code: IBM's number for it.
    """

    method: str
    path: str
    act: Act
    _: dataclasses.KW_ONLY
    after: bool = False
    skip: int = 0
    count: int | None = 1
    probability: float = 1.0
    status: int = 0
    retry_after: float | None = None
    seconds: float = 0.0
    reason: str = "Internal error"
    reason_code: int = 9999

    def __post_init__(self) -> None:
        object.__setattr__(self, "act", Act(self.act))
        if self.act is Act.STATUS and not 400 <= self.status <= 599:
            raise ValueError(f"A fault of status needs status=400..599, got {self.status}.")
        if not 0 <= self.seconds <= LONGEST_SECONDS:
            raise ValueError(f"A fault is 0..{LONGEST_SECONDS} seconds late, got {self.seconds}.")
        if not 0 <= self.probability <= 1 or self.skip < 0:
            raise ValueError(f"A fault needs a probability and skip >= 0, got {self}.")

    def meets(self, method: str, path: str) -> bool:
        """Whether the rule is about such requests."""
        pattern = re.escape(self.path).replace(r"\*\*", ".*").replace(r"\*", "[^/]+")
        return self.method in ("*", method) and re.fullmatch(pattern, path) is not None


class FaultRules:
    """The rules in force and how often each met and acted; a restart changes neither."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._path = folder / "faults.json"
        self._seed = seed
        self._lock = threading.Lock()
        self._rows: list[tuple[Fault, int, int]] = []
        if self._path.exists():
            self._rows = [
                (Fault(**row["fault"]), row["met"], row["acted"])
                for row in json.loads(self._path.read_text())
            ]

    def add(self, faults: Iterable[Fault]) -> None:
        """Put more rules behind those there."""
        with self._lock:
            self._save([*self._rows, *((fault, 0, 0) for fault in faults)])

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._save([])

    def rows(self) -> list[dict[str, Any]]:
        """Each rule with the number of requests that it met, and of those that it acted on."""
        with self._lock:
            return _plain(self._rows)

    def acting(self, method: str, path: str) -> Fault | None:
        """The rule that acts on this request, which counts as met by the rules before it."""
        with self._lock:
            rows, found = list(self._rows), None
            for i, (fault, met, acted) in enumerate(rows):
                if not fault.meets(method, path):
                    continue
                acts = self._acts(i, fault, met, acted)
                rows[i] = (fault, met + 1, acted + acts)
                if acts:
                    found = fault
                    break
            if rows != self._rows:
                self._save(rows)
            return found

    def _acts(self, i: int, fault: Fault, met: int, acted: int) -> bool:
        if met < fault.skip or (fault.count is not None and acted >= fault.count):
            return False
        return random.Random(f"{self._seed}/{i}/{met}").random() < fault.probability

    def _save(self, rows: Sequence[tuple[Fault, int, int]]) -> None:
        self._rows = list(rows)
        write_atomically(self._path, json.dumps(_plain(rows)))


def _plain(rows: Sequence[tuple[Fault, int, int]]) -> list[dict[str, Any]]:
    return [{"fault": plain_fault(fault), "met": met, "acted": acted} for fault, met, acted in rows]


def plain_fault(fault: Fault) -> dict[str, Any]:
    """A rule as JSON has it: the keywords of ``Fault``."""
    return {
        field.name: getattr(fault, field.name)
        for field in dataclasses.fields(fault)
        if field.name != "_"
    }
