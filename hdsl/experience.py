"""The one reader of experience files: jsonl, csv, tsv, and the folder layout of a text tensor `[N, 3]`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.ground.files import read_regular

LARGEST_SHAPE = 1000
"""Bytes of the file that holds the shape of a folder of rows."""

COLUMNS = ("query", "key", "value")


class PlacedError(Exception):
    """A file is malformed: where (line and column from 1, in code points) and why."""

    def __init__(self, path: Path, line: int, column: int, message: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message


class ExperienceError(PlacedError):
    """An experience file is malformed."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row and the line of its file that it begins on (the row's number in a folder)."""

    query: str
    key: str
    value: str
    line: int


def read_rows(path: Path) -> tuple[StoredRow, ...]:
    """All rows of an experience file or folder. ExperienceError where malformed, OSError where unreadable."""
    if path.is_dir():
        return tuple(_folder_rows(path))
    try:
        text = read_regular(path).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ExperienceError(path, line, column, "this is not UTF-8") from None
    text = text.removeprefix("\ufeff")
    match path.suffix:
        case ".jsonl":
            return tuple(_jsonl_rows(path, text))
        case ".csv":
            return tuple(_table_rows(path, text, ","))
        case ".tsv":
            return tuple(_table_rows(path, text, "\t"))
        case other:
            raise ExperienceError(path, 1, 1, f"rows are read from .jsonl, .csv and .tsv, not from {other or 'this'}")


def _jsonl_rows(path: Path, text: str) -> Iterator[StoredRow]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_each_once)
        except json.JSONDecodeError as error:
            raise ExperienceError(path, number, error.colno, f"this is not JSON: {error.msg}") from None
        except RecursionError:
            raise ExperienceError(path, number, 1, "this is nested too deeply") from None
        except _TwiceError as twice:
            raise ExperienceError(path, number, 1, f"{twice} is given twice") from None
        except ValueError:
            raise ExperienceError(path, number, 1, "this has a number with too many digits") from None
        if not isinstance(row, dict):
            raise ExperienceError(path, number, 1, 'a row is an object: {"query": …, "key": …, "value": …}')
        for column in COLUMNS:
            if not isinstance(row.get(column), str):
                reason = "is missing" if column not in row else "is no text"
                raise ExperienceError(path, number, 1, f'"{column}" {reason}')
        for name in row:
            if name not in COLUMNS:
                raise ExperienceError(
                    path,
                    number,
                    line.index(json.dumps(name, ensure_ascii=False)) + 1
                    if json.dumps(name, ensure_ascii=False) in line
                    else 1,
                    f'"{name}" is no column of an experience (query, key, value)',
                )
        yield StoredRow(row["query"], row["key"], row["value"], number)


class _TwiceError(ValueError):
    """An object of JSON has a name twice."""


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(members)
    if len(row) < len(members):
        names = [name for name, _ in members]
        raise _TwiceError(json.dumps(next(name for name in names if names.count(name) > 1), ensure_ascii=False))
    return row


def _table_rows(path: Path, text: str, delimiter: str) -> Iterator[StoredRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    start = 1
    try:
        for values in reader:
            line, start = start, reader.line_num + 1
            if header is None:
                header = [value.strip() for value in values]
                if sorted(header) != sorted(COLUMNS):
                    raise ExperienceError(
                        path, line, 1, f"the first line names the columns query{delimiter}key{delimiter}value"
                    )
            elif values:
                if len(values) != len(header):
                    raise ExperienceError(
                        path, line, 1, f"{len(header)} columns are named, this line has {len(values)}"
                    )
                row = dict(zip(header, values, strict=True))
                yield StoredRow(row["query"], row["key"], row["value"], line)
    except csv.Error as error:
        raise ExperienceError(path, reader.line_num or 1, 1, f"this is no table: {error}") from None


def _folder_rows(path: Path) -> Iterator[StoredRow]:
    storage = path / "storage"
    count = _row_count(path)
    for row in range(count):
        texts: list[str] = []
        for column in range(3):
            file = storage.joinpath(*str(row * 3 + column)) / "data"
            try:
                texts.append(read_regular(file).decode("utf-8") if file.exists() else "")
            except UnicodeDecodeError:
                raise ExperienceError(file, 1, 1, "this is not UTF-8") from None
        yield StoredRow(texts[0], texts[1], texts[2], row + 1)


def _row_count(path: Path) -> int:
    try:
        shape = json.loads(read_regular(path / "shape", LARGEST_SHAPE))
    except FileNotFoundError:
        raise ExperienceError(path, 1, 1, "this folder is no text tensor: it has no file `shape`") from None
    except json.JSONDecodeError as error:
        raise ExperienceError(path / "shape", error.lineno, error.colno, f"this is not JSON: {error.msg}") from None
    except (RecursionError, ValueError):
        raise ExperienceError(path / "shape", 1, 1, "this is not the shape of a tensor") from None
    if shape == [0]:
        return 0
    if not (isinstance(shape, list) and len(shape) == 2 and isinstance(shape[0], int) and shape[1] == 3):
        raise ExperienceError(path / "shape", 1, 1, f"an experience has the shape [N, 3], not {shape}")
    return shape[0]
