"""Remembers the output of a check for as long as every file it depended on has the same content.

Reading it must cost next to nothing, so this file imports little.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import NamedTuple

from hdsl.resources import code_version

ABSENT = "absent"
KEPT = 500


class Remembered(NamedTuple):
    """The output of a check, its counts, and the files it read (a file that was missing counts as read)."""

    output: str
    errors: int
    warnings: int
    dependencies: list[str]


def recall(question: list[str]) -> Remembered | None:
    """What was remembered for this question, if none of its files has changed."""
    try:
        with open(_place(question), encoding="utf-8") as file:  # noqa: PTH123 - pathlib is slow to import
            stored = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    try:
        if any(_hash(path) != content for path, content in stored["files"].items()):
            return None
        known = Remembered(stored["output"], stored["errors"], stored["warnings"], list(stored["files"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        return None  # a file that something else has changed
    is_sound = isinstance(known.output, str) and isinstance(known.errors, int) and isinstance(known.warnings, int)
    return known if is_sound else None


def remember(question: list[str], answer: Remembered) -> None:
    """Keeps an answer. Where the cache folder cannot be written there is no cache."""
    place = _place(question)
    stored = {
        "output": answer.output,
        "errors": answer.errors,
        "warnings": answer.warnings,
        "files": {path: _hash(path) for path in answer.dependencies},
    }
    from pathlib import Path

    from hdsl.ground.files import make_private_folder, write_atomically

    try:
        make_private_folder(Path(place).parent)
        write_atomically(Path(place), json.dumps(stored))
        _drop_oldest(os.path.dirname(place))  # noqa: PTH120
    except OSError:
        return


def _drop_oldest(folder: str) -> None:
    entries = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries[KEPT:]:
        os.unlink(entry.path)  # noqa: PTH108


def _hash(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ABSENT


def _place(question: list[str]) -> str:
    """A file named by the question, the folder it is asked in, and the checker that answers."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    asked = "\0".join([os.getcwd(), code_version(), *question])  # noqa: PTH109
    name = hashlib.sha256(asked.encode("utf-8", "surrogateescape")).hexdigest()
    return os.path.join(root, "hdsl", "check", f"{name}.json")  # noqa: PTH118
