"""``qbcircuit run``: one protocol, its work, charging time and power."""

from __future__ import annotations

from typing import Any

import click

from qbcircuit.cli import options
from qbcircuit.cli.inputs import is_file, one_protocol, parse_constraint


@click.command("run")
@click.argument("protocol")
@options.cells
@options.order
@options.experiment
def command(**words: Any) -> None:
    """Run PROTOCOL (a family or a TOML file): W(t), charging time T, power P."""
    from qbcircuit.cli.running import battery_words, execute
    from qbcircuit.constraints import Constraint

    word = words["protocol"]
    protocol, wish = one_protocol(word, words["order"], battery_words(words))
    constraint = parse_constraint(words["constraint"], wish or Constraint.NONE)
    name = word if is_file(word) else protocol.name
    execute(
        words, [protocol], constraint=constraint, title=name, names=[name], reference_first=False
    )
