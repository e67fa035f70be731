"""``qbcircuit protocols``: list the charging families, or explain one."""

from __future__ import annotations

import click


@click.command("protocols")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the charging families, or explain one."""
    from rich.table import Table

    from qbcircuit import protocols
    from qbcircuit.protocols.family import STRENGTH
    from qbcircuit.report import console

    out = console()
    if name is None:
        made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for title in ("name", "k", "m", "Hamiltonian", "what it is"):
            made.add_column(title)
        for one in protocols.FAMILIES.values():
            made.add_row(one.name, one.order, one.participation, one.hamiltonian, one.summary)
        out.print(made, markup=False)
        out.print("Most take --field h, which adds h ΣZ. More: qbcircuit protocols NAME.")
        return
    one = protocols.family(name)
    for title, text in (
        (one.name, one.summary),
        ("Hamiltonian", one.hamiltonian),
        ("order k", one.order),
        ("participation m", one.participation),
        ("bound", one.bound),
        ("options", ", ".join(one.options)),
        ("reference", one.reference),
    ):
        out.print(f"{title}: {text}", markup=False)
    for own in (STRENGTH, *one.parameters):
        choices = f" ({', '.join(own.choices)})" if own.choices else ""
        out.print(f"--set {own.name}={own.default}: {own.help}{choices}", markup=False)
