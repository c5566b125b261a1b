"""The one reader of training data: `.jsonl` files of a JSON object a line.

A line holds the harness's inputs by name, `"expected"` for the result, and `"at"` with what is expected of single nodes
by their paths. Each of these is a text, or nested lists of texts in the shape of what it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from hdsl.experience.files import PlacedError
from hdsl.ground.files import read_regular

EXPECTED, AT = "expected", "at"

Texts: TypeAlias = "str | tuple[Texts, ...]"
"""A text, or nested texts of equal length at each depth."""


class TrainingDataError(PlacedError):
    """A line of training data is malformed."""


@dataclass(frozen=True, slots=True)
class Example:
    """One line of training data. A text stands for every element of its node; `expected` is None where only `at` is."""

    inputs: Mapping[str, Texts]
    expected: Texts | None
    at: Mapping[str, Texts]
    line: int


def read_examples(path: Path) -> tuple[Example, ...]:
    """All examples of a file. TrainingDataError at the first malformed line, OSError where it is unreadable."""
    found: list[Example] = []
    for each in scan_examples(path):
        if isinstance(each, TrainingDataError):
            raise each
        found.append(each)
    return tuple(found)


def scan_examples(path: Path) -> Iterator[Example | TrainingDataError]:
    """Each example, or what is wrong with its line. OSError where the file is unreadable."""
    content = read_regular(path)
    if path.suffix != ".jsonl":
        yield TrainingDataError(path, 1, 1, f"training data is read from .jsonl, not from {path.suffix or 'this'}")
        return
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        yield TrainingDataError(path, line, column, "this is not UTF-8")
        return
    for number, line_text in enumerate(text.split("\n"), 1):
        if line_text.strip():
            try:
                yield _example(_object(line_text), number)
            except _MalformedError as error:
                yield TrainingDataError(path, number, error.column or _column(line_text, error.keys), str(error))


def shape_of(texts: Texts) -> tuple[int, ...]:
    """The lengths of nested texts, from the outermost; nothing for a text."""
    return () if isinstance(texts, str) else (len(texts), *shape_of(texts[0]))


def flat(texts: Texts) -> tuple[str, ...]:
    """Nested texts in row-major order."""
    return (texts,) if isinstance(texts, str) else tuple(text for inner in texts for text in flat(inner))


def span_of(line: str, keys: tuple[str, ...]) -> tuple[int, int]:
    """Where the last of nested keys is written in a line of well-formed JSON, as offsets; the line, if it is not."""
    begin = 0
    written = (0, len(line.rstrip()))
    for key in keys:
        members = {name: (where, value) for name, where, value in _members(line, begin)}
        if key not in members:
            return 0, len(line.rstrip())
        written, begin = members[key]
    return written


class _MalformedError(ValueError):
    def __init__(self, message: str, keys: tuple[str, ...] = (), column: int = 0) -> None:
        super().__init__(message)
        self.keys = keys
        self.column = column


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        raise _MalformedError(f"this is not JSON: {error.msg}", column=error.colno) from None
    except RecursionError:
        raise _MalformedError("this is nested too deeply", column=1) from None
    except _MalformedError:
        raise
    except ValueError:
        raise _MalformedError("this has a number with too many digits", column=1) from None
    if not isinstance(found, dict):
        raise _MalformedError('a line is an object: {"INPUT": …, "expected": …}', column=1)
    return found


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise _MalformedError(f'"{name}" is given twice', (name,))
        found[name] = value
    return found


def _example(line: dict[str, Any], number: int) -> Example:
    at = line.get(AT, {})
    if not isinstance(at, dict):
        raise _MalformedError('"at" is an object: {"NODE": …}', (AT,))
    inputs = {name: _texts(value, (name,)) for name, value in line.items() if name not in (EXPECTED, AT)}
    expected = _texts(line[EXPECTED], (EXPECTED,)) if EXPECTED in line else None
    return Example(inputs, expected, {name: _texts(value, (AT, name)) for name, value in at.items()}, number)


def _texts(value: Any, keys: tuple[str, ...]) -> Texts:
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise _MalformedError(f'"{keys[-1]}" has half a character (a lone surrogate)', keys)
        return value
    if not isinstance(value, list):
        raise _MalformedError(f'"{keys[-1]}" is not text and no list of texts', keys)
    inner = tuple(_texts(each, keys) for each in value)
    if not inner or len({shape_of(each) for each in inner}) > 1:
        reason = "is a list of nothing" if not inner else "has lists of different lengths"
        raise _MalformedError(f'"{keys[-1]}" {reason}', keys)
    return inner


def _column(line: str, keys: tuple[str, ...]) -> int:
    return span_of(line, keys)[0] + 1


def _members(line: str, start: int) -> Iterator[tuple[str, tuple[int, int], int]]:
    """The members of the object at an offset: name, where the name is written, where the value begins."""
    decoder = json.JSONDecoder()
    at = _skipped(line, start, "{")
    while line[at] == '"':
        name, end = decoder.raw_decode(line, at)
        value = _skipped(line, end, ":")
        yield name, (at, end), value
        at = _skipped(line, decoder.raw_decode(line, value)[1], ",")


def _skipped(line: str, at: int, mark: str) -> int:
    """The offset of what comes next, behind blanks and one mark."""
    while line[at] in " \t\r":
        at += 1
    if line[at] != mark:
        return at
    at += 1
    while line[at] in " \t\r":
        at += 1
    return at
