"""``qbcircuit devices``: what can be run on."""

from __future__ import annotations

import click

NOTES = {
    "exact": "the exact reference, no circuits and no shots",
    "aer": "ideal circuits on a local Aer simulator",
    "aer-mps": "the same with matrix-product states, for many weakly entangled cells",
    "noisy": "a line of qubits with made-up, reproducible noise, on Aer",
}


@click.command("devices")
@click.option("--ask", is_flag=True, help="Ask services which devices your account may use.")
def command(ask: bool) -> None:
    """List what can be run on."""
    from qbcircuit import machines
    from qbcircuit.report import console

    out = console()
    for name in machines.names():
        out.print(f"{name:<10} {NOTES.get(name, '')}".rstrip(), markup=False)
    for family in machines.devices(ask=ask):
        what = family.missing or ", ".join(family.names) or family.note
        out.print(f"{family.prefix}_<name>: {what}", markup=False)
    out.print("compile targets: all-to-all, line, heavy-hex, and any device above", markup=False)
