"""From words on the command line to protocols."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest
from qbcircuit.starts import Start, ThermalStart


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryWords:
    """What the user said about the battery and the family."""

    cells: int | None
    field: float
    stride: int | None
    initial: str
    levels: tuple[float, ...] | None
    settings: Mapping[str, str]


def is_file(word: str) -> bool:
    """Whether a PROTOCOL|FILE argument means a file."""
    return word.endswith((".toml", ".npz")) or "/" in word or Path(word).is_file()


def battery_from(words: BatteryWords) -> Battery:
    """The battery of a named family.

    Raises:
        InvalidRequest: no -N, or one that cannot be.
    """
    if words.cells is None:
        raise InvalidRequest("How many cells? Give -N, e.g. -N 6.")
    levels = words.levels or (0.0, 1.0)
    return Battery.equal_cells(words.cells, levels=levels, start=_start(words.initial))


def _start(text: str) -> Start | str:
    if not text.startswith("thermal:"):
        return text
    try:
        return ThermalStart(beta=float(text.removeprefix("thermal:")))
    except ValueError as error:
        if isinstance(error, InvalidRequest):
            raise
        raise InvalidRequest(
            f'--initial thermal:BETA needs a number for BETA, got "{text}".'
        ) from None


def named_protocol(name: str, order: int | None, words: BatteryWords) -> ChargingProtocol:
    """A family's protocol, before any rescaling.

    Raises:
        InvalidRequest: an unknown family or options that do not fit it.
    """
    family = protocols.family(name)
    if not math.isfinite(words.field):
        raise InvalidRequest(f"A field must be finite, got --field {words.field}.")
    return family.build(
        battery_from(words),
        order=order,
        stride=words.stride,
        field=words.field,
        parameters=words.settings,
    )


def one_protocol(
    word: str, order: int | None, words: BatteryWords
) -> tuple[ChargingProtocol, Constraint | None]:
    """A protocol from a family name or a file, and the constraint the file asks for.

    Raises:
        InvalidRequest: neither, or options that a file does not take.
    """
    if not is_file(word):
        return named_protocol(word, order, words), None
    _refuse_family_options(word, order, words)
    pulsed = word.endswith(".npz") and words.cells is not None
    read = protocols.load(word, battery_from(words) if pulsed else None)
    if words.cells is not None and words.cells != read.protocol.battery.n_cells:
        raise InvalidRequest(
            f"{word} has {read.protocol.battery.n_cells} cells, but -N says {words.cells}. "
            "Leave -N out."
        )
    return read.protocol, Constraint(read.constraint) if read.constraint else None


def _refuse_family_options(word: str, order: int | None, words: BatteryWords) -> None:
    given = {
        "-k": order is not None,
        "--field": words.field != 0.0,
        "--stride": words.stride is not None,
        "--set": bool(words.settings),
    }
    battery = {"--initial": words.initial != "ground", "--levels": words.levels is not None}
    if word.endswith(".npz"):  # a pulse says nothing of the battery
        if words.cells is None and any(battery.values()):
            raise InvalidRequest("--initial and --levels of a pulse's battery need -N. Give it.")
    else:
        given |= battery
    for option, used in given.items():
        if used:
            raise InvalidRequest(f"{option} is for named families. Write it into {word} instead.")


def parse_constraint(text: str | None, default: Constraint) -> Constraint:
    """A constraint from the flag, or the default where the flag is absent.

    Raises:
        InvalidRequest: an unknown constraint.
    """
    return default if text is None else Constraint.parse(text)
