"""Remembers the output of a check for as long as every file it depended on has the same content.

Reading it must cost next to nothing, so this file imports little.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import NamedTuple

from hdsl.ground.resources import code_version

ABSENT = "absent"
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read to see whether it has changed; of a larger one its time tells."""
KEPT = 500


class Remembered(NamedTuple):
    """The output of a check, its counts, and the files it read (a file that was missing counts as read)."""

    output: str
    errors: int
    warnings: int
    dependencies: list[str]


def recall(question: list[str]) -> Remembered | None:
    """What was remembered for this question, if none of its files has changed."""
    content = _content(_place(question))
    if content is None:
        return None
    try:
        stored = json.loads(content)
        files = stored["files"]
        known = Remembered(stored["output"], stored["errors"], stored["warnings"], list(files))
        if stored["seal"] != _seal(known, files):
            return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return known if all(_hash(path) == content for path, content in files.items()) else None


def remember(question: list[str], answer: Remembered) -> None:
    """Keeps an answer. Where the cache folder cannot be written there is no cache."""
    place = _place(question)
    files = {path: _hash(path) for path in answer.dependencies}
    stored = {
        "output": answer.output,
        "errors": answer.errors,
        "warnings": answer.warnings,
        "files": files,
        "seal": _seal(answer, files),
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


def _seal(answer: Remembered, files: dict[str, str]) -> str:
    """Tells whether what was kept is whole."""
    told = [answer.output, answer.errors, answer.warnings, files]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _hash(path: str) -> str:
    """What changes with the content of a file; of what is not a file, its kind."""
    try:
        status = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode):
            return f"kind {stat.S_IFMT(status.st_mode)}"
        if status.st_size > LARGEST:
            return f"{status.st_size} bytes of {status.st_mtime_ns}"
        content = _content(path)
    except (OSError, ValueError):
        return ABSENT
    return ABSENT if content is None else hashlib.sha256(content).hexdigest()


def _content(path: str) -> bytes | None:
    """The bytes of a file of a usual size; None where there is no such file. What is not a file is not waited for."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST else None
    except OSError:
        return None


def _place(question: list[str]) -> str:
    """A file named by the question, the folder it is asked in, and the checker that answers."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    asked = "\0".join([os.getcwd(), code_version(), *question])  # noqa: PTH109
    name = hashlib.sha256(asked.encode("utf-8", "surrogateescape")).hexdigest()
    return os.path.join(root, "hdsl", "check", f"{name}.json")  # noqa: PTH118
