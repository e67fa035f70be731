"""Charging protocols written as TOML files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    Start,
    ThermalStart,
)
from qbcircuit.terms import Term


def dump(protocol: ChargingProtocol, *, constraint: str | None = None) -> str:
    """A protocol as TOML text, which ``parse`` reads back as an equal protocol.

    Args:
        protocol: any; a sampled drive is written as its steps.
        constraint: written as the file's constraint, where given.
    """
    lines = [*_battery_lines(protocol.battery), "", "[charging]"]
    lines += [f"include_internal = {str(protocol.include_internal).lower()}"]
    lines += [f'constraint = "{constraint}"'] if constraint else []
    place = "charging" if protocol.is_constant else "charging.steps"
    for step in protocol.schedule:
        lines += [] if protocol.is_constant else ["", "[[charging.steps]]"]
        lines += _step_lines(step, place) if isinstance(step, Evolve) else _reset_lines(step)
    return "\n".join(lines) + "\n"


def _battery_lines(battery: Battery) -> list[str]:
    lines = ["[battery]"]
    first = battery.sites[0]
    alike = set(battery.sites) == {first} and first.role is Role.CELL
    if alike:
        lines += [f"cells = {battery.n_cells}", f"levels = {_numbers(first.levels)}"]
    lines.append(f"start = {_start_text(battery.start)}")
    if not alike:
        for site, same in itertools.groupby(battery.sites):
            lines += _site_lines(site, sum(1 for _ in same))
    return lines + _term_lines(battery.interactions, "battery.interactions")


def _site_lines(site: Site, copies: int) -> list[str]:
    lines = ["", "[[battery.sites]]", f'role = "{site.role.value}"']
    lines += [f"levels = {_numbers(site.levels)}"]
    return lines + ([f"copies = {copies}"] if copies > 1 else [])


def _start_text(start: Start) -> str:
    match start:
        case ThermalStart():
            return f"{{thermal = {float(start.beta)!r}}}"
        case GroundStart():
            return '"ground-state"'
        case BasisStart() if not any(start.levels):
            return '"ground"'
        case BasisStart() if max(start.levels) < 10:
            return f'"{start.bits}"'
        case BasisStart():
            return str(list(start.levels))
        case MixedStart():
            return f"{{populations = [{', '.join(map(_numbers, start.populations))}]}}"
        case ProductStart():
            return f"{{amplitudes = [{', '.join(map(_numbers, start.amplitudes))}]}}"
        case PureStart():
            return f"{{state = {_numbers(start.amplitudes)}}}"


def _step_lines(step: Evolve, place: str) -> list[str]:
    lines = [f"duration = {float(step.duration)!r}"] if math.isfinite(step.duration) else []
    lines += [f"shift = {float(step.shift)!r}"] if step.shift else []
    lines += [] if step.terms else ["terms = []"]
    return lines + _term_lines(step.terms, f"{place}.terms")


def _reset_lines(reset: Reset) -> list[str]:
    lines = [f"reset = {list(reset.sites)}"]
    lines += [f"amplitudes = {_numbers(reset.amplitudes)}"] if reset.amplitudes else []
    lines += [f"populations = {_numbers(reset.populations)}"] if reset.populations else []
    certain = reset.probability == 1.0
    return lines + ([] if certain else [f"probability = {float(reset.probability)!r}"])


def _term_lines(terms: Iterable[Term], place: str) -> list[str]:
    lines = []
    for term in terms:
        lines += ["", f"[[{place}]]", f"cells = {list(term.sites)}"]
        lines += [
            f'operators = "{"".join(term.operators)}"',
            f"strength = {_number(term.strength)}",
        ]
    return lines


def _numbers(values: Sequence[complex]) -> str:
    return f"[{', '.join(map(_number, values))}]"


def _number(value: complex) -> str:
    value = complex(value)
    return repr(value.real) if value.imag == 0 else repr([value.real, value.imag])
