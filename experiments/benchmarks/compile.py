"""Two-qubit gates, depth and CPU seconds of compiled charging protocols, against the peers.

Disjoint blocks, chains, overlapping windows, all-to-all and random interactions on all-to-all,
line and heavy-hex targets. Every circuit is counted as written and checked: against its product
formula, or against the exact evolution. Peers are Qiskit's transpiler at level 3 with each of
its synthesis plug-ins and, with the extra ``peers`` installed, pytket; each gets every order of
terms and keeps the best that passed its check.

    python experiments/benchmarks/compile.py --rows "W4 N20" --out compile.json
    python experiments/benchmarks/compile.py --ours
    python experiments/benchmarks/compile.py --random 60 --limit 20
    python experiments/benchmarks/compile.py --workload W4 -N 30 -k 3 --target line --steps 5
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from compiling import racing, report, scaling, tasks, workloads
from compiling.ours import compiled, counts_of, judged
from compiling.peers import HAS_TKET, peers
from compiling.rows import TARGETS, Row, all_rows, random_rows, small_rows


def ours(row: Row) -> dict[str, Any]:
    """Our circuit of a row by what it saves, counted and checked."""
    found = {}
    for mode in report.MODES:
        plan, circuit, seconds = compiled(row, mode)
        verdict = judged(plan, circuit, row)
        found[mode] = {
            **asdict(counts_of(circuit)),
            "seconds": seconds,
            "method": plan.compilation.method,
            "passed": verdict.passed,
            "route": verdict.route,
        }
    return found


def against(row: Row, names: Sequence[str], given: argparse.Namespace) -> list[dict[str, Any]]:
    """Every peer's circuits of a row.

    Those of a file that was given are not made again, unless there is more to find now.
    """
    found = []
    for name in names:
        kept = given.known.get(row.key, {}).get(name)
        if not kept or _has_more(name, row, kept[-1], given):
            kept = racing.race(name, row, limit=given.limit, seeds=given.seeds)
        found += kept
    return found


def _has_more(name: str, row: Row, ended: dict[str, Any], given: argparse.Namespace) -> bool:
    """Whether there are more seeds than before, or a peer was cut off by a lower limit."""
    cut = ended["done"] < ended["of"]
    asked = len(list(tasks.tasks(name, row, given.seeds)))
    return asked > ended["done"] and (not cut or ended["limit"] < given.limit)


def compared(given: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows asked for, printed as they are done."""
    names = [] if given.ours else given.peers.split(",") if given.peers else list(peers())
    rows = []
    for row in wanted_rows(given):
        rows.append(report.summed_up(row, ours(row), against(row, names, given)))
        print(report.table(rows[-1:]).splitlines()[-1], flush=True)
        if given.out:
            given.out.write_text(json.dumps({"rows": rows}, indent=1))
    return rows


def wanted_rows(given: argparse.Namespace) -> list[Row]:
    """The standard rows that match, or the one described by flags."""
    if given.workload:
        make = workloads.FAMILIES[given.workload]
        return [
            Row(
                workload=make(given.cells, given.order_k),
                target=given.target,
                order=given.formula,
                steps=given.steps,
                from_ground=given.ground,
            )
        ]
    standard = small_rows() if given.tiny else all_rows()
    rows = random_rows(given.random) if given.random else standard
    return [row for row in rows if re.search(given.rows, row.key)]


def known_results(file: Path | None) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Peers' results of an earlier run, by row and peer."""
    if file is None or not file.exists():
        return {}
    known: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in json.loads(file.read_text())["rows"]:
        for one in row["peers"]:
            known.setdefault(row["row"], {}).setdefault(one["who"], []).append(one)
    return known


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--rows", default="", help="standard rows whose name matches this pattern")
    add("--workload", choices=sorted(workloads.FAMILIES), help="another row: its family")
    add("-N", "--cells", type=int, default=12)
    add("-k", "--order-k", type=int, default=3, help="cells in one interaction")
    add("--target", choices=sorted(TARGETS), default="all-to-all")
    add("--random", type=int, help="as many rows of random strings instead of the standard ones")
    add("--formula", type=int, default=2, help="order of the product formula")
    add("--steps", type=int, default=10)
    add("--ground", action="store_true", help="the circuit need only be right from |0...0>")
    add("--ours", action="store_true", help="no peers")
    add("--peers", help="only these, with commas: " + ", ".join(peers()))
    add("--limit", type=float, default=60.0, help="CPU seconds a peer may take for a row")
    add("--seeds", type=int, default=1, help="transpiler seeds that every peer tries")
    add("--reuse", type=Path, help="JSON of an earlier run whose peers are taken over")
    add("--times", action="store_true", help="CPU seconds of large systems instead of the rows")
    add("--tiny", action="store_true", help="small versions of every row, checked as operators")
    add("--out", type=Path, help="write everything as JSON")
    given = parser.parse_args(arguments)
    given.known = known_results(given.reuse)
    return given


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    os.environ.update(racing.ONE_THREAD)
    warnings.simplefilter("ignore")
    given = parsed(arguments)
    if given.times:
        result: dict[str, Any] = {"times": scaling.measured(tiny=given.tiny)}
    else:
        if not (HAS_TKET or given.ours):
            print("pytket is not installed: Qiskit only. Install it: pip install qbcircuit[peers]")
        print(report.table([]))
        rows = compared(given)
        result = {"rows": rows, "means": report.means(rows), "pytket": HAS_TKET}
        print(report.mean_lines(result["means"]))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
