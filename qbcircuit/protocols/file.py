"""Charging protocols read from TOML files, with all mistakes reported at once."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from qbcircuit.battery import MOST_CELLS, Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.tables import Problems, Table, closest, is_number, kind_of
from qbcircuit.starts import Start, ThermalStart, parse_start
from qbcircuit.terms import LETTERS, Term

_CONSTRAINTS = ("C0", "C1", "C2", "none")
_STEP_KEYS = ("duration", "shift", "terms")
_TERM_KEYS = ("cells", "operators", "strength")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolFile:
    """What a protocol file says.

    Args:
        protocol: the charging protocol, as written (not yet rescaled).
        constraint: ``"C0"``, ``"C1"``, ``"C2"``, ``"none"``, or ``None`` where the file names
            none; the caller applies it.
        source: where it was read from.
    """

    protocol: ChargingProtocol
    constraint: str | None
    source: str


def load(path: str | Path) -> ProtocolFile:
    """The protocol in a TOML file.

    Args:
        path: the file.

    Raises:
        InvalidRequest: a file that cannot be read, is not TOML, or holds mistakes; all of
            them are in the message, one line each.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InvalidRequest(f"There is no protocol file {path}. Check the path.") from None
    except IsADirectoryError:
        raise InvalidRequest(f"{path} is a folder, not a protocol file.") from None
    except UnicodeDecodeError as error:
        raise InvalidRequest(
            f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{path} cannot be read: {error}.") from None
    return parse(text, str(path))


def parse(text: str, source: str = "the protocol file") -> ProtocolFile:
    """The protocol in TOML text.

    Args:
        text: the file's content.
        source: what to call it in messages.

    Raises:
        InvalidRequest: text that is not TOML, or mistakes in it, one line each.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequest(_not_toml(str(error), text, source)) from None
    except (ValueError, RecursionError) as error:  # thousands of digits, or of nested lists
        raise InvalidRequest(f"{source} cannot be read: {error}. Shorten it.") from None
    problems: Problems = []
    root = Table(document, "", ("battery", "charging"), problems)
    battery_table = root.table("battery", ("cells", "levels", "start"), "[battery] with cells = 6")
    charging = root.table(
        "charging",
        ("include_internal", "constraint", "steps", *_STEP_KEYS),
        "[charging] with [[charging.terms]]",
    )
    n_cells = _cells(battery_table) if battery_table else None
    battery = _battery(battery_table, n_cells) if battery_table and n_cells else None
    schedule = _schedule(charging, n_cells) if charging else ()
    internal = charging.flag("include_internal") if charging else False
    constraint = _constraint(charging) if charging else None
    if problems or battery is None:
        raise InvalidRequest(_report(source, problems))
    try:
        protocol = ChargingProtocol(
            battery=battery,
            schedule=schedule,
            include_internal=internal,
            name=Path(source).stem,
        )
    except InvalidRequest as error:
        raise InvalidRequest(_report(source, [f"charging: {error}"])) from None
    return ProtocolFile(protocol=protocol, constraint=constraint, source=source)


def _not_toml(message: str, text: str, source: str) -> str:
    """The parser's message with its place in front, as line and column also at the end."""
    found = re.fullmatch(r"(.*) \(at (.*)\)", message, flags=re.DOTALL)
    what, where = found.groups() if found else (message, "end of document")
    if where == "end of document":
        last = text.rstrip("\n").split("\n")
        where = f"line {len(last)}, column {len(last[-1]) + 1}"
    return f"{source} is not valid TOML at {where}: {what[0].lower()}{what[1:]}."


def _report(source: str, problems: Problems) -> str:
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    return "\n  ".join([f"{source} has {count}:", *problems])


def _cells(table: Table) -> int | None:
    value = table.require("cells", "cells = 6")
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= MOST_CELLS:
        table.note("cells", f"must be a whole number in 1..{MOST_CELLS}, got {value!r}.")
        return None
    return value


def _battery(table: Table, n_cells: int) -> Battery | None:
    levels = table.content.get("levels", [0.0, 1.0])
    start = _start(table, n_cells)
    if not isinstance(levels, list) or len(levels) != 2 or not all(map(is_number, levels)):
        table.note("levels", f"must be two numbers, got {levels!r}. Write [0.0, 1.0].")
        return None
    try:
        low, high = levels
        return Battery.qubits(n_cells, levels=(low, high), start=start or "ground")
    except InvalidRequest as error:
        table.note("levels", str(error))
        return None


def _start(table: Table, n_cells: int) -> Start | None:
    value = table.content.get("start", "ground")
    try:
        if isinstance(value, str):
            return parse_start(value, n_cells)
        if isinstance(value, dict):
            thermal = Table(value, table.at("start"), ("thermal",), table.problems)
            beta = thermal.require("thermal", "thermal = 0.5 (an inverse temperature)")
            if is_number(beta):
                return ThermalStart(beta=float(beta))
            if beta is not None:
                thermal.note("thermal", f"must be a number, got {beta!r}.")
            return None
    except InvalidRequest as error:
        table.note("start", str(error))
        return None
    table.note(
        "start",
        f'must be "ground", a bit string or {{thermal = 0.5}}, got {kind_of(value)}.',
    )
    return None


def _constraint(table: Table) -> str | None:
    if "constraint" not in table:
        return None
    value = table.content["constraint"]
    for name in _CONSTRAINTS:
        if str(value).casefold() == name.casefold():
            return name
    table.note("constraint", f"unknown constraint {value!r}. {closest(str(value), _CONSTRAINTS)}")
    return None


def _schedule(charging: Table, n_cells: int | None) -> tuple[Evolve, ...]:
    if "steps" not in charging:
        step = _step(charging, n_cells, last=True)
        return (step,) if step else ()
    for key in _STEP_KEYS:
        if key in charging:
            charging.note(key, "belongs to a step where charging.steps is given. Move it there.")
    tables = charging.tables("steps", _STEP_KEYS)
    if "steps" in charging and charging.content["steps"] == []:
        charging.note("steps", "needs at least one step. Add [[charging.steps]].")
    steps = [
        _step(table, n_cells, last=i == len(tables) - 1) if table else None
        for i, table in enumerate(tables)
    ]
    if tables and all(step is not None and not step.terms for step in steps):
        charging.note("steps", "need at least one term. Add [[charging.steps.terms]].")
    return tuple(step for step in steps if step)


def _step(table: Table, n_cells: int | None, *, last: bool) -> Evolve | None:
    before = len(table.problems)
    duration = _duration(table, last=last)
    shift = table.number("shift", 0.0)
    entries = table.tables("terms", _TERM_KEYS)
    if table.place == "charging" and table.content.get("terms") == []:
        table.note("terms", "needs at least one term. Add [[charging.terms]].")
    terms = [_term(entry, n_cells) for entry in entries if entry]
    if len(table.problems) > before or duration is None or shift is None:
        return None
    return Evolve(terms=tuple(term for term in terms if term), duration=duration, shift=shift)


def _duration(table: Table, *, last: bool) -> float | None:
    """Only the last step may leave its duration out: it then goes on as long as asked."""
    if "duration" not in table and last:
        return math.inf
    value = table.require("duration", "duration = 1.0")
    if value is None:
        return None
    if not is_number(value) or not value > 0 or (math.isinf(value) and not last):
        table.note("duration", f"must be a positive number, got {value!r}.")
        return None
    return float(value)


def _term(table: Table, n_cells: int | None) -> Term | None:
    before = len(table.problems)
    cells = table.whole_numbers("cells", "cells = [0, 1]")
    operators = table.text("operators", 'operators = "XX"')
    strength = _strength(table)
    if cells is not None:
        _check_cells(table, cells, n_cells)
    if operators is not None:
        _check_operators(table, operators, cells)
    if len(table.problems) > before or cells is None or operators is None or strength is None:
        return None
    try:
        return Term(operators, cells, strength)
    except InvalidRequest as error:
        table.note("strength", str(error).split(": ", 1)[-1])
        return None


def _check_cells(table: Table, cells: list[int], n_cells: int | None) -> None:
    if not cells:
        table.note("cells", "a term needs at least one cell. Leave the term out.")
    for cell in sorted({cell for cell in cells if cells.count(cell) > 1}):
        table.note("cells", f"cell {cell} is named {cells.count(cell)} times. Name it once.")
    for cell in sorted(set(cells)):
        if cell < 0 or (n_cells is not None and cell >= n_cells):
            known = "counted from 0" if n_cells is None else f"0..{n_cells - 1}"
            table.note("cells", f"there is no cell {cell}. Cells are {known}.")


def _check_operators(table: Table, operators: str, cells: list[int] | None) -> None:
    for letter in dict.fromkeys(operators):
        if letter == "I":
            table.note("operators", "identity letters are not needed. Drop I and its cell.")
        elif letter not in LETTERS:
            hint = f"Closest: {letter.upper()}." if letter.upper() in LETTERS else ""
            allowed = hint or "Use X, Y, Z, + or -."
            table.note("operators", f"unknown operator {letter!r}. {allowed}")
    if cells and len(operators) != len(cells):
        table.note(
            "operators",
            f"{len(operators)} letters for {len(cells)} cells. Give one letter a cell.",
        )


def _strength(table: Table) -> complex | None:
    value = table.content.get("strength", 1.0)
    parts = value if isinstance(value, list) and len(value) == 2 else [value]
    if not all(is_number(part) and math.isfinite(part) for part in parts):
        table.note("strength", f"must be a finite number or [re, im], got {value!r}.")
        return None
    return complex(*parts)
