"""Frozen dataclasses to JSON and back, and the content hash of what they say."""

from __future__ import annotations

import base64
import dataclasses
import enum
import hashlib
import json
import math
from typing import Any

from qbcircuit.errors import InvalidRequest

_DIGITS = 12
"""Significant digits of a float in a hash: rounding differs in the last bits between machines."""


def encode(value: Any, *, compared_only: bool = False) -> Any:
    """A JSON-ready form of frozen dataclasses, enums, tuples, bytes and numbers.

    Args:
        value: what to encode.
        compared_only: leave out fields that equality ignores, such as names.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            f.name: encode(getattr(value, f.name), compared_only=compared_only)
            for f in dataclasses.fields(value)
            if f.compare or not compared_only
        }
        return {"type": type(value).__name__, **fields}
    if isinstance(value, enum.Enum):
        return {"type": type(value).__name__, "value": value.value}
    if isinstance(value, tuple):
        return [encode(item, compared_only=compared_only) for item in value]
    if isinstance(value, bytes):
        return {"type": "bytes", "value": base64.b64encode(value).decode("ascii")}
    if isinstance(value, complex):
        return {"type": "complex", "value": [value.real, value.imag]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"type": "float", "value": repr(value)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def decode(document: Any, known: tuple[type, ...]) -> Any:
    """The value that :func:`encode` wrote.

    Args:
        document: parsed JSON.
        known: the dataclasses and enums that may appear; nothing else is ever built.

    Raises:
        InvalidRequest: a type that is not known.
    """
    if isinstance(document, list):
        return tuple(decode(item, known) for item in document)
    if not isinstance(document, dict):
        return document
    name = document.get("type")
    if name == "bytes":
        return base64.b64decode(document["value"])
    if name == "complex":
        return complex(*document["value"])
    if name == "float":
        return float(document["value"])
    for kind in known:
        if kind.__name__ == name:
            if issubclass(kind, enum.Enum):
                return kind(document["value"])
            parts = {key: decode(part, known) for key, part in document.items() if key != "type"}
            return kind(**parts)
    raise InvalidRequest(f'The document holds a "{name}", which this version cannot read.')


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of a value's canonical JSON, floats rounded to 12 significant digits.

    Fields that equality ignores do not count: equal values have equal hashes.
    """
    text = json.dumps(
        _rounded(encode(value, compared_only=True)), sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _rounded(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _rounded(part) for key, part in document.items()}
    if isinstance(document, list):
        return [_rounded(part) for part in document]
    if isinstance(document, float):
        return f"{document + 0.0:.{_DIGITS - 1}e}"
    return document
