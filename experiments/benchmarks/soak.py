"""Random faults, kills and restarts until hundreds of hardware runs have been through them.

The command line and IBM's own client run against the stand-in of the tests. Every sequence is drawn
from its seed: faults on any route of the service, SIGKILL of the client before or after a step,
restarts of the service, two commands at once. Each must end with the counts of a clean run, one job
in use for each part of the work, every other job accounted for, a way out in every message, and no
secret in any output or file.

    python experiments/benchmarks/soak.py --sequences 240 --out soak.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence as Arguments
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.hardware.rehearsal import Rehearsal
from tests.hardware.sequences import Report, Sequence, endured
from tests.standin import Standin


def soaked(seeds: range) -> list[Report]:
    """Every sequence, on one service."""
    reports = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with Standin(root / "service", in_thread=True) as up:
            rehearsal = Rehearsal(root, up)
            for seed in seeds:
                reports.append(endured(rehearsal, Sequence.drawn(seed)))
                told(reports[-1])
    return reports


def told(report: Report) -> None:
    """One line a sequence."""
    end = f"WRONG: {report.wrong}" if report.wrong else "as clean"
    print(
        f"{report.seed}: {report.commands} commands, {report.killed} killed, {report.failed} "
        f"failed, {report.acted} faults, {report.jobs} jobs, {report.spare} spare: {end}",
        flush=True,
    )


def summary(reports: Arguments[Report], seconds: float) -> dict[str, Any]:
    """All sequences together."""
    names = ("commands", "killed", "failed", "acted", "jobs", "spare", "lost")
    messages = Counter(_general(text) for one in reports for text in one.messages)
    return {
        "sequences": len(reports),
        "wrong": [one.seed for one in reports if one.wrong],
        **{name: sum(getattr(one, name) for one in reports) for name in names},
        "seconds": round(seconds, 1),
        "versions": {name: metadata.version(name) for name in ("qiskit", "qiskit-ibm-runtime")},
        "messages": dict(messages.most_common()),
        "reports": [asdict(one) for one in reports],
    }


def _general(text: str) -> str:
    """A message without what differs from run to run."""
    words = (
        "…" if any(c.isdigit() for c in word) and "/" in word else word for word in text.split()
    )
    return " ".join(words)


def main(arguments: Arguments[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1000, help="of the first sequence")
    parser.add_argument("--out", type=Path, default=None, help="write all reports as JSON")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    reports = soaked(range(given.seed, given.seed + given.sequences))
    result = summary(reports, time.monotonic() - began)
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{result['sequences']} sequences, {len(result['wrong'])} wrong, {result['jobs']} jobs")
    return result


if __name__ == "__main__":
    sys.exit(1 if main()["wrong"] else 0)
