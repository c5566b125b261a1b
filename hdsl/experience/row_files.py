"""Experience files from rows, and what of such a file is not in a table yet. Reading is `hdsl.experience.files`'s."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hdsl.experience.files import ExperienceError, StoredRow, read_rows
from hdsl.experience.row_changes import Row, Rows
from hdsl.ground.errors import HdslError
from hdsl.ground.files import write_atomically
from hdsl.ground.row import COLUMNS
from hdsl.storage.folder import Folder
from hdsl.storage.store import Entry


class CannotExport(HdslError):  # noqa: N818 - a state
    """Rows cannot be written there, or would not be read back as they are; the message says why."""


def write_rows(rows: Rows, target: Path) -> None:
    """Writes rows to a .jsonl, .csv or .tsv file, or to a new folder `[N, 3]`; whole or not at all.

    CannotExport where they cannot be read back as they are, OSError where the target cannot be written.
    """
    if not target.parent.is_dir():
        raise CannotExport(f"there is no folder {target.parent}")
    if target.is_dir():
        raise CannotExport(f"{target} is a folder already; name one that is not there")
    if target.suffix in WRITERS:
        _write_file(rows, target, WRITERS[target.suffix](rows))
    elif target.suffix or target.exists():
        raise CannotExport(
            f"{target}: rows are written to .jsonl, .csv and .tsv files, and to folders without a suffix"
        )
    else:
        _write_folder(rows, target)


def not_there_yet(rows: Rows, found: Sequence[StoredRow]) -> list[StoredRow]:
    """The rows of a file that a table lacks; one that the file has twice, the table is to have twice."""
    there = Counter(rows)
    missing = []
    for row in found:
        if there[row.query, row.key, row.value] > 0:
            there[row.query, row.key, row.value] -= 1
        else:
            missing.append(row)
    return missing


def as_rows(found: Sequence[StoredRow]) -> list[Row]:
    """Stored rows without their places."""
    return [(row.query, row.key, row.value) for row in found]


def _write_file(rows: Rows, target: Path, text: str) -> None:
    content = _encoded(text, rows)
    with TemporaryDirectory() as folder:
        trial = Path(folder, f"rows{target.suffix}")
        trial.write_bytes(content)
        _check_read_back(rows, trial, target)
    write_atomically(target, content)


def _encoded(text: str, rows: Rows) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        number = next(number for number, row in enumerate(rows, 1) if not is_utf8("".join(row)))
        raise CannotExport(f"row {number} has half a character (a lone surrogate), which no UTF-8 can hold") from None


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_read_back(rows: Rows, trial: Path, target: Path) -> None:
    try:
        found = as_rows(read_rows(trial))
    except ExperienceError as error:
        raise CannotExport(f"{target} could not be read back: {error.message}; export to .jsonl instead") from None
    if found != list(rows):
        number = next((n for n, pair in enumerate(zip(rows, found, strict=False), 1) if pair[0] != pair[1]), len(found))
        raise CannotExport(f"row {number} would not be read back from {target} as it is; export to .jsonl instead")


def _write_folder(rows: Rows, target: Path) -> None:
    flat = [text for row in rows for text in row]
    _encoded("".join(flat), rows)
    store = Folder(target.parent).new(target.name, (len(rows), len(COLUMNS)))
    store.fill({index: Entry(text) for index, text in enumerate(flat)})


def _jsonl(rows: Rows) -> str:
    return "".join(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)


def _separated(delimiter: str) -> Callable[[Rows], str]:
    def written(rows: Rows) -> str:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
        return text.getvalue()

    return written


WRITERS: dict[str, Callable[[Rows], str]] = {".jsonl": _jsonl, ".csv": _separated(","), ".tsv": _separated("\t")}
