"""The command line in processes of its own, which may kill themselves at any step.

Processes are forked from one that has everything imported: the client alone takes seconds.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import multiprocessing
import os
import re
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any
from unittest import mock

import qbcircuit.queueing
from qbcircuit.cli import main, running
from qbcircuit.ledger import Ledger
from qbcircuit.study import RunFolder
from qbcircuit_ibm import IbmDevice, limits

for _name in (
    "qiskit_ibm_runtime.executor_sampler", "qbcircuit.comparison", "qbcircuit.plot",
    "qbcircuit.report", "qbcircuit.cli.compare_verb", "qbcircuit.cli.jobs_verb",
    "qbcircuit.cli.run_verb",
):  # fmt: skip
    importlib.import_module(_name)  # before processes are forked, so that each has it already

ROOT = Path(__file__).parents[2]
_LONGEST_SECONDS = 150.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One command.

    Args:
        words: of the command line.
        folder: where it is given; its output is kept there too.
        environment: all of it.
        kill: a step, which of its kind (from 0), and whether to die before or after it.
        most_executions: of a job, which splits small work.
        unreachable: seconds that the machine may be silent.
        python: a program to run instead of the command line.
    """

    words: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    kill: tuple[str, int, str] | None = None
    most_executions: int = limits.MOST_EXECUTIONS
    unreachable: float = 30.0
    python: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended.

    Args:
        code: its exit code; -9 where it was killed.
        out: what it printed.
        err: what it printed as errors and news.
        steps: that it took, in order; the last may be unfinished.
    """

    code: int
    out: str
    err: str
    steps: tuple[str, ...]

    @property
    def said(self) -> str:
        """All that a user saw, on one line."""
        return " ".join((self.out + self.err).split())


@dataclass(frozen=True, slots=True)
class Running:
    """A command under way."""

    process: Any
    folder: Path
    words: tuple[str, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """Those that it has taken or begun so far."""
        return tuple(self._text("steps").splitlines())

    def outcome(self) -> Outcome:
        """Wait for its end."""
        self.process.join(_LONGEST_SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise TimeoutError(f"no end after {_LONGEST_SECONDS:g} s:\n{self._text('err')}")
        return Outcome(self.process.exitcode, self._text("out"), self._text("err"), self.steps)

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text(errors="replace")


def start(order: Order) -> Running:
    """Give a command."""
    order.folder.mkdir(parents=True, exist_ok=True)
    for name in ("out", "err", "steps"):
        (order.folder / name).write_text("")
    process = _context().Process(target=_child, args=(order,))
    process.start()
    return Running(process, order.folder, order.words)


@functools.cache
def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), before)))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return context


def _child(order: Order) -> None:
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    warnings.resetwarnings()
    warnings.simplefilter("default", UserWarning)
    for number, name in ((1, "out"), (2, "err")):
        with Path(name).open("ab") as file:
            os.dup2(file.fileno(), number)
    mock.patch.object(limits, "MOST_EXECUTIONS", order.most_executions).start()
    patience = functools.partial(
        qbcircuit.queueing.Patience,
        first=0.05,
        longest=0.3,
        unreachable=order.unreachable,
        unsent=order.unreachable,
    )
    mock.patch.object(qbcircuit.queueing, "Patience", patience).start()
    mock.patch.object(running, "_figures", lambda *_: []).start()  # of no interest here
    _watch(_Steps(order.folder / "steps", order.kill))
    if order.python is not None:
        exec(compile(order.python, "<program>", "exec"), {"__name__": "__main__"})
        sys.exit(0)
    main(order.words)


class _Steps:
    """Writes every step down, and ends the process at the one that was chosen."""

    def __init__(self, file: Path, kill: tuple[str, int, str] | None) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND)
        self._kill = kill
        self._taken: Counter[str] = Counter()

    def around(self, name: str, action: Callable[[], Any]) -> Any:
        """Take a step."""
        place = (name, self._taken[name])
        self._taken[name] += 1
        os.write(self._file, f"{name}\n".encode())
        self._die((*place, "before"))
        made = action()
        self._die((*place, "after"))
        return made

    def _die(self, place: tuple[str, int, str]) -> None:
        if place == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)


def _watch(steps: _Steps) -> None:
    """Everything that a command leaves behind, on disk and with the machine, is a step."""
    _wrap(steps, Ledger, "record", lambda job: f"record {job.state.value}")
    _wrap(steps, Ledger, "record_spare", lambda _: "record spare")
    _wrap(steps, RunFolder, "write", lambda name, _: f"write {_without_hash(name)}")
    for name in ("submit", "find", "report", "result", "cancel"):
        _wrap(steps, IbmDevice, name, lambda *_, name=name, **__: name)
    _wrap_context(steps, Ledger, "sending", "lock")
    _wrap_context(steps, IbmDevice, "together", "batch")


def _without_hash(name: str) -> str:
    return re.sub(r"[0-9a-f]{8,}", "#", name)


def _wrap(steps: _Steps, kind: type, name: str, title: Callable[..., str]) -> None:
    method = getattr(kind, name)

    @functools.wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return steps.around(title(*args, **kwargs), lambda: method(self, *args, **kwargs))

    setattr(kind, name, wrapped)


def _wrap_context(steps: _Steps, kind: type, name: str, title: str) -> None:
    method = getattr(kind, name)

    @contextlib.contextmanager
    def wrapped(self: Any, *args: Any) -> Iterator[None]:
        context = method(self, *args)
        steps.around(f"{title} opens", context.__enter__)
        try:
            yield
        except BaseException:
            if not context.__exit__(*sys.exc_info()):
                raise
        else:
            steps.around(f"{title} closes", lambda: context.__exit__(None, None, None))

    setattr(kind, name, wrapped)
