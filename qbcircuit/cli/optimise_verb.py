"""``qbcircuit optimise``: search for the best k-local pulse under one constraint."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qbcircuit.cli import options
from qbcircuit.cli.inputs import parse_constraint
from qbcircuit.errors import InvalidRequest, RunFailed

if TYPE_CHECKING:
    from qbcircuit.optimise import Charger, ChargingTask, Found, Search

SCHEMA = "qbcircuit.optimisation/1"
"""Schema of ``optimise --json``."""

INTERRUPTED = 130

_AS_GOOD = 1e-6
"""Advantage by which a pulse may fall short of blocks and count as good."""


@click.command("optimise")
@options.cells
@options.order
@click.option("--constraint", help="C0 (default) or C1: what the pulse may spend.")
@click.option(
    "--initial", default="ground", help="Start state: ground, or a bit string (rightmost: cell 0)."
)
@click.option("--target", default="full", help="Final state: full, or a bit string.")
@click.option(
    "--slices", type=int, default=8, show_default=True, help="Pieces of constant Hamiltonian."
)
@click.option(
    "--restarts", type=int, default=4, show_default=True, help="Random pulses to begin with."
)
@click.option("--seed", type=int, default=7, show_default=True)
@click.option(
    "--symmetric/--no-symmetric",
    default=None,
    help="Charge all cells alike, which is quicker; by default from six cells on.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the protocol file, or its .toml name."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result document only.")
@click.option("-q", "--quiet", is_flag=True, help="Print less.")
@click.option("-v", "--verbose", is_flag=True, help="Tracebacks too.")
def command(**words: Any) -> int:
    """Search for the piecewise constant pulse of k-body terms that charges fastest.

    Ctrl-C ends the search and keeps the best pulse so far. The pulse is written as a protocol
    file, which run, compile and compare take.
    """
    from qbcircuit.cli.running import shown_progress
    from qbcircuit.optimise import Search, search

    task = _task(words)
    how = Search(**{key: words[key] for key in ("slices", "restarts", "seed", "symmetric")})
    file = _file(words, task, how)
    with shown_progress(quiet=words["quiet"] or words["as_json"]) as progress:
        found = search(task, how, progress=progress)
    charger = _written(task, found, file)
    document = _document(charger, found, how, file)
    if words["as_json"]:
        click.echo(json.dumps(document, indent=1))
    else:
        _print(document, quiet=words["quiet"])
    return INTERRUPTED if found.interrupted else 0


def _task(words: dict[str, Any]) -> ChargingTask:
    from qbcircuit.constraints import Constraint
    from qbcircuit.optimise import ChargingTask

    if words["cells"] is None:
        raise InvalidRequest("How many cells? Give -N, e.g. -N 4.")
    if words["order"] is None:
        raise InvalidRequest("How many cells may interact at once? Give -k, e.g. -k 2.")
    return ChargingTask.between(
        words["cells"],
        words["order"],
        parse_constraint(words["constraint"], Constraint.C0),
        initial=words["initial"],
        target=words["target"],
    )


def _file(words: dict[str, Any], task: ChargingTask, how: Search) -> Path:
    """Where the pulse goes, once it is certain that it can be written there."""
    from qbcircuit import codec
    from qbcircuit.cli.running import RUNS

    name = f"N{task.n_cells}-k{task.order}-{task.constraint.value}"
    out: Path | None = words["out"]
    if out is None:
        asked = (task, how.slices, how.restarts, how.seed, how.symmetric)
        out = RUNS / f"optimise-{name}-{codec.content_hash(asked)[:8]}"
    file = out if out.suffix == ".toml" else out / f"pulse-{name}.toml"
    nearest = next(one for one in (file, *file.parents) if one.exists())
    if nearest is not file and not nearest.is_dir():
        raise InvalidRequest(f"{nearest} is a file. Give --out a folder.")
    if file.is_dir() or not os.access(nearest, os.W_OK):
        raise InvalidRequest(f"{file} cannot be written. Give --out another place.")
    return file


def _written(task: ChargingTask, found: Found, file: Path) -> Charger:
    """The charger as its file tells it, verified before anything is written."""
    from qbcircuit.optimise import verified
    from qbcircuit.protocols import dump, parse

    text = dump(found.protocol, constraint=task.constraint.value)
    charger = verified(task, parse(text, str(file)).protocol)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunFailed(f"{file} cannot be written: {error.strerror}.") from None
    return charger


def _document(charger: Charger, found: Found, how: Search, file: Path) -> dict[str, Any]:
    """What ``--json`` prints; blocks of k cells are compared where all cells are charged."""
    from qbcircuit.bounds import block_advantage

    task = charger.task
    whole = task.is_symmetric
    return {
        "schema": SCHEMA,
        "advantage": charger.advantage,
        "cost": charger.cost,
        "cost_kind": charger.cost_kind,
        "infidelity": charger.infidelity,
        "bound": charger.bound,
        "blocks": block_advantage(task.n_cells, task.order, task.constraint) if whole else None,
        "file": str(file),
        "cells": task.n_cells,
        "order": task.order,
        "constraint": task.constraint.value,
        "initial": task.start.bits,
        "target": task.target.bits,
        "charging_time": charger.protocol.duration,
        "slices": how.slices,
        "restarts": how.restarts,
        "finished": found.finished,
        "interrupted": found.interrupted,
        "seed": how.seed,
        "symmetric": how.is_symmetric(task),
        "reached": list(found.reached),
    }


def _print(document: dict[str, Any], *, quiet: bool) -> None:
    from qbcircuit.report import console

    out = console()
    if not quiet:
        cells = "all cells alike" if document["symmetric"] else "every Pauli string"
        out.print(
            f"optimise · N={document['cells']} · k={document['order']} · "
            f"{document['constraint']} · |{document['initial']}> to |{document['target']}> · "
            f"{document['slices']} slices of {cells} · seed {document['seed']}",
            markup=False,
            highlight=False,
        )
        reached = ", ".join(f"{one:.4f}" for one in document["reached"])
        out.print(f"restarts: Γ = {reached}", markup=False, highlight=False)
    blocks = document["blocks"]
    beside = "" if blocks is None else f", blocks of k cells {blocks:.4f}"
    for line in (
        f"Γ = {document['advantage']:.4f} (at most {document['bound']:.4f}{beside}) · cost "
        f"{document['cost']:.4f} ({document['cost_kind']}) · infidelity "
        f"{document['infidelity']:.1e}",
        f"file: {document['file']}",
    ):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if blocks is not None and document["advantage"] < blocks - _AS_GOOD:
        way_out = "--no-symmetric" if document["symmetric"] else "more --slices or --restarts"
        out.print(f"Blocks charge faster than this pulse. Try {way_out}.", markup=False)
    if document["interrupted"]:
        out.print(
            f"Interrupted after {document['finished']} of {document['restarts']} restarts; "
            "this is the best pulse so far.",
            markup=False,
        )
