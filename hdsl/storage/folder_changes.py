"""What was written to a tensor of a folder since a moment.

A small tensor, or one with links, is looked over file by file: this notices every writer, an editor and git among them.
A great one would take too long (3 µs a file). There, who asks for changes leaves a log in the tensor's folder, and each
writer of ours, in any process, that finds one notes in it which element it has written. What others write into a great
tensor is seen by those who open it later.
"""

import os
import time
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from hdsl.ground.files import write_atomically
from hdsl.storage.layout import element_file
from hdsl.storage.store import Changes

LOOKED_OVER = 1_000
"""A tensor of up to so many elements is looked over."""

_LONGEST_LOG = 1_000_000
"""Bytes; a longer log is begun anew by the next who opens the tensor."""

_YOUNG_NANOSECONDS = 50_000_000
"""Clocks of file systems tick coarsely: a file as young as this may change again and look the same."""


@dataclass(frozen=True, slots=True)
class _Looks:
    """How each element's file looked."""

    files: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Notes:
    """Which log (0: none, as the tensor is not on the disk), and how much of it was read."""

    inode: int
    read: int


def changes_since(root: str, uid: str, count: int, since: object) -> Changes:
    """The elements, of `count`, that were written since the moment of an earlier answer; without one: any."""
    if isinstance(since, _Notes):
        noted = _noted(root, uid, since)
        if noted is not None:
            return noted
    elif isinstance(since, _Looks) and (count <= LOOKED_OVER or count == len(since.files)):
        return _looked_over(root, uid, count, since)
    if count <= LOOKED_OVER or _has_links(root, uid, count):
        return _looked_over(root, uid, count, None)
    try:
        return Changes(_begin_notes(root, uid), None)
    except PermissionError:
        return _looked_over(root, uid, count, None)


def note(root: str, uid: str, *indices: int) -> None:
    """Tells those who follow the tensor that elements were written. Called after writing, so that they read them."""
    try:
        handle = os.open(_log(root, uid), os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        return
    try:
        os.write(handle, "".join(f"{index}\n" for index in indices).encode())
    finally:
        os.close(handle)


def end_notes(root: str, uid: str) -> None:
    """Makes those who follow the tensor begin anew: an element has become a link, written to by way of another."""
    _log(root, uid).unlink(missing_ok=True)


def _log(root: str, uid: str) -> Path:
    return Path(root, uid, ".changes", "log")


def _begin_notes(root: str, uid: str) -> _Notes:
    if not Path(root, uid).is_dir():
        return _Notes(0, 0)
    log = _log(root, uid)
    log.parent.mkdir(exist_ok=True)
    log.with_name(".gitignore").write_text("*\n")
    if not log.exists() or log.stat().st_size > _LONGEST_LOG:
        write_atomically(log, b"")
    found = log.stat()
    return _Notes(found.st_ino, found.st_size)


def _noted(root: str, uid: str, since: _Notes) -> Changes | None:
    """What the log says; None where it is not the log that was followed."""
    try:
        found = _log(root, uid).stat()
    except FileNotFoundError:
        return Changes(since, ()) if since.inode == 0 and not Path(root, uid).is_dir() else None
    if found.st_ino != since.inode or found.st_size < since.read:
        return None
    if found.st_size == since.read:
        return Changes(since, ())
    with _log(root, uid).open("rb") as file:
        file.seek(since.read)
        lines = file.read()
    whole = lines[: lines.rfind(b"\n") + 1]
    return Changes(_Notes(since.inode, since.read + len(whole)), {int(line) for line in whole.split()})


def _has_links(root: str, uid: str, count: int) -> bool:
    return any(Path(element_file(root, uid, index)).is_symlink() for index in range(count))


def _looked_over(root: str, uid: str, count: int, since: _Looks | None) -> Changes:
    young = time.time_ns() - _YOUNG_NANOSECONDS
    unsure = object()
    looks = tuple(_look(element_file(root, uid, index), young, unsure) for index in range(count))
    if since is None:
        return Changes(_Looks(looks), None)
    pairs = enumerate(zip_longest(since.files, looks))
    return Changes(_Looks(looks), [index for index, (before, now) in pairs if before != now])


def _look(file: str, young: int, unsure: object) -> object:
    """What changes with each write; `unsure`, which is like nothing seen before or later, for a young file."""
    try:
        found = os.stat(file)  # noqa: PTH116 - making a Path would take as long again
    except (FileNotFoundError, NotADirectoryError):
        return None
    return unsure if found.st_ctime_ns > young else (found.st_ctime_ns, found.st_ino, found.st_size)
