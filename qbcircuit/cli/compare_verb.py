"""``qbcircuit compare``: several orders k against parallel charging under one constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qbcircuit.cli import options
from qbcircuit.cli.inputs import is_file, named_protocol, one_protocol, parse_constraint
from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qbcircuit.charging import ChargingProtocol
    from qbcircuit.cli.inputs import BatteryWords

LARGEST_DEFAULT = 12
"""Without -k every divisor of N up to this order is compared, and N itself."""


@click.command("compare")
@click.argument("protocol", nargs=-1)
@options.cells
@options.orders
@options.experiment
def command(**words: Any) -> None:
    """Compare orders k of PROTOCOL (default: blocks), or several files, with parallel charging."""
    from qbcircuit.cli.running import battery_words, execute
    from qbcircuit.constraints import Constraint

    said = battery_words(words)
    named = words["protocol"] or ("blocks",)
    protocols: list[ChargingProtocol] = []
    names: list[str] = []
    wishes = set()
    for word in named:
        for protocol, wish in _variants(word, words["orders"], said):
            protocols.append(protocol)
            names.append(word if is_file(word) else protocol.name)
            wishes.add(wish)
    if len(wishes) > 1 and words["constraint"] is None:
        raise InvalidRequest(
            "The files ask for different constraints. Say which with --constraint C0, C1 or C2."
        )
    constraint = parse_constraint(words["constraint"], wishes.pop() or Constraint.C0)
    execute(words, protocols, constraint=constraint, title=", ".join(named), names=names)


def _variants(word: str, orders: tuple[int, ...] | None, said: BatteryWords) -> list[Any]:
    """The protocols that one word means: one a file, one an order of a family."""
    from qbcircuit.protocols import family

    if is_file(word) or not family(word).takes_order:
        several = orders if orders is not None else (None,)
        return [one_protocol(word, order, said) for order in several]
    if orders is None:
        orders = _default_orders(said.cells)
    return [(named_protocol(word, order, said), None) for order in orders]


def _default_orders(n_cells: int | None) -> tuple[int, ...]:
    if n_cells is None or n_cells < 1:
        return (1,)
    small = (k for k in range(1, min(n_cells, LARGEST_DEFAULT) + 1) if n_cells % k == 0)
    return tuple(dict.fromkeys((*small, n_cells)))
