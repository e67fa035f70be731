"""The hardware ledger: what was sent to a machine that queues, and what came back.

One SQLite file, ``ledger.sqlite`` in the run folder, one transaction per change of state. It is
plain enough to be read with the ``sqlite3`` command:

``jobs``    one line a job: tag, unit, chunk, chunks, attempt, machine, state, handle, detail,
            shots, seed, seconds, intent (JSON: what was to be run, circuits included), raw (the
            result as the machine sent it), readings (JSON, our own schema), created, updated.
``spare``   jobs that a retry of the machine's client made twice: handle, tag, state, seconds, why.
``events``  every change of state: at, tag, state, detail.

A second file, ``ledger.lock``, is held while a process decides whether to send.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qbcircuit.backend import JobState
from qbcircuit.errors import RunFailed

FILE = "ledger.sqlite"
LOCK = "ledger.lock"
_BUSY_SECONDS = 60.0
_LONGEST_SUBMISSION = 3600.0

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs(
    tag TEXT PRIMARY KEY, unit TEXT NOT NULL, chunk INTEGER NOT NULL, chunks INTEGER NOT NULL,
    attempt INTEGER NOT NULL, machine TEXT NOT NULL, state TEXT NOT NULL, handle TEXT NOT NULL,
    detail TEXT NOT NULL, shots INTEGER NOT NULL, seed INTEGER NOT NULL, seconds REAL,
    intent TEXT NOT NULL, raw BLOB, readings TEXT, created REAL NOT NULL, updated REAL NOT NULL);
CREATE TABLE IF NOT EXISTS spare(
    handle TEXT PRIMARY KEY, tag TEXT NOT NULL, state TEXT NOT NULL, seconds REAL,
    why TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events(
    at REAL NOT NULL, tag TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL);
"""

_COLUMNS = (
    "tag", "unit", "chunk", "chunks", "attempt", "machine", "state", "handle", "detail", "shots",
    "seed", "seconds", "intent", "raw", "readings", "created", "updated",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRecord:
    """One job, as last written down.

    Args:
        tag: its name on the machine.
        unit: content hash of the work it is a part of.
        chunk: which part, from 0.
        chunks: number of parts.
        attempt: from 0; more where an earlier one failed.
        machine: where it runs.
        state: where it stands.
        handle: what the machine calls it, once sent.
        detail: reason or message in plain words.
        shots: per circuit.
        seed: of the sampling, where the machine takes one.
        seconds: of the machine's time that it used, where known.
        intent: JSON of what was to be run.
        raw: the result as it came.
        readings: JSON of what it says.
        created: when it was intended, seconds since 1970.
        updated: when its state last changed.
    """

    tag: str
    unit: str
    chunk: int
    chunks: int
    attempt: int
    machine: str
    state: JobState
    handle: str = ""
    detail: str = ""
    shots: int
    seed: int
    seconds: float | None = None
    intent: str = "{}"
    raw: bytes | None = None
    readings: str | None = None
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True)
class SpareJob:
    """A job that carries a tag of ours beside the one that is used."""

    handle: str
    tag: str
    state: JobState
    seconds: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one run folder."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """The ledger, made where it is new.

        Raises:
            RunFailed: the file is damaged or cannot be written.
        """
        ledger = cls(folder)
        with ledger._connection() as connection:
            connection.executescript(_TABLES)
        return ledger

    @classmethod
    def found(cls, folder: Path) -> Ledger | None:
        """The ledger of a folder that has one."""
        return cls.open(folder) if (folder / FILE).exists() else None

    @contextlib.contextmanager
    def sending(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Held by the one process that may send; released when the process ends, however.

        Args:
            waiting: called once where another process holds it.

        Raises:
            RunFailed: another process holds it for an hour.
        """
        with contextlib.closing(sqlite3.connect(self.folder / LOCK, isolation_level=None)) as lock:
            if not _locked(lock, seconds=0.0):
                waiting()
                end = time.monotonic() + _LONGEST_SUBMISSION
                while not (locked := _locked(lock, seconds=0.5)) and time.monotonic() < end:
                    pass  # between two tries an interrupt is heard
                if not locked:
                    raise RunFailed(
                        f"Another process has been sending the jobs of {self.folder} for an hour. "
                        "End it, or wait for it; the same command goes on from there."
                    )
            yield

    def record(self, job: JobRecord) -> JobRecord:
        """Write a job's state down, which makes it no spare; returns once it is safe on disk."""
        now = time.time()
        made = replace(job, created=job.created or now, updated=now)
        values = [getattr(made, name) if name != "state" else made.state.value for name in _COLUMNS]
        marks = ", ".join("?" * len(_COLUMNS))
        with self._connection() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO jobs({', '.join(_COLUMNS)}) VALUES({marks})", values
            )
            connection.execute("DELETE FROM spare WHERE handle = ?", (made.handle,))
            connection.execute(
                "INSERT INTO events VALUES(?, ?, ?, ?)",
                (now, made.tag, made.state.value, made.detail),
            )
        return made

    def record_spare(self, spare: SpareJob) -> None:
        """Write down a job that was made twice."""
        with self._connection() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO spare VALUES(?, ?, ?, ?, ?, ?)",
                (
                    spare.handle, spare.tag, spare.state.value, spare.seconds, spare.why,
                    time.time(),
                ),
            )  # fmt: skip

    def jobs(self, unit: str | None = None) -> list[JobRecord]:
        """Jobs by unit, chunk and attempt; all of them where no unit is named."""
        where, values = ("WHERE unit = ?", (unit,)) if unit is not None else ("", ())
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM jobs {where} ORDER BY created, chunk, attempt",
                values,
            ).fetchall()
        return [_job(row) for row in rows]

    def spares(self) -> list[SpareJob]:
        """Jobs that were made twice."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT handle, tag, state, seconds, why FROM spare ORDER BY at"
            ).fetchall()
        return [SpareJob(row[0], row[1], JobState(row[2]), row[3], row[4]) for row in rows]

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        try:
            connection = sqlite3.connect(self.folder / FILE, timeout=_BUSY_SECONDS)
            try:
                connection.execute("PRAGMA synchronous = FULL")
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise RunFailed(
                f"The ledger {self.folder / FILE} cannot be used ({error}). Nothing on the "
                "machine is lost: jobs keep their tags. Make room, or move the file away."
            ) from None


def _locked(lock: sqlite3.Connection, *, seconds: float) -> bool:
    """Whether this process alone may send, after waiting so long for it."""
    lock.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}")
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _job(row: tuple[object, ...]) -> JobRecord:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = JobState(values["state"])
    return JobRecord(**values)
