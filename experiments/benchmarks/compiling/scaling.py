"""CPU seconds of long chains: recognition, placement and the written circuit, caches cold."""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import pkgutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

import qbcircuit.compile
from compiling import workloads
from compiling.ours import compiled, counts_of
from compiling.peers import QISKIT, timed
from compiling.racing import stop_after
from compiling.rows import Row
from compiling.tasks import Task, term_orders
from compiling.workloads import Workload

Work = Callable[[Row], dict[str, Any]]

SETTINGS = ("level 3", "rustiq", "mcts")
"""Qiskit's plug-ins whose fastest is the peer; orders as given and by commuting layer."""

_RUNS, _SHORT = 5, 2.0
"""Times that work of fewer CPU seconds is timed: other processes only ever slow it down."""


def measured(*, tiny: bool) -> list[dict[str, Any]]:
    """Ours against the fastest level 3 on heavy-hex, then our own growth; printed on the way."""
    found = []
    for row in versus_rows(tiny=tiny):
        found.append(versus(row))
        print(_versus_line(found[-1]), flush=True)
    for row in growth_rows(tiny=tiny):
        own = best_of(_ours, row)
        assert own, "ours is never stopped"
        found.append({"row": row.key, "ours": own})
        print(
            f"{row.key:44s} ours {own['seconds']:8.3f} s {own['gates']}/{own['depth']}", flush=True
        )
    return found


def versus_rows(*, tiny: bool) -> Iterator[Row]:
    """Double-excitation chain and windows of 3, heavy-hex, order 2."""
    n, steps = (8, (2, 4)) if tiny else (100, (10, 100, 300))
    for workload in (workloads.double_excitation(n), workloads.windows(n, 3)):
        for r in steps:
            yield Row(workload=workload, target="heavy-hex", order=2, steps=r)


def growth_rows(*, tiny: bool) -> Iterator[Row]:
    """The same on a line and all-to-all, by number of qubits and by steps."""
    sizes, steps = ((8, 16), (2, 4)) if tiny else ((100, 300, 1000), (10, 100, 300))
    make: tuple[Callable[[int], Workload], ...] = (
        workloads.double_excitation,
        lambda n: workloads.windows(n, 3),
    )
    for target in ("line", "all-to-all"):
        for family in make:
            for n in sizes:
                yield Row(workload=family(n), target=target, order=2, steps=steps[0])
            for r in steps[1:]:
                yield Row(workload=family(sizes[-1]), target=target, order=2, steps=r)


def versus(row: Row) -> dict[str, Any]:
    """Ours, and the fastest of Qiskit's settings and orders of terms, each the best of a few."""
    own = best_of(_ours, row)
    best: dict[str, Any] | None = None
    for name in SETTINGS:
        for order in [one for one in ("layers", "as given") if one in term_orders(row)]:
            make = functools.partial(_timed, name, order)
            tried = best_of(make, row, limit=best["seconds"] if best else None)
            if tried and (best is None or tried["seconds"] < best["seconds"]):
                best = tried
    assert own and best, "neither of these is ever stopped"
    ratio = best["seconds"] / own["seconds"]
    return {"row": row.key, "ours": own, "qiskit": best, "ratio": ratio}


def best_of(work: Work, row: Row, *, limit: float | None = None) -> dict[str, Any] | None:
    """The fastest of some runs, each in a process of its own; of long work there is only one."""
    best = in_fresh_process(work, row, limit=limit)
    for _ in range(_RUNS - 1 if best and best["seconds"] < _SHORT else 0):
        tried = in_fresh_process(work, row, limit=limit)
        best = min((one for one in (best, tried) if one), key=lambda one: one["seconds"])
    return best


def in_fresh_process(work: Work, row: Row, *, limit: float | None = None) -> dict[str, Any] | None:
    """What the work returns in a process of its own: all is imported, no cache is warm.

    ``None`` where it takes more than ``limit`` CPU seconds.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["compiling.peers", "compiling.ours"])
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_sent, args=(theirs, work, row, limit))
    worker.start()
    theirs.close()
    try:
        result: dict[str, Any] | None = ours.recv()
    except EOFError:
        result = None
    worker.join()
    return result


def _sent(outbox: Connection, work: Work, row: Row, limit: float | None) -> None:
    warnings.simplefilter("ignore")
    _warm_imports()
    stop_after(limit)
    outbox.send(work(row))


def _warm_imports() -> None:
    """Load what both compilers import on first use, and send one trivial circuit through them."""
    for one in pkgutil.walk_packages(qbcircuit.compile.__path__, "qbcircuit.compile."):
        importlib.import_module(one.name)
    tiny = Row(workload=workloads.blocks(2, 2), target="all-to-all", order=1, steps=1)
    compiled(tiny, "gates")
    QISKIT["level 3"](Task(row=tiny, order="as given"))


def _ours(row: Row) -> dict[str, Any]:
    _, circuit, seconds = compiled(row, "gates")
    return {**asdict(counts_of(circuit)), "seconds": seconds}


def _timed(name: str, order: str, row: Row) -> dict[str, Any]:
    written, seconds = timed(QISKIT[name], Task(row=row, order=order))
    return {**asdict(counts_of(written.circuit)), "seconds": seconds, "who": name, "how": order}


def _versus_line(one: dict[str, Any]) -> str:
    own, theirs = one["ours"], one["qiskit"]
    return (
        f"{one['row']:44s} ours {_described(own)}; Qiskit {theirs['who']} ({theirs['how']}) "
        f"{_described(theirs)}; {one['ratio']:.0f}x"
    )


def _described(one: dict[str, Any]) -> str:
    return (
        f"{one['seconds']:.3f} s {one['gates']}/{one['depth']} total depth {one['total_depth']}, "
        f"{one['single']} one-qubit"
    )
