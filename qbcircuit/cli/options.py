"""Options that several verbs share, and how their text becomes values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from qbcircuit.errors import InvalidRequest

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def parse_orders(text: str) -> tuple[int, ...]:
    """Orders from ``1,2,3``, ranges ``1..4``, or both; sorted, each once.

    Raises:
        InvalidRequest: anything else.
    """
    orders: set[int] = set()
    for part in text.split(","):
        low, dots, high = part.strip().partition("..")
        try:
            first = int(low)
            last = int(high) if dots else first
        except ValueError:
            raise InvalidRequest(
                f'-k takes whole numbers and ranges like 1,2,3 or 1..4, got "{text}".'
            ) from None
        if last < first:
            raise InvalidRequest(f'The range "{part.strip()}" in -k runs backwards.')
        if first < 1:
            raise InvalidRequest(f"An interaction order is 1 or more, got k={first}. Use -k 1..N.")
        if last - first > 10_000:
            raise InvalidRequest(f'The range "{part.strip()}" in -k is too long.')
        orders.update(range(first, last + 1))
    return tuple(sorted(orders))


def parse_stretches(text: str) -> tuple[int, ...]:
    """Stretch factors from a list like ``1,3,5``.

    Raises:
        InvalidRequest: anything else.
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InvalidRequest(
            f'--zne takes odd stretch factors, 1 among them, like 1,3, got "{text}".'
        ) from None


def parse_times(text: str) -> tuple[float, ...]:
    """Times from ``a:b:n`` (n evenly spaced from a to b) or a list ``0,0.5,1``.

    Raises:
        InvalidRequest: anything else, a negative time, or times that do not increase.
    """
    try:
        if ":" in text:
            start, stop, count = text.split(":")
            first, last, n = float(start), float(stop), int(count)
            if n < 2 or n > 100_000:
                raise InvalidRequest(f"--times a:b:n needs n of 2 to 100000, got {n}.")
            times = tuple(first + (last - first) * i / (n - 1) for i in range(n))
        else:
            times = tuple(float(part) for part in text.split(","))
    except InvalidRequest:
        raise
    except ValueError:
        raise InvalidRequest(
            f'--times takes a:b:n (n times from a to b) or a list like 0,0.5,1, got "{text}".'
        ) from None
    if any(not math.isfinite(time) or time < 0 for time in times):
        raise InvalidRequest(f'Times must be finite and not negative, got "{text}".')
    if any(late <= early for early, late in itertools.pairwise(times)):
        raise InvalidRequest(f'Times must increase, got "{text}".')
    return times


def stack(*options: Decorator) -> Decorator:
    """Several click options as one decorator, shown in this order."""

    def apply(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


def _parsed(parse: Callable[[Any], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    return lambda _context, _parameter, text: None if text is None else parse(text)


cells = click.option("-N", "--cells", type=int, help="Number of cells.")
order = click.option("-k", "--order", type=int, help="Interaction order.")
orders = click.option(
    "-k",
    "--order",
    "orders",
    callback=_parsed(parse_orders),
    help="Interaction orders: 1,2,3 or 1..4.",
)


def parse_levels(text: str) -> tuple[float, ...]:
    """Level energies from a list like ``0,1,2``.

    Raises:
        InvalidRequest: anything else.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InvalidRequest(
            f'--levels takes energies in rising order like 0,1,2, got "{text}".'
        ) from None


def parse_cells(text: str) -> tuple[int, ...]:
    """Cells from a list like ``0,2``.

    Raises:
        InvalidRequest: anything else.
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InvalidRequest(f'--merit-cells takes numbers like 0,2, got "{text}".') from None


def parse_settings(texts: tuple[str, ...]) -> dict[str, str]:
    """Options of a family from ``name=value`` texts.

    Raises:
        InvalidRequest: a text without an equals sign, or a name given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InvalidRequest(f'--set takes name=value, got "{text}".')
        if name.strip() in found:
            raise InvalidRequest(f"--set names {name.strip()} twice. Name it once.")
        found[name.strip()] = value.strip()
    return found


battery = stack(
    click.option("--field", type=float, default=0.0, help="h of a uniform field h ΣZ."),
    click.option("--stride", type=int, help="Spacing of windows."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        callback=_parsed(parse_settings),
        metavar="NAME=VALUE",
        help="An option of the family's own; see qbcircuit protocols NAME. May be repeated.",
    ),
    click.option(
        "--levels",
        callback=_parsed(parse_levels),
        help="Level energies of a cell, 0,1 by default; more than two make d-level cells.",
    ),
    click.option(
        "--initial",
        default="ground",
        help='Start state: ground, a bit string (rightmost: cell 0), or "thermal:BETA".',
    ),
)
constraint = click.option(
    "--constraint", help="C0, C1, C2 or none: what is held equal between orders."
)
start = click.option(
    "--start",
    type=click.Choice(["auto", "ground", "any"]),
    default="auto",
    help="ground: circuits right from the known start only (cheaper); any: the full operator.",
)
formula = stack(
    click.option("--steps", type=int, help="Product-formula steps at the last time."),
    click.option(
        "--formula", type=click.Choice(["1", "2", "4"]), help="Order of the product formula."
    ),
    click.option("--error", type=float, help="Largest distance from the exact evolution."),
    click.option(
        "--error-kind",
        type=click.Choice(["bound", "estimate"]),
        default="bound",
        help="Choose steps by a guarantee or by a cheaper estimate.",
    ),
    click.option("--optimise", type=click.Choice(["gates", "depth"]), default="gates"),
)
registers = stack(
    click.option(
        "--encoding",
        type=click.Choice(["binary", "gray", "unary"]),
        help="How qubits hold sites of more than two levels; gray by default.",
    ),
    click.option(
        "--mixed",
        type=click.Choice(["purify", "sample"]),
        default="purify",
        help="Mixed starts by a partner for every mixed site, or level by level.",
    ),
)
machine = stack(
    click.option(
        "-b",
        "--backend",
        default="aer",
        help="exact, aer, aer-mps, noisy, fake_<name>, ibm_<name>: see qbcircuit devices.",
    ),
    click.option("--shots", type=int, default=4096, show_default=True),
    click.option("--seed", type=int, default=7, show_default=True),
    click.option("--times", callback=_parsed(parse_times), help="a:b:n, or a list."),
    click.option(
        "--crossing",
        type=float,
        help="Charged when this fraction of capacity is first reached, not at the first maximum.",
    ),
)
merits = stack(
    click.option(
        "--merit",
        help="Figures of merit of the state, e.g. ergotropy,purity, or all: see qbcircuit merit.",
    ),
    click.option(
        "--merit-cells",
        callback=_parsed(parse_cells),
        help="Cells whose state is judged, e.g. 0,2; all by default.",
    ),
    click.option("--store", type=float, help="Delay after charging, for the figures of storage."),
    click.option(
        "--t1",
        type=float,
        help="T1 of a cell during the delay; without --t1 and --t2 what the device reports, and "
        "--store is in seconds.",
    ),
    click.option("--t2", type=float, help="T2 of a cell during the delay, at most 2 T1."),
)
hardware = stack(
    click.option("--yes", is_flag=True, help="Submit to hardware without asking."),
    click.option("--dry-run", is_flag=True, help="Show what hardware would cost; submit nothing."),
    click.option("--max-qpu-seconds", type=float, help="Refuse hardware jobs that cost more."),
    click.option(
        "--mode",
        type=click.Choice(["batch", "session"]),
        default="batch",
        help="How hardware holds several jobs together.",
    ),
    click.option(
        "--dd",
        type=click.Choice(["none", "XX", "XpXm", "XY4"]),
        default="none",
        help="Dynamical decoupling of idle qubits.",
    ),
    click.option("--twirl-gates", is_flag=True, help="Pauli twirling of two-qubit gates."),
    click.option("--twirl-measure", is_flag=True, help="Twirling of the read-out."),
    click.option(
        "--readout-correction/--no-readout-correction",
        default=None,
        help="Calibrate and undo read-out errors; default: on machines that have some.",
    ),
    click.option(
        "--zne",
        callback=_parsed(parse_stretches),
        help="Extrapolate to no gate errors from stretched circuits, e.g. 1,3.",
    ),
    click.option("--no-wait", is_flag=True, help="Submit and go; collect with qbcircuit jobs."),
    click.option("--deadline", type=float, help="Wait at most this many seconds for hardware."),
)
output = stack(
    click.option("--out", type=click.Path(path_type=Path), help="Folder of the run."),
    click.option("--json", "as_json", is_flag=True, help="Print the result document only."),
    click.option("-q", "--quiet", is_flag=True, help="Print less."),
    click.option("-v", "--verbose", is_flag=True, help="Print more; tracebacks too."),
)
experiment = stack(
    battery,
    constraint,
    machine,
    merits,
    hardware,
    start,
    formula,
    registers,
    output,
    click.option("--explain", is_flag=True, help="Say what every column and reason means."),
)
"""What ``run`` and ``compare`` both take."""
