"""What can go wrong, in one sentence each: requirement, value, place, way out."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from typing import SupportsIndex


class QbcircuitError(Exception):
    """Base of every error that qbcircuit raises on purpose."""


class InvalidRequest(QbcircuitError, ValueError):
    """The request cannot be right as it stands (exit code 2)."""


class RunFailed(QbcircuitError, RuntimeError):
    """A right request that could not be carried out (exit code 1)."""


class BoundViolated(RunFailed):
    """The exact reference lies beyond a proved bound: an error in qbcircuit, not in the data."""


class MissingExtra(QbcircuitError, ImportError):
    """An optional dependency is needed; the message names the extra."""


def whole_number(
    what: str, value: object, *, least: int | None = None, most: int | None = None, hint: str
) -> int:
    """A count as an ``int``, once it is a whole number in ``least..most``.

    Args:
        what: the count, as a sentence begins with it, e.g. ``"Shots"``.
        value: what was given.
        least: smallest allowed; ``None``: any.
        most: largest allowed; ``None``: any.
        hint: the way out.

    Raises:
        InvalidRequest: anything else; true and false are no counts.
    """
    # plain integers first: asking for a protocol takes longer than the rest of a term
    if type(value) is not int and (isinstance(value, bool) or not isinstance(value, SupportsIndex)):
        raise InvalidRequest(f"{what} must be a whole number, got {value!r}. {hint}")
    number = operator.index(value)
    if least is not None and number < least:
        raise InvalidRequest(f"{what} must be {least} or more, got {number}. {hint}")
    if most is not None and number > most:
        raise InvalidRequest(f"{what} must be {most} or less, got {number}. {hint}")
    return number


def wrong_kind(need: str, value: object, *, hint: str) -> InvalidRequest:
    """The error for an argument that is not of the kind needed, e.g. ``"run takes a plan"``."""
    return InvalidRequest(f"{need}, got {type(value).__name__}. {hint}")


def unknown_name(kind: str, name: str, known: Iterable[str], *, see: str = "") -> InvalidRequest:
    """The error for a name that does not exist, with the closest one that does.

    Args:
        kind: what was asked for, e.g. ``"protocol"``.
        name: the name that was given.
        known: the names that exist.
        see: a command that lists them.
    """
    options = sorted(known)
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.4)
    hint = f" Closest: {close[0]}." if close else f" Known: {', '.join(options)}."
    return InvalidRequest(f'Unknown {kind} "{name}".{hint}' + (f" See: {see}." if see else ""))
