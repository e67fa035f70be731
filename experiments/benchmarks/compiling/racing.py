"""Every peer on every row in a process of its own, stopped after a time limit."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from typing import Any

from compiling.checks import Verdict, equals_formula, is_as_good, is_some_order
from compiling.formulas import rotations
from compiling.ours import counts_of
from compiling.peers import Attempt, attempt
from compiling.report import MODES
from compiling.rows import TIME, Row, twin
from compiling.tasks import DEVICE, tasks

Result = dict[str, Any]
"""One circuit: who, how, counts, CPU seconds and what its check said."""

Tried = Attempt | str
"""A circuit, or the error that came instead."""

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS")
ONE_THREAD = {**dict.fromkeys(_POOLS, "1"), "QISKIT_PARALLEL": "FALSE"}
"""What keeps CPU seconds comparable: every compiler on one thread."""

PATIENCE = 20
"""Wall seconds allowed for each CPU second."""

MOST_WRONG = 6
"""Circuits found wrong after which a peer's others are not looked at."""


def race(peer: str, row: Row, *, limit: float, seeds: int) -> list[Result]:
    """The peer's best circuits that passed their checks, and how far it got.

    Args:
        peer: who.
        row: what.
        limit: CPU seconds of compiling; what was found until then counts. A busy machine may
            take :data:`PATIENCE` times as long.
        seeds: of the peer, tried one after another.

    Returns:
        Circuits that were checked; last of all the number of tasks done (``"done"``), of all
        tasks (``"of"``), the limit and the first error (``"why"``).
    """
    os.environ.update(ONE_THREAD)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["compiling.peers", "compiling.checks"])
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(theirs, peer, row, seeds, limit), daemon=True)
    worker.start()
    theirs.close()
    found = list(_gathered(ours, time.monotonic() + PATIENCE * limit))
    worker.kill()
    worker.join()
    worker.close()
    errors = [one for one in found if isinstance(one, str)]
    ended: Result = {
        "who": peer,
        "done": len(found),
        "of": len(list(tasks(peer, row, seeds))),
        "limit": limit,
        "why": errors[0] if errors else "",
    }
    return [*checked(peer, [one for one in found if isinstance(one, Attempt)]), ended]


def _gathered(inbox: Connection, until: float) -> Iterator[Tried]:
    while inbox.poll(max(0.0, until - time.monotonic())):
        try:
            yield inbox.recv()
        except EOFError:
            break


def _work(outbox: Connection, peer: str, row: Row, seeds: int, limit: float) -> None:
    warnings.simplefilter("ignore")
    for one in tried(peer, row, seeds, limit):
        outbox.send(one)
    outbox.close()


def tried(peer: str, row: Row, seeds: int, limit: float) -> Iterator[Tried]:
    """What comes of every task of a row."""
    until = time.process_time() + limit
    for task in tasks(peer, row, seeds):
        stop_after(until - time.process_time())
        try:
            yield attempt(peer, task)
        except Exception as error:  # a peer's failure is a result, whatever it is
            yield f"{task.how}: {type(error).__name__}: {error}"[:200]


def stop_after(seconds: float | None) -> None:
    """Let this process be killed once it has used so much more CPU; ``None``: never."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    soft = most if seconds is None else math.ceil(time.process_time() + max(seconds, 1.0))
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))


def checked(peer: str, found: Sequence[Attempt]) -> list[Result]:
    """Circuits with their checks: the best ones until one passes, by gates and by depth."""
    priced = [(one, counts_of(one.written.circuit)) for one in found]
    verdicts: dict[int, Verdict] = {}
    for mode in MODES:
        other = MODES[mode == MODES[0]]
        order = sorted(
            range(len(priced)),
            key=lambda i: (getattr(priced[i][1], mode), getattr(priced[i][1], other)),
        )
        for i in order:
            if sum(not one.passed for one in verdicts.values()) >= MOST_WRONG:
                break
            verdicts[i] = verdicts.get(i) or judged(peer, priced[i][0])
            if verdicts[i].passed:
                break
    return [
        {
            "who": peer,
            "how": priced[i][0].task.how,
            **asdict(priced[i][1]),
            "seconds": priced[i][0].seconds,
            "passed": verdict.passed,
            "route": verdict.route,
        }
        for i, verdict in sorted(verdicts.items())
    ]


def judged(peer: str, found: Attempt) -> Verdict:
    """A peer's circuit is its formula, or another that errs no more than the row's.

    Where the circuit is too large to tell, the same settings on :func:`twin` stand for it.
    """
    row = found.task.row
    formula = rotations(found.groups, row.order, row.steps, TIME)
    verdict = equals_formula(found.written, formula)
    if not verdict.passed and row.order == 1:
        verdict = is_some_order(found.written, found.groups, row.steps, TIME)
    if verdict.passed:
        return verdict
    verdict = is_as_good(found.written, found.groups, row.order, row.steps, TIME)
    small = twin(row)
    if verdict.passed is None and small.workload.n < row.workload.n:
        again = judged(peer, attempt(peer, replace(found.task, row=small, where=DEVICE)))
        return Verdict(passed=again.passed, route=f"twin of {small.workload.n}, {again.route}")
    return verdict
