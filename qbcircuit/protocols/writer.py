"""Charging protocols written as TOML files."""

from __future__ import annotations

import math

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.starts import BasisStart, Start, ThermalStart


def dump(protocol: ChargingProtocol, *, constraint: str | None = None) -> str:
    """A protocol as TOML text, which ``parse`` reads back as an equal protocol.

    Args:
        protocol: of equal two-level cells and without resets, which is all a file can say.
        constraint: written as the file's constraint, where given.

    Raises:
        InvalidRequest: other sites, cells that interact all the time, or a reset.
    """
    battery = protocol.battery
    first = battery.sites[0]
    if len(battery.cells) != battery.n_sites or set(battery.sites) != {first}:
        raise InvalidRequest("A protocol file holds equal cells only. Drop the other sites.")
    if battery.interactions:
        raise InvalidRequest(
            "A protocol file holds cells that do not interact with each other all the time. "
            "Put the interactions among the charging terms."
        )
    if first.dimension != 2:
        raise InvalidRequest(f"A protocol file holds two-level cells, got {first.dimension}.")
    if len(protocol.evolutions) != len(protocol.schedule):
        raise InvalidRequest("A protocol file holds no resets. Take them out of the schedule.")
    lines = ["[battery]", f"cells = {battery.n_cells}", f"levels = {list(first.levels)}"]
    lines += [f"start = {_start_text(battery.start)}", "", "[charging]"]
    lines += [f"include_internal = {str(protocol.include_internal).lower()}"]
    lines += [f'constraint = "{constraint}"'] if constraint else []
    place = "charging" if protocol.is_constant else "charging.steps"
    for step in protocol.evolutions:
        lines += [] if protocol.is_constant else ["", "[[charging.steps]]"]
        lines += _step_lines(step, place)
    return "\n".join(lines) + "\n"


def _start_text(start: Start) -> str:
    if isinstance(start, ThermalStart):
        return f"{{thermal = {start.beta!r}}}"
    if not isinstance(start, BasisStart):
        raise InvalidRequest(
            f"A protocol file holds basis and thermal starts, got a {type(start).__name__}."
        )
    return f'"{start.bits}"' if any(start.levels) else '"ground"'


def _step_lines(step: Evolve, place: str) -> list[str]:
    lines = [f"duration = {step.duration!r}"] if math.isfinite(step.duration) else []
    lines += [f"shift = {step.shift!r}"] if step.shift else []
    lines += [] if step.terms else ["terms = []"]
    for term in step.terms:
        lines += ["", f"[[{place}.terms]]", f"cells = {list(term.sites)}"]
        lines += [
            f'operators = "{"".join(term.operators)}"',
            f"strength = {_number(term.strength)}",
        ]
    return lines


def _number(value: complex) -> str:
    return repr(value.real) if value.imag == 0 else repr([value.real, value.imag])
