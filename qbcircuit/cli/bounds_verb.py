"""``qbcircuit bounds``: theory limits as numbers."""

from __future__ import annotations

from typing import Any

import click

from qbcircuit.cli import options
from qbcircuit.cli.inputs import BatteryWords, one_protocol


@click.command("bounds")
@click.argument("family", default="blocks")
@options.cells
@options.orders
@options.battery
def command(family: str, cells: int | None, orders: tuple[int, ...] | None, **words: Any) -> None:
    """Theory limits of FAMILY (default: blocks), or of a TOML file, as numbers."""
    from rich.table import Table

    from qbcircuit import bounds
    from qbcircuit.report import console

    said = BatteryWords(cells=cells, **words)
    out = console()
    for order in orders or (None,):
        protocol, _ = one_protocol(family, order, said)
        made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for title in ("bound", "value", "holds where", "reference"):
            made.add_column(title)
        for one in bounds.theory_limits(protocol):
            value = "-" if one.value is None else f"{one.value:.6g}"
            made.add_row(one.name, value, one.condition, one.reference)
        out.print(
            f"{family} · N={protocol.battery.n_cells} · k={protocol.order} · "
            f"m={protocol.participation}",
            style="bold",
        )
        out.print(made)
