"""The one reader of experience files: jsonl, csv, tsv, and the folder layout of a text tensor `[N, 3]`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.ground.errors import DOES_NOT_CHECK, HdslError
from hdsl.ground.files import read_regular
from hdsl.ground.row import COLUMNS, WIDTH, Row

LARGEST_SHAPE = 4096
"""Bytes that a file `shape` may have."""


class PlacedError(HdslError):
    """A file is malformed: where (line and column from 1, in code points) and why."""

    exit_code = DOES_NOT_CHECK

    def __init__(self, path: Path, line: int, column: int, message: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message


class ExperienceError(PlacedError):
    """An experience file is malformed."""


@dataclass(frozen=True, slots=True)
class StoredRow(Row):
    """A row and the line of its file that it begins on (the row's number in a folder)."""

    line: int


@dataclass(frozen=True, slots=True)
class StoredCells:
    """The count of rows of a folder, and its texts by flat index up to the first row of which nothing is there."""

    count: int
    texts: Mapping[int, str]


def read_rows(path: Path) -> tuple[StoredRow, ...]:
    """All rows of an experience file or folder. ExperienceError where malformed, OSError where unreadable."""
    if path.is_dir():
        return rows_of_cells(path, read_cells(path))
    text = _text_of(path)
    match path.suffix.lower():
        case ".jsonl":
            rows = tuple(_jsonl_rows(path, text))
        case ".csv":
            rows = tuple(_table_rows(path, text, ","))
        case ".tsv":
            rows = tuple(_table_rows(path, text, "\t"))
        case other:
            raise ExperienceError(path, 1, 1, f"rows are read from .jsonl, .csv and .tsv, not from {other or 'this'}")
    return rows


def read_cells(path: Path) -> StoredCells:
    """What a folder holds, read as it is. Nothing is read behind a row of which nothing is there."""
    count = row_count(path)
    root = path.resolve()
    texts: dict[int, str] = {}
    for row in range(count):
        found = 0
        for index in range(row * WIDTH, (row + 1) * WIDTH):
            text = _element(path, root, index)
            if text is not None:
                texts[index] = text
                found += 1
        if not found:
            break
    return StoredCells(count, texts)


def rows_of_cells(path: Path, cells: StoredCells) -> tuple[StoredRow, ...]:
    """The rows of a folder. ExperienceError for the first row that it has not whole."""
    rows: list[StoredRow] = []
    for row in range(cells.count):
        texts = [cells.texts.get(index) for index in range(row * WIDTH, (row + 1) * WIDTH)]
        query, key, value = texts
        if query is None or key is None or value is None:
            raise ExperienceError(path, row + 1, 1, _what_is_missing(row, texts, cells.count))
        rows.append(StoredRow(query, key, value, row + 1))
    return tuple(rows)


def _what_is_missing(row: int, texts: list[str | None], count: int) -> str:
    if not any(text is not None for text in texts):
        return f"row {row + 1} of {count} is missing: it has no file in `storage`"
    column = texts.index(None)
    file = "/".join(("storage", *str(row * WIDTH + column), "data"))
    return f"row {row + 1} has no {COLUMNS[column]}: the file {file} is missing"


def _element(path: Path, root: Path, index: int) -> str | None:
    """The text of an element; None where there is no file. A link is followed inside the folder, and not out of it."""
    folder = f"{path}/storage/{'/'.join(str(index))}"
    file = Path(f"{folder}/data")
    if (os.path.islink(folder) or os.path.islink(file)) and not file.resolve().is_relative_to(root):  # noqa: PTH114
        raise ExperienceError(file, 1, 1, "this link leads out of the experience's folder")
    try:
        return read_regular(file).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise ExperienceError(file, 1, 1, "this is not UTF-8") from None


def row_count(path: Path) -> int:
    """The rows that a folder says it has. ExperienceError where it says something else."""
    file = path / "shape"
    try:
        shape = json.loads(read_regular(file, LARGEST_SHAPE).decode("utf-8"))
    except FileNotFoundError:
        raise ExperienceError(path, 1, 1, "this folder is not a text tensor: it has no file `shape`") from None
    except json.JSONDecodeError as error:
        raise ExperienceError(file, error.lineno, error.colno, f"this is not JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise ExperienceError(file, 1, 1, "this is not the shape of a text tensor") from None
    if shape == [0]:
        return 0
    is_table = isinstance(shape, list) and len(shape) == 2 and all(type(size) is int for size in shape)
    if not is_table or shape[0] < 0 or shape[1] != WIDTH:
        shown = json.dumps(shape)
        shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
        raise ExperienceError(file, 1, 1, f"an experience has the shape [N, 3], not {shown}")
    count: int = shape[0]
    return count


def _text_of(path: Path) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so."""
    content = read_regular(path)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ExperienceError(path, line, column, f"this is not {encoding.upper()}") from None


def value_file(folder: Path, row: int) -> Path:
    """The file of a row's value in the folder of a text tensor; rows are counted from 1."""
    return (folder / "storage").joinpath(*str(3 * row - 1)) / "data"


def _jsonl_rows(path: Path, text: str) -> Iterator[StoredRow]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_each_once)
        except json.JSONDecodeError as error:
            raise ExperienceError(path, number, error.colno, f"this is not JSON: {error.msg}") from None
        except _GivenTwiceError as error:
            raise ExperienceError(path, number, 1, str(error)) from None
        except (ValueError, RecursionError):  # a number of thousands of digits, or nested without end
            raise ExperienceError(path, number, 1, "this is not a row: it cannot be read as JSON") from None
        if not isinstance(row, dict):
            raise ExperienceError(path, number, 1, 'a row is an object: {"query": …, "key": …, "value": …}')
        for column in COLUMNS:
            if not isinstance(row.get(column), str):
                reason = "is missing" if column not in row else "is not text"
                raise ExperienceError(path, number, 1, f'"{column}" {reason}')
        for name in row:
            if name not in COLUMNS:
                written = json.dumps(name, ensure_ascii=False)
                raise ExperienceError(
                    path, number, line.find(written) + 1 or 1, f"{written} is not a column of an experience ({_NAMES})"
                )
        if any("\ud800" <= character <= "\udfff" for each in row.values() for character in each):
            raise ExperienceError(path, number, 1, "this row has half a character (a lone surrogate)")
        yield StoredRow(row["query"], row["key"], row["value"], number)


_NAMES = ", ".join(COLUMNS)


class _GivenTwiceError(Exception):
    pass


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise _GivenTwiceError(f"{json.dumps(name)} is given twice")
        found[name] = value
    return found


def _table_rows(path: Path, text: str, delimiter: str) -> Iterator[StoredRow]:
    from hdsl.experience.spreadsheets import (  # most checks read no table, and `csv` costs an import
        TableError,
        read_table,
    )

    try:
        for line, (query, key, value) in read_table(text, COLUMNS, delimiter):
            yield StoredRow(query, key, value, line)
    except TableError as error:
        raise ExperienceError(path, error.line, 1, str(error)) from None
