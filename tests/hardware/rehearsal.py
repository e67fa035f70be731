"""One service, many commands: what they left behind, and whether anything was lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hardware.command import Order, Outcome, Running, start
from tests.standin import Job, Standin

WORDS = (
    "run", "blocks", "-N", "2", "-k", "2", "--times", "0:1.5:4", "--shots", "200",
    "-b", "ibm_small7",
)  # fmt: skip
"""16 circuits, that of calibration and the noise-work twins included."""

SPLIT = 1700
"""Executions of a job that make two jobs of them."""

TOKEN = "eyJhbGciOiAiSFMyNTYi"
"""How every access token of the stand-in begins."""

_KEPT = ("PATH", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Readings = dict[str, Any]


@dataclass
class Rehearsal:
    """Commands in folders of their own, all on one stand-in.

    Args:
        root: of all folders.
        up: the stand-in.
        most_executions: of a job.
    """

    root: Path
    up: Standin
    most_executions: int = SPLIT
    _count: int = field(default=0, init=False)
    _truth: Readings = field(default_factory=dict, init=False)

    def case(self, words: Sequence[str] = WORDS) -> Case:
        """A request that nobody has made before: the seed makes its tags its own.

        The shots of the stand-in depend on the circuits alone, so all have the same counts.
        """
        self._count += 1
        return Case(self, self.root / f"run{self._count}", (*words, "--seed", str(self._count)))

    @property
    def truth(self) -> Readings:
        """Counts of a run in which nothing went wrong, by plan."""
        if not self._truth:
            clean = self.case()
            ended = clean.run("--yes")
            assert ended.code == 0, ended.err
            self._truth = clean.readings
        return self._truth


@dataclass
class Case:
    """One request and its folder."""

    rehearsal: Rehearsal
    folder: Path
    words: tuple[str, ...]
    outcomes: list[Outcome] = field(default_factory=list)

    def start(self, *more: str, words: Sequence[str] | None = None, **order: Any) -> Running:
        """Give the command, or another on the same folder, and go on."""
        up, number = self.rehearsal.up, len(list(self.folder.parent.glob("command*")))
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"HOME": str(home), "QBCIRCUIT_TEST_SERVICE": "1"} | up.environment()
        given = (*self.words, "--out", str(self.folder)) if words is None else tuple(words)
        return start(
            Order(
                words=(*given, *more),
                folder=self.folder.parent / f"command{number}",
                environment=environment | order.pop("environment", {}),
                **{"most_executions": self.rehearsal.most_executions} | order,
            )
        )

    def run(self, *more: str, **order: Any) -> Outcome:
        """Give the command and wait for its end."""
        return self.ended(self.start(*more, **order))

    def ended(self, running: Running) -> Outcome:
        """Its end; nobody sees a secret, and nobody a traceback."""
        outcome = running.outcome()
        self.outcomes.append(outcome)
        for text in (outcome.out, outcome.err):
            assert self.rehearsal.up.settings.api_key not in text
            assert TOKEN not in text
            assert "-v" in running.words or "Traceback" not in text, text
        return outcome

    @property
    def readings(self) -> Readings:
        """Counts that are kept, by plan."""
        found = {}
        for file in (self.folder / "units").glob("*.json"):
            document = json.loads(file.read_text())
            found[document["plan"]] = document["readings"]
        return found

    def ledger(self, table: str) -> list[dict[str, Any]]:
        """Rows of the ledger, read as any program would."""
        file = self.folder / "ledger.sqlite"
        if not file.exists():
            return []
        connection = sqlite3.connect(file)
        connection.row_factory = sqlite3.Row
        try:
            rows = connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
        except sqlite3.OperationalError:  # it is being made
            return []
        finally:
            connection.close()
        return [dict(row) for row in rows]

    @property
    def jobs(self) -> list[Job]:
        """Jobs of this request on the service, the oldest first."""
        tags = {row["tag"] for row in self.ledger("jobs")}
        return [job for job in self.rehearsal.up.jobs() if tags & set(job.tags)]

    def assert_whole(self) -> None:
        """Nothing was lost, nothing used twice, all that was made is accounted for and told."""
        assert self.readings == self.rehearsal.truth
        rows, spare = self.ledger("jobs"), self.ledger("spare")
        in_use, extra = [row["handle"] for row in rows], [row["handle"] for row in spare]
        assert sorted({*in_use, *extra}) == sorted(job.job_id for job in self.jobs)
        assert len(set(in_use)) == len(in_use)
        assert not set(in_use) & set(extra)
        done = [(row["unit"], row["chunk"]) for row in rows if row["state"] == "done"]
        assert len(set(done)) == len(done) == max(row["chunks"] for row in rows)
        said = " ".join(outcome.said for outcome in self.outcomes)
        used = {job.job_id: job.used_seconds for job in self.jobs}
        for row in spare:
            assert row["handle"] in said
            assert row["seconds"] is None or row["seconds"] == used[row["handle"]]
        self.assert_no_secret()

    def assert_no_secret(self) -> None:
        """Neither the key nor a token is in a file that commands wrote."""
        secrets = (self.rehearsal.up.settings.api_key.encode(), TOKEN.encode())
        for file in self.folder.rglob("*"):
            held = file.read_bytes() if file.is_file() else b""
            assert not any(secret in held for secret in secrets), file
