"""A queueing machine for tests: jobs are files, and another process may do or ask for them.

Run as a script, ``spool.py work FOLDER`` is the machine and ``spool.py result FOLDER HANDLE`` a
later process that only knows the handle.
"""

from __future__ import annotations

import contextlib
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from qbcircuit.backend import (
    Batch,
    BatchItem,
    Cost,
    Counts,
    ExecutionSettings,
    JobReport,
    JobState,
    Reading,
    ResultUnreadable,
    check_shots,
)
from qbcircuit.device import ideal_target
from qbcircuit.ledger import Ledger
from qbcircuit.plan import CircuitPlan
from qbcircuit.queueing import Patience, Queue, Submission
from qbcircuit.target import DeviceTarget
from qbcircuit_aer import AerBackend


class SpoolBackend:
    """Aer behind a folder of requests and results."""

    name = "spool"

    def __init__(self, folder: Path, most: int = 1000) -> None:
        self.folder = Path(folder)
        self.most = most

    def target(self, n_sites: int) -> DeviceTarget:
        return ideal_target(n_sites)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        patience = Patience(sleep=lambda _: self.work())
        submission = Submission(approve=lambda _: True, patience=patience)
        queue = Queue(self, Ledger.open(self.folder), submission)
        return queue.run(batch, shots=shots, seed=seed, unit=uuid.uuid4().hex)

    def configured(self, settings: ExecutionSettings) -> SpoolBackend:
        return self

    def split(self, batch: Batch, *, shots: int) -> tuple[Batch, ...]:
        check_shots(shots)
        return tuple(batch[i : i + self.most] for i in range(0, len(batch), self.most))

    def cost(self, batch: Batch, *, shots: int) -> Cost:
        jobs = len(self.split(batch, shots=shots))
        return Cost(circuits=len(batch), shots=shots, jobs=jobs, seconds=0.0, estimated_by="spool")

    @contextlib.contextmanager
    def together(self, n_jobs: int) -> Iterator[None]:
        yield

    def submit(self, job: Batch, *, shots: int, seed: int, tag: str) -> str:
        handle = f"{len(list(self.folder.glob('*.request.json'))):04}-{uuid.uuid4().hex[:8]}"
        plans = {item.plan.content_hash: item.plan for item in job}
        request = {
            "tag": tag,
            "plans": {key: plan.to_json() for key, plan in plans.items()},
            "items": [[item.plan.content_hash, item.index] for item in job],
            "shots": shots,
            "seed": seed,
        }
        (self.folder / f"{handle}.request.json").write_text(json.dumps(request))
        return handle

    def find(self, tag: str) -> tuple[JobReport, ...]:
        requests = sorted(self.folder.glob("*.request.json"))
        mine = [file for file in requests if json.loads(file.read_text())["tag"] == tag]
        return tuple(self.report(file.name.removesuffix(".request.json")) for file in mine)

    def report(self, handle: str) -> JobReport:
        if (self.folder / f"{handle}.cancelled").exists():
            return JobReport(handle=handle, state=JobState.CANCELLED)
        done = (self.folder / f"{handle}.result.json").exists()
        return JobReport(handle=handle, state=JobState.DONE if done else JobState.SUBMITTED)

    def result(self, handle: str) -> bytes | None:
        file = self.folder / f"{handle}.result.json"
        return file.read_bytes() if file.exists() else None

    def decode(self, raw: bytes, job: Batch, *, shots: int) -> list[Reading]:
        try:
            found = [Counts.from_mapping(counts) for counts in json.loads(raw)]
        except ValueError as error:
            raise ResultUnreadable(f"The spool's result is no JSON: {error}.") from None
        return list(found)

    def cancel(self, handle: str) -> None:
        if self.report(handle).state is JobState.SUBMITTED:
            (self.folder / f"{handle}.cancelled").write_text("")

    def work(self) -> None:
        for path in self.folder.glob("*.request.json"):
            result = path.with_name(path.name.replace(".request.", ".result."))
            if result.exists():
                continue
            request = json.loads(path.read_text())
            plans = {key: CircuitPlan.from_json(text) for key, text in request["plans"].items()}
            batch = [BatchItem(plans[key], index) for key, index in request["items"]]
            readings = AerBackend().run(batch, shots=request["shots"], seed=request["seed"])
            result.write_text(json.dumps([dict(reading) for reading in readings]))


if __name__ == "__main__":
    spool = SpoolBackend(Path(sys.argv[2]))
    if sys.argv[1] == "work":
        spool.work()
    else:
        print((spool.result(sys.argv[3]) or b"[]").decode())
