"""Tables as spreadsheets write them: `,`, `;` or tabs, `sep=`, blank rows, empty columns at the end."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

DELIMITERS = ",;\t|"

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ \t]*(\r\n|\r|\n|\Z)', re.IGNORECASE)


class TableError(ValueError):
    """A table is malformed: `line` (from 1) and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_table(text: str, columns: Sequence[str], preferred: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with the line each begins on, their values in the order of `columns`.

    The header names each of the columns once, in any order and case. The delimiter is `preferred` unless the header
    only makes sense with another one, or a first line like `sep=;` names it. Blank rows are left out.
    """
    named = _SEPARATOR_LINE.match(text)
    skipped, body = (1, text[named.end() :]) if named else (0, text)
    candidates = [named[1]] if named else [preferred, *DELIMITERS.replace(preferred, "")]
    delimiter = next((each for each in candidates if _is_header(_first_row(body, each), columns)), candidates[0])
    rows = _rows(body, delimiter, skipped)
    line, header = next(rows, (skipped + 1, []))
    order = _order(line, header, columns)
    width = len(header)
    for line, values in rows:
        if len(values) < width or any(value.strip() for value in values[width:]):
            raise TableError(line, f"{width} columns are named, this line has {len(values)}")
        yield line, [values[at] for at in order]


def _rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank; trailing empty names of the first, the header, are left out."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # its own limit is 128 KiB a value
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start, is_header = 1, True
    try:
        for values in reader:
            line, start = start, reader.line_num + 1
            is_quoted = '"' in lines.taken()
            if not is_quoted and not any(value.strip() for value in values):
                continue
            if is_header:
                is_header = False
                while values and not values[-1].strip():
                    values.pop()
            yield skipped + line, values
    except csv.Error as error:
        raise TableError(skipped + (reader.line_num or 1), f"this is not a table: {error}") from None


class _Lines:
    """The lines of a text, and those that were read since somebody asked."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line

    def taken(self) -> str:
        """What the last row was made of."""
        taken, self._taken = self._taken, []
        return "".join(taken)


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        return next(_rows(text, delimiter, 0), (1, []))[1]
    except TableError:
        return []


def _is_header(row: Sequence[str], columns: Sequence[str]) -> bool:
    return set(columns) <= {_name(value) for value in row}


def _name(value: str) -> str:
    return value.strip().strip("\ufeff").casefold()


def _order(line: int, header: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where each column stands in a row. TableError where the header does not name each once, or names others."""
    wanted = f"{', '.join(columns[:-1])} and {columns[-1]}"
    names = [_name(value) for value in header]
    missing = [column for column in columns if column not in names]
    if missing and "\0" in "".join(header):
        raise TableError(line, "there are NUL characters in the first line: save the file as UTF-8")
    if missing:
        found = ", ".join(f'"{value.strip()[:40]}"' for value in header[:8]) or "nothing"
        raise TableError(line, f"the first line must name the columns {wanted}; it has {found}")
    for at, name in enumerate(names):
        if name not in columns:
            shown = f'"{header[at].strip()[:40]}" is' if name else f"column {at + 1} has no name and is"
            raise TableError(line, f"{shown} not a column of an experience ({', '.join(columns)}); remove it")
        if name in names[:at]:
            raise TableError(line, f'the column "{name}" is there twice')
    return [names.index(column) for column in columns]
