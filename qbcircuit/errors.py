"""What can go wrong, in one sentence each: requirement, value, place, way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class QbcircuitError(Exception):
    """Base of every error that qbcircuit raises on purpose."""


class InvalidRequest(QbcircuitError, ValueError):
    """The request cannot be right as it stands (exit code 2)."""


class RunFailed(QbcircuitError, RuntimeError):
    """A right request that could not be carried out (exit code 1)."""


class MissingExtra(QbcircuitError, ImportError):
    """An optional dependency is needed; the message names the extra."""


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
