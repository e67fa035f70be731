"""Every experiment of this folder, one after the other, and one table.

Each runs in a process of its own with one thread, so that its CPU seconds are its own. Options are
handed on, the folder is divided: ``python experiments/all.py --tiny --out runs/tiny``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

from claims import arguments

FOLDER = Path(__file__).parent
PLUMBING = ("all.py", "claims.py")


def cpu_seconds() -> float:
    """Spent so far by experiments that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def measure(script: Path, out: Path, words: list[str]) -> tuple[str, list[bool], int]:
    """Run one experiment; lines of the table, which claims hold, and its exit code."""
    begin = cpu_seconds()
    written = out / "claims.json"
    written.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, script, "--out", out, *words],
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    held = [row["holds"] for row in json.loads(written.read_text())] if written.exists() else []
    told = f"{sum(held)} of {len(held)}"
    line = f"{script.stem:<16}{told:>14}{cpu_seconds() - begin:>14.1f}"
    failed = [text for text in done.stdout.splitlines() if text.startswith("FAIL")]
    if done.returncode and not failed:
        failed = done.stderr.strip().splitlines()[-1:] or [f"ended with code {done.returncode}"]
    return "\n".join([line, *(f"    {text}" for text in failed)]), held, done.returncode


def main() -> int:
    """0 where every claim of every experiment holds; 130 after Ctrl-C."""
    options = arguments(__doc__ or "", "experiments")
    words = ["--shots", str(options.shots), "--seed", str(options.seed)]
    words += ["--tiny"] * options.tiny
    scripts = sorted(path for path in FOLDER.glob("*.py") if path.name not in PLUMBING)
    print(f"{'experiment':<16}{'claims held':>14}{'CPU seconds':>14}", flush=True)
    held: list[bool] = []
    codes: list[int] = []
    try:
        for script in scripts:
            lines, found, code = measure(script, options.out / script.stem, words)
            held += found
            codes.append(code)
            print(lines, flush=True)
    except KeyboardInterrupt:
        print(f"stopped after {len(codes)} of {len(scripts)} experiments; their files are kept")
        return 130
    print(f"{'all':<16}{f'{sum(held)} of {len(held)}':>14}{cpu_seconds():>14.1f}")
    print(f"files in {options.out}")
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
