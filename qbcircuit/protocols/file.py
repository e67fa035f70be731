"""Charging protocols read from TOML files, with all mistakes reported at once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.drives import driven
from qbcircuit.protocols.file_battery import BATTERY_KEYS, read_battery, read_sites
from qbcircuit.protocols.file_charging import CHARGING_KEYS, Charging, read_charging
from qbcircuit.protocols.file_terms import Known
from qbcircuit.protocols.pulses import from_pulse
from qbcircuit.protocols.tables import Problems, Table


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


def load(path: str | Path, battery: Battery | None = None) -> ProtocolFile:
    """The protocol in a TOML file, or the pulse in a ``.npz`` file.

    Args:
        path: the file.
        battery: what a pulse charges, where its file does not say how many cells it is for.

    Raises:
        InvalidRequest: a file that cannot be read, is not TOML, or holds mistakes; all of
            them are in the message, one line each.
    """
    path = Path(path)
    if path.suffix == ".npz":
        pulse = from_pulse(path, battery, name=path.stem)
        return ProtocolFile(protocol=pulse, constraint=None, source=str(path))
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
    battery_table = root.table("battery", BATTERY_KEYS, "[battery] with cells = 6")
    table = root.table("charging", CHARGING_KEYS, "[charging] with [[charging.terms]]")
    sites, known = read_sites(battery_table) if battery_table else ((), Known())
    battery = read_battery(battery_table, sites, known) if battery_table else None
    charging = read_charging(table, known) if table else None
    if problems or battery is None or charging is None:
        raise InvalidRequest(_report(source, problems))
    try:
        protocol = _protocol(battery, charging, Path(source).stem)
    except InvalidRequest as error:
        raise InvalidRequest(_report(source, [f"charging: {error}"])) from None
    return ProtocolFile(protocol=protocol, constraint=charging.constraint, source=source)


def _protocol(battery: Battery, charging: Charging, name: str) -> ChargingProtocol:
    if charging.drives:
        return driven(
            battery,
            charging.drives,
            duration=charging.duration,
            slicing=charging.slicing,
            include_internal=charging.include_internal,
            name=name,
        ).protocol
    return ChargingProtocol(
        battery=battery,
        schedule=charging.schedule,
        include_internal=charging.include_internal,
        name=name,
    )


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
