"""Reading TOML tables so that every mistake is noted with its place, and none stops the reading."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from typing import Any, TypeGuard

_INDEX = re.compile(r"\[\d+\]")

Problems = list[str]
"""Mistakes found so far, one line each: ``place: what is wrong``."""

_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
}


def kind_of(value: object) -> str:
    """What a TOML value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


def closest(name: str, known: Iterable[str]) -> str:
    """A sentence with the closest known name, or with all of them."""
    options = sorted(known)
    folded = {option.lower(): option for option in options}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return f"Closest: {folded[close[0]]}." if close else f"Known: {', '.join(options)}."


class Table:
    """One TOML table at one place of the file.

    Args:
        content: the parsed table.
        place: where it stands, e.g. ``charging.terms[2]``; empty for the whole file.
        known: the keys that may appear; any other is noted as a mistake.
        problems: the list that mistakes are added to.
    """

    def __init__(
        self, content: dict[str, Any], place: str, known: Iterable[str], problems: Problems
    ) -> None:
        self.content = content
        self.place = place
        self.problems = problems
        names = tuple(known)
        for key in content:
            if key not in names:
                self.note(key, f"unknown key. {closest(key, names)}")

    def at(self, key: str) -> str:
        """The place of a key of this table."""
        return f"{self.place}.{key}" if self.place else key

    def note(self, key: str, problem: str) -> None:
        """Add a mistake at a key."""
        self.problems.append(f"{self.at(key)}: {problem}")

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def require(self, key: str, example: str) -> Any:
        """The raw value, or ``None`` with a mistake noted where it is missing."""
        if key not in self.content:
            self.note(key, f"missing. Add {example}.")
        return self.content.get(key)

    def table(self, key: str, known: Iterable[str], example: str) -> Table | None:
        """A table inside this one, or ``None`` with a mistake noted."""
        value = self.require(key, example)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.note(key, f"must be a table, got {kind_of(value)}. Write [{self.at(key)}].")
            return None
        return Table(value, self.at(key), known, self.problems)

    def tables(self, key: str, known: Iterable[str]) -> list[Table | None]:
        """A list of tables; an entry that is none stands as ``None`` with a mistake noted."""
        place, names = self.at(key), tuple(known)
        header = f"[[{re.sub(_INDEX, '', place)}]]"
        value = self.require(key, header)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(key, f"must be a list of tables, got {kind_of(value)}. Write {header}.")
            return []
        entries: list[Table | None] = []
        for i, entry in enumerate(value):
            if isinstance(entry, dict):
                entries.append(Table(entry, f"{place}[{i}]", names, self.problems))
            else:
                self.note(f"{key}[{i}]", f"must be a table, got {kind_of(entry)}.")
                entries.append(None)
        return entries

    def flag(self, key: str) -> bool:
        """true or false; false where it is missing."""
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            self.note(key, f"must be true or false, got {value!r}.")
        return value is True

    def number(self, key: str, default: float) -> float | None:
        """A finite number, or ``None`` with a mistake noted."""
        value = self.content.get(key, default)
        if not is_number(value) or not math.isfinite(value):
            self.note(key, f"must be a finite number, got {value!r}.")
            return None
        return float(value)

    def count(self, key: str, default: int, most: int) -> int | None:
        """A whole number in 1..most, or ``None`` with a mistake noted."""
        value = self.content.get(key, default)
        if type(value) is not int or not 1 <= value <= most:
            self.note(key, f"must be a whole number in 1..{most}, got {value!r}.")
            return None
        return value

    def choice(self, key: str, options: Iterable[str], default: str) -> str | None:
        """One of some words, or ``None`` with a mistake noted."""
        value, words = self.content.get(key, default), tuple(options)
        if value in words:
            return str(value)
        self.note(key, f"unknown {key} {value!r}. {closest(str(value), words)}")
        return None

    def numbers(self, key: str, example: str) -> list[float] | None:
        """A list of finite numbers, or ``None`` with a mistake noted."""
        value = self.content.get(key)
        if isinstance(value, list) and all(is_number(one) and math.isfinite(one) for one in value):
            return [float(one) for one in value]
        self.note(key, f"must be a list of numbers, got {value!r}. Write {example}.")
        return None

    def complex_numbers(self, key: str, value: object) -> tuple[complex, ...] | None:
        """A list of finite numbers or [re, im] pairs, or ``None`` with a mistake noted."""
        found = [as_complex(one) for one in value] if isinstance(value, list) else [None]
        if all(one is not None for one in found) and found:
            return tuple(one for one in found if one is not None)
        self.note(key, f"must be a list of numbers or [re, im] pairs, got {value!r}.")
        return None

    def whole_numbers(self, key: str, example: str) -> list[int] | None:
        """A list of whole numbers, or ``None`` with a mistake noted."""
        value = self.require(key, example)
        if value is None:
            return None
        if isinstance(value, list) and all(type(one) is int for one in value):
            return value
        self.note(key, f"must be a list of whole numbers, got {value!r}. Write {example}.")
        return None

    def text(self, key: str, example: str) -> str | None:
        """Text, or ``None`` with a mistake noted."""
        value = self.require(key, example)
        if value is None or isinstance(value, str):
            return value
        self.note(key, f"must be text, got {value!r}. Write {example}.")
        return None


def is_number(value: object) -> TypeGuard[float]:
    """Whether a TOML value is a number that a float can hold; true and false are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) < 10**300


def as_complex(value: Any) -> complex | None:
    """A finite number or an [re, im] pair as one number; ``None`` for anything else."""
    parts = value if isinstance(value, list) and len(value) == 2 else [value]
    if not all(is_number(part) and math.isfinite(part) for part in parts):
        return None
    return complex(*parts)
