"""``qbcircuit merit``: list the figures of merit, or explain one."""

from __future__ import annotations

import click


@click.command("merit")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the figures of merit that ``run`` and ``compare`` give with --merit, or explain one."""
    from rich.table import Table

    from qbcircuit import merit
    from qbcircuit.estimate import SAMPLED
    from qbcircuit.report import console

    out = console()
    if name is None:
        made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for title in ("name", "unit", "from counts", "what it is"):
            made.add_column(title)
        for one in merit.FIGURES.values():
            made.add_row(one.name, one.unit, "yes" if one.name in SAMPLED else "-", one.definition)
        out.print(made, markup=False)
        out.print("Exact for every one; more: qbcircuit merit NAME.")
        return
    one = merit.figure(name)
    method = SAMPLED[name].method if name in SAMPLED else "none; from the exact reference alone"
    for title, text in (
        (one.name, one.definition),
        ("unit", one.unit or "none"),
        ("condition", one.condition),
        ("from counts", method),
        ("reference", one.reference),
    ):
        out.print(f"{title}: {text}", markup=False)
