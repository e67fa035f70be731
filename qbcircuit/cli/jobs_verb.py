"""``qbcircuit jobs``: the hardware ledger of a run folder."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qbcircuit.ledger import JobRecord, Ledger

_WIDE = 1000

_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group("jobs")
def command() -> None:
    """The hardware ledger of a run folder: list, wait, fetch, cancel."""


@command.command("list")
@_FOLDER
def list_jobs(folder: Path) -> None:
    """All jobs of FOLDER, without asking the machine."""
    from rich.console import Console
    from rich.table import Table

    ledger = _ledger(folder)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("job", "state", "machine", "part", "shots", "seconds", "updated", "note"):
        table.add_column(title, overflow="fold")
    for job in ledger.jobs():
        table.add_row(*_cells(job))
    for spare in ledger.spares():
        used = "" if spare.seconds is None else f"{spare.seconds:g}"
        table.add_row(spare.handle, spare.state.value, "", "", "", used, "", spare.why)
    # Where nobody reads along, one job is one line.
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


@command.command("wait")
@_FOLDER
@click.option("--deadline", type=float, help="Wait at most this many seconds.")
def wait(folder: Path, deadline: float | None) -> None:
    """Wait for the jobs of FOLDER and finish the run; sends nothing new."""
    extra = [] if deadline is None else ["--deadline", f"{deadline!r}"]
    _finish(folder, extra)


@command.command("fetch")
@_FOLDER
def fetch(folder: Path) -> None:
    """Collect what is ready in FOLDER, and finish the run if all is; never waits."""
    _finish(folder, ["--no-wait"])


@command.command("cancel")
@_FOLDER
@click.argument("handles", nargs=-1)
def cancel(folder: Path, handles: tuple[str, ...]) -> None:
    """Cancel the unfinished jobs of FOLDER, or only HANDLES."""
    from dataclasses import replace

    from qbcircuit import machines
    from qbcircuit.backend import JobState, QueueingBackend

    ledger = _ledger(folder)
    ended = (JobState.DONE, JobState.STORED)
    open_jobs = [j for j in ledger.jobs() if j.handle and j.state not in ended]
    open_jobs = [job for job in open_jobs if not job.state.is_lost]
    unknown = set(handles) - {job.handle for job in open_jobs}
    if unknown:
        raise InvalidRequest(
            f"{folder} has no unfinished job {', '.join(sorted(unknown))}. "
            f"See: qbcircuit jobs list {folder}"
        )
    for job in open_jobs:
        if handles and job.handle not in handles:
            continue
        machine = machines.resolve(job.machine.split(" ")[0], n_sites=1)
        if not isinstance(machine, QueueingBackend):
            raise InvalidRequest(f"{machine.name} does not queue: there is nothing to cancel.")
        machine.cancel(job.handle)
        seen = machine.report(job.handle)
        ledger.record(replace(job, state=seen.state, detail=seen.detail, seconds=seen.seconds))
        click.echo(f"Job {job.handle} is {seen.state.value}.")
    if not open_jobs:
        click.echo("No unfinished jobs.")


def _finish(folder: Path, extra: list[str]) -> None:
    """The folder's own command again: what is known is not sent again, what is new is refused."""
    from qbcircuit.cli import cli
    from qbcircuit.cli.sending import kept_request

    folder = folder.resolve()
    _ledger(folder)
    arguments, directory = kept_request(folder)
    os.chdir(directory)
    kept = [word for word in arguments if word not in ("--yes", "--no-wait", "--dry-run")]
    cli.main(
        args=[*kept, "--out", str(folder), *extra],
        prog_name="qbcircuit",
        standalone_mode=False,
        obj=arguments,
    )


def _ledger(folder: Path) -> Ledger:
    from qbcircuit.ledger import Ledger

    found = Ledger.found(folder)
    if found is None:
        raise InvalidRequest(
            f"{folder} has no ledger of hardware jobs. Name the folder of a run on hardware."
        )
    return found


def _cells(job: JobRecord) -> tuple[str, ...]:
    updated = datetime.datetime.fromtimestamp(job.updated).isoformat(" ", timespec="seconds")
    return (
        job.handle or "(not sent)",
        job.state.value,
        job.machine,
        f"{job.chunk + 1}/{job.chunks}",
        str(job.shots),
        "" if job.seconds is None else f"{job.seconds:g}",
        updated,
        job.detail,
    )
