"""``qbcircuit certificate``: every bound on a protocol beside what it reaches."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from qbcircuit.cli import options
from qbcircuit.cli.inputs import BatteryWords, one_protocol, parse_constraint

if TYPE_CHECKING:
    from rich.table import Table

    from qbcircuit.bounds import Certificate

SCHEMA = "qbcircuit.certificate/1"


@click.command("certificate")
@click.argument("protocol")
@options.cells
@options.order
@options.battery
@options.constraint
@click.option("--time", type=float, help="Judge the charge up to here, not to its first maximum.")
@click.option("--json", "as_json", is_flag=True, help="Print the certificate as a document.")
def command(
    protocol: str,
    order: int | None,
    constraint: str | None,
    time: float | None,
    as_json: bool,
    **words: Any,
) -> None:
    """Every bound on PROTOCOL (a family or a TOML file) beside what its exact charge reaches.

    A proved bound that fails is an error in qbcircuit and ends with exit code 1.
    """
    from qbcircuit import bounds
    from qbcircuit.constraints import Constraint
    from qbcircuit.report import console

    asked, wish = one_protocol(protocol, order, BatteryWords(**words))
    held = parse_constraint(constraint, wish or Constraint.C0)
    found = bounds.certificate(asked, held, time=time)
    if as_json:
        click.echo(json.dumps(_document(found), indent=1))
        return
    out = console()
    out.print(_heading(found), style="bold")
    out.print(_table(found), markup=False)
    for one in found.checks:
        if one.note:
            out.print(f"{one.name}: {one.note}", markup=False)
    if found.note:
        out.print(f"No charge to judge: {found.note}", markup=False)


def _heading(found: Certificate) -> str:
    said = f"{found.name} · N={found.n_cells} · k={found.order} · m={found.participation} · "
    said += f"constraint {found.constraint.value}"
    if found.charging_time is not None and found.work is not None:
        said += f" · T={found.charging_time:.6g} · W={found.work:.6g}"
    return said if found.advantage is None else f"{said} · Γ={found.advantage:.6g}"


def _table(found: Certificate) -> Table:
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("bound", "statement", "reached", "limit", "", "holds where", "reference"):
        made.add_column(title)
    for one in found.checks:
        numbers = ["-" if x is None else f"{x:.6g}" for x in (one.reached, one.limit)]
        made.add_row(one.name, one.statement, *numbers, one.status, one.condition, one.reference)
    return made


def _document(found: Certificate) -> dict[str, Any]:
    made = {"schema": SCHEMA} | asdict(found) | {"constraint": found.constraint.value}
    for row, one in zip(made["checks"], found.checks, strict=True):
        row["status"] = one.status
    return made
