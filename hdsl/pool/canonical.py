"""Canonical JSON (RFC 8785) of the values that pools sign: texts, whole numbers, lists, and objects with ASCII names.

For these values the RFC asks for what `json` writes without spaces, sorted: names of ASCII sort alike by code point and
by UTF-16 unit, and there are no fractions to format. `tests/pool` compares it with the package rfc8785, which is too
slow for segments.
"""

import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class NotCanonical(ValueError):  # noqa: N818 - a state
    """Bytes that are not the canonical form of any value."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value. ValueError for half a character, which no UTF-8 can hold."""
    return _ENCODER.encode(value).encode("utf-8")


def from_canonical(data: bytes) -> Any:
    """The value of canonical bytes. NotCanonical for any others: a value has one form only."""
    try:
        value = json.loads(data.decode("utf-8"))
        written = canonical(value)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"it cannot be read as JSON: {error}") from None
    if written != data:
        raise NotCanonical("it is not in the canonical form of RFC 8785")
    return value
