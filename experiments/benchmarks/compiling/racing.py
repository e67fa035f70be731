"""Every peer on every row in a process of its own, stopped after a time limit."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from compiling.checks import Verdict, equals_formula, is_as_good, is_some_order
from compiling.formulas import rotations
from compiling.ours import Counts, counts_of
from compiling.peers import Attempt, attempt, attempts
from compiling.rows import TIME, Row, twin

Result = dict[str, Any]
"""One circuit: who, how, counts, CPU seconds and what its check said."""

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS")
ONE_THREAD = {**dict.fromkeys(_POOLS, "1"), "QISKIT_PARALLEL": "FALSE"}
"""What keeps CPU seconds comparable: every compiler on one thread."""


PATIENCE = 20
"""Wall seconds allowed for each CPU second."""


def race(peer: str, row: Row, *, limit: float, seeds: int) -> list[Result]:
    """The peer's circuits that were best so far when they were found, each with its check.

    Args:
        peer: who.
        row: what.
        limit: CPU seconds of compiling; what was found until then counts. Checks and a busy
            machine may take :data:`PATIENCE` times as long.
        seeds: of the transpiler, tried one after another.
    """
    os.environ.update(ONE_THREAD)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["compiling.peers", "compiling.checks"])
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, peer, row, seeds, limit), daemon=True)
    worker.start()
    theirs.close()
    found, message = _gathered(ours, time.monotonic() + PATIENCE * limit)
    worker.kill()
    worker.join()
    worker.close()
    return found or [{"who": peer, "passed": None, "why": message}]


def _gathered(inbox: Connection, until: float) -> tuple[list[Result], str]:
    found: list[Result] = []
    message = "nothing within the time limit"
    while inbox.poll(max(0.0, until - time.monotonic())):
        try:
            item = inbox.recv()
        except EOFError:
            break
        if isinstance(item, str):
            message = item
        else:
            found.append(item)
    return found, message


def _work(outbox: Connection, peer: str, row: Row, seeds: int, limit: float) -> None:
    warnings.simplefilter("ignore")
    try:
        for result in improving(peer, row, seeds, limit):
            outbox.send(result)
    except Exception as error:  # a peer's failure is a result, whatever it is
        outbox.send(f"{type(error).__name__}: {error}"[:200])
    outbox.close()


def improving(peer: str, row: Row, seeds: int, limit: float) -> Iterator[Result]:
    """Circuits with fewer gates or less depth than all that passed before them, checked."""
    best: list[Counts] = []
    for make in attempts(peer, row, seeds):
        stop_after(limit)
        found = make()
        stop_after(None)
        limit -= found.seconds
        counts = counts_of(found.written.circuit)
        if any(one.gates <= counts.gates and one.depth <= counts.depth for one in best):
            continue
        verdict = judged(peer, found, row)
        if verdict.passed is not False:
            best.append(counts)
        yield {
            "who": peer,
            "how": found.order,
            **asdict(counts),
            "seconds": found.seconds,
            "passed": verdict.passed,
            "route": verdict.route,
        }


def stop_after(seconds: float | None) -> None:
    """Let this process be killed once it has used so much more CPU; ``None``: never."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    soft = most if seconds is None else math.ceil(time.process_time() + max(seconds, 1.0))
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))


def judged(peer: str, found: Attempt, row: Row) -> Verdict:
    """A peer's circuit is its formula, or another that errs no more than the row's.

    Where the circuit is too large to tell, the same settings on :func:`twin` stand for it.
    """
    formula = rotations(found.groups, row.order, row.steps, TIME)
    verdict = equals_formula(found.written, formula)
    if not verdict.passed and row.order == 1:
        verdict = is_some_order(found.written, found.groups, row.steps, TIME)
    if verdict.passed:
        return verdict
    verdict = is_as_good(found.written, found.groups, row.order, row.steps, TIME)
    small = twin(row)
    if verdict.passed is None and small.workload.n < row.workload.n:
        again = judged(peer, attempt(peer, small, found.order, found.seed), small)
        return Verdict(passed=again.passed, route=f"twin of {small.workload.n}, {again.route}")
    return verdict
