"""Three-way merging of records, field by field, where a merge of their one line would see a conflict."""

import json
from typing import Any

from hdsl.structure.reading import NotOfStructure
from hdsl.structure.writing import written


def merge_records(base: str, one: str, other: str) -> str | None:
    """The base with the changes of both; None if both change a field, or one of the texts is not a canonical record.

    A list is one value, as nobody can say which items are which.
    """
    values = [_record(text) for text in (base, one, other)]
    if any(value is None for value in values):
        return None
    try:
        return written(_merged(*values))
    except NotOfStructure:
        return None


_ABSENT = object()


def _merged(base: Any, one: Any, other: Any) -> Any:
    if one == other or other == base:
        return one
    if one == base:
        return other
    if not all(isinstance(value, dict) for value in (base, one, other)):
        raise NotOfStructure("is changed in two ways")
    merged = {
        name: _merged(base.get(name, _ABSENT), one.get(name, _ABSENT), other.get(name, _ABSENT))
        for name in _in_order(one, other)
    }
    return {name: value for name, value in merged.items() if value is not _ABSENT}


def _in_order(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names of both, each behind those that it stands behind."""
    names = list(one)
    at = 0
    for name in other:
        if name in one:
            at = names.index(name) + 1
        else:
            names.insert(at, name)
            at += 1
    return names


def _record(text: str) -> dict[str, Any] | None:
    """The record that a text is in canonical form."""
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
        return value if isinstance(value, dict) and written(value) == text else None
    except (ValueError, RecursionError):
        return None
