"""A queueing machine for tests: jobs are files, and another process may do or ask for them.

Run as a script, ``spool.py work FOLDER`` is the machine and ``spool.py fetch FOLDER HANDLE`` a
later process that only knows the handle.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from qbcircuit.backend import (
    Batch,
    BatchItem,
    Cost,
    Counts,
    JobState,
    Ledger,
    LedgerEntry,
    Reading,
    check_shots,
)
from qbcircuit.device import ideal_target
from qbcircuit.errors import RunFailed
from qbcircuit.plan import CircuitPlan
from qbcircuit.target import DeviceTarget
from qbcircuit_aer import AerBackend


class SpoolBackend:
    """Aer behind a folder of requests and results."""

    name = "spool"

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def target(self, n_sites: int) -> DeviceTarget:
        return ideal_target(n_sites)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        handle = self.submit(batch, shots=shots, seed=seed, unit="run")
        self.work()
        readings = self.fetch(handle)
        if readings is None:
            raise RunFailed(f"The spool did not finish {handle}.")
        return readings

    def submit(
        self, batch: Batch, *, shots: int, seed: int, unit: str, ledger: Ledger | None = None
    ) -> str:
        check_shots(shots)
        handle = f"job-{unit}"
        if ledger is not None:
            ledger.record(LedgerEntry(unit=unit, state=JobState.INTENT))
        plans = {item.plan.content_hash: item.plan for item in batch}
        request = {
            "plans": {key: plan.to_json() for key, plan in plans.items()},
            "items": [[item.plan.content_hash, item.index] for item in batch],
            "shots": shots,
            "seed": seed,
        }
        (self.folder / f"{handle}.request.json").write_text(json.dumps(request))
        (self.folder / f"{handle}.result.json").unlink(missing_ok=True)
        if ledger is not None:
            ledger.record(LedgerEntry(unit=unit, state=JobState.SUBMITTED, handle=handle))
        return handle

    def fetch(self, handle: str) -> list[Reading] | None:
        result = self.folder / f"{handle}.result.json"
        if not result.exists():
            return None
        return [Counts.from_mapping(counts) for counts in json.loads(result.read_text())]

    def cost(self, batch: Batch, *, shots: int) -> Cost:
        return Cost(circuits=len(batch), shots=shots, jobs=1, seconds=0.0, estimated_by="spool")

    def work(self) -> None:
        for path in self.folder.glob("*.request.json"):
            request = json.loads(path.read_text())
            plans = {key: CircuitPlan.from_json(text) for key, text in request["plans"].items()}
            batch = [BatchItem(plans[key], index) for key, index in request["items"]]
            readings = AerBackend().run(batch, shots=request["shots"], seed=request["seed"])
            result = path.with_name(path.name.replace(".request.", ".result."))
            result.write_text(json.dumps([dict(reading) for reading in readings]))


if __name__ == "__main__":
    spool = SpoolBackend(Path(sys.argv[2]))
    if sys.argv[1] == "work":
        spool.work()
    else:
        print(json.dumps([dict(reading) for reading in spool.fetch(sys.argv[3]) or []]))
