"""What the words of a command say about sending to hardware."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qbcircuit.errors import InvalidRequest, RunFailed

if TYPE_CHECKING:
    from qbcircuit.backend import Cost
    from qbcircuit.queueing import Submission
    from qbcircuit.study import RunFolder

REQUEST = "request.json"
"""The command of a run folder, so that ``qbcircuit jobs wait`` can finish it."""


def submission(words: dict[str, Any]) -> Submission:
    """How to send, after whose consent, and how long to wait."""
    from qbcircuit.backend import ExecutionSettings
    from qbcircuit.queueing import Patience, Submission

    quiet = words["quiet"] or words["as_json"]
    if words["deadline"] is not None and words["deadline"] < 0:
        raise InvalidRequest(
            f"A deadline is a number of seconds, 0 or more, got {words['deadline']:g}."
        )
    return Submission(
        approve=lambda cost: _consent(words, cost),
        patience=Patience(deadline=words["deadline"]),
        wait=not words["no_wait"],
        say=(lambda line: None) if quiet else _say,
        settings=ExecutionSettings(
            mode=words["mode"],
            dynamical_decoupling=None if words["dd"] == "none" else words["dd"],
            twirl_gates=words["twirl_gates"],
            twirl_measurements=words["twirl_measure"],
        ),
    )


def _consent(words: dict[str, Any], cost: Cost) -> bool:
    """Whether to submit: --yes, or an answer on a terminal."""
    from qbcircuit.queueing import cost_line, refuse

    most = words["max_qpu_seconds"]
    if most is not None and cost.seconds > most:
        raise InvalidRequest(
            f"{cost_line(cost)} That is more than --max-qpu-seconds {most:g}. Nothing has been "
            "submitted. Use fewer times, shots or chargers."
        )
    if words["dry_run"]:
        click.echo(f"{cost_line(cost)} Nothing has been submitted (dry run).")
        raise click.exceptions.Exit(0)
    if words["yes"]:
        _say(cost_line(cost))
        return True
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        return click.confirm(f"{cost_line(cost)} Submit?", err=True)
    return refuse(cost)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


@contextlib.contextmanager
def finished_later(words: dict[str, Any]) -> Iterator[None]:
    """Jobs that are still queued are no failure where nobody asked to wait."""
    from qbcircuit.queueing import StillQueued

    try:
        yield
    except StillQueued as news:
        if not words["no_wait"]:
            raise
        _say(str(news))
        raise click.exceptions.Exit(0) from None


def keep_request(folder: RunFolder) -> None:
    """Store the command itself, so that the run can be finished from its folder alone."""
    arguments = click.get_current_context().find_root().obj
    request = {"arguments": arguments, "directory": str(Path.cwd())}
    folder.write(REQUEST, json.dumps(request, indent=1) + "\n")


def kept_request(folder: Path) -> tuple[list[str], Path]:
    """The command of a run folder, and where it was given.

    Raises:
        RunFailed: there is none, or it cannot be read.
    """
    file = folder / REQUEST
    try:
        request = json.loads(file.read_text(encoding="utf-8"))
        return [str(word) for word in request["arguments"]], Path(request["directory"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RunFailed(
            f"{file} does not tell how the run was asked for ({error}). "
            f"Give the same command again with --out {folder}."
        ) from None
