"""What ``run`` and ``compare`` share: folder, progress, files and the printed outcome."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qbcircuit import codec
from qbcircuit.cli.inputs import BatteryWords
from qbcircuit.cli.sending import finished_later, keep_request, submission
from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qbcircuit.charging import ChargingProtocol
    from qbcircuit.comparison import CompileRequest, MeritRequest
    from qbcircuit.constraints import Constraint
    from qbcircuit.study import Progress

RUNS = Path("runs")
"""Where runs go when no --out is given."""

WORK = "work.svg"
ADVANTAGE = "advantage.svg"
"""Figures named beneath the table; the others lie beside them."""


def battery_words(words: dict[str, Any]) -> BatteryWords:
    """The battery options among the words of a command."""
    return BatteryWords(
        cells=words["cells"],
        field=words["field"],
        stride=words["stride"],
        initial=words["initial"],
        levels=words["levels"],
        settings=words["settings"],
    )


def compile_request(words: dict[str, Any]) -> CompileRequest:
    """The compiler options among the words of a command."""
    from qbcircuit.comparison import CompileRequest

    return CompileRequest(
        start=words["start"],
        formula=int(words["formula"]) if words["formula"] else None,
        steps=words["steps"],
        error=words["error"],
        error_kind=words["error_kind"],
        optimise=words["optimise"],
        encoding=words["encoding"],
        mixed=words["mixed"],
        mixed_seed=words["seed"],
    )


def merit_request(words: dict[str, Any]) -> MeritRequest | None:
    """The figures of merit among the words of a command.

    Raises:
        InvalidRequest: unknown figures, or words about storage without --store.
    """
    from qbcircuit.comparison import STORED, MeritRequest
    from qbcircuit.merit import Storage

    delay, t1, t2 = words["store"], words["t1"], words["t2"]
    if delay is None and (t1 is not None or t2 is not None):
        raise InvalidRequest("--t1 and --t2 say what happens in a delay. Give --store TIME too.")
    storage = None
    if delay is not None:
        storage = Storage(delay=delay, t1=math.inf if t1 is None else t1, t2=t2)
    reported = storage is not None and t1 is None and t2 is None
    more: dict[str, Any] = {
        "cells": words["merit_cells"], "storage": storage, "reported": reported,
    }  # fmt: skip
    if words["merit"] is None:
        if storage is None:
            return None
        return MeritRequest(names=STORED, **more)
    if words["merit"] == "all":
        return MeritRequest.every(**more)
    names = tuple(dict.fromkeys(part.strip() for part in words["merit"].split(",")))
    return MeritRequest(names=names, **more)


def run_folder(words: dict[str, Any], title: str, protocols: Sequence[ChargingProtocol]) -> Path:
    """The folder that was asked for, or one named after everything that was asked."""
    if words["out"] is not None:
        return Path(words["out"])
    asked = (
        tuple(protocols), words["constraint"], words["backend"], words["shots"], words["seed"],
        words["times"], words["start"], words["formula"], words["steps"], words["error"],
        words["error_kind"], words["optimise"], words["crossing"], words["dd"],
        words["twirl_gates"], words["twirl_measure"], words["readout_correction"], words["zne"],
        words["encoding"], words["mixed"], words["merit"], words["merit_cells"], words["store"],
        words["t1"], words["t2"],
    )  # fmt: skip
    n = protocols[0].battery.n_cells
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", f"{title}-N{n}-{words['backend']}").strip("-")
    return RUNS / f"{name}-{codec.content_hash(asked)[:8]}"


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on a terminal, plain lines elsewhere, nothing where quiet is asked for."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield lambda done, total: print(f"{done} of {total} parts of the run done", file=sys.stderr)
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("running", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def execute(
    words: dict[str, Any],
    protocols: Sequence[ChargingProtocol],
    *,
    constraint: Constraint,
    title: str,
    names: Sequence[str] = (),
    reference_first: bool = True,
) -> None:
    """Run, write result.json and figures, and print the outcome."""
    from qbcircuit.comparison import Mitigation, compare
    from qbcircuit.study import RunFolder

    merits = merit_request(words)
    folder = RunFolder.open(run_folder(words, title, protocols))
    keep_request(folder)
    silent = words["quiet"] or words["as_json"]
    with finished_later(words), shown_progress(quiet=silent) as progress:
        result = compare(
            protocols,
            constraint=constraint,
            backend=words["backend"],
            shots=words["shots"],
            seed=words["seed"],
            times=words["times"],
            request=compile_request(words),
            names=names,
            title=title,
            folder=folder,
            progress=progress,
            reference_first=reference_first,
            crossing=words["crossing"],
            submission=submission(words),
            merits=merits,
            mitigation=Mitigation(
                readout=words["readout_correction"], stretches=words["zne"] or ()
            ),
        )
    text = json.dumps(result.document, indent=1)
    file = folder.write("result.json", text + "\n")
    files = [file, *_figures(result.document, folder.path)]
    if words["as_json"]:
        click.echo(text)
        return
    from qbcircuit.report import print_comparison

    print_comparison(result.document, files, explain=words["explain"], quiet=words["quiet"])


def _figures(document: dict[str, Any], folder: Path) -> list[Path]:
    """Draw all figures; return those to name under the table."""
    from qbcircuit.plot import write_figures

    written = write_figures(document, folder)
    return [path for path in written if path.name in (ADVANTAGE, WORK)]
