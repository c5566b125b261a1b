"""The `.hg` files that the PATHs of a command name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from hdsl.cli.errors import CommandError

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "runs", "build", "dist"})


def hg_files(paths: Sequence[str]) -> list[str]:
    """Each file once, sorted; folders are searched. CommandError for a path that is missing, unreadable or has none."""
    found: set[str] = set()
    for path in map(tidy, paths):
        if os.path.isdir(path):  # noqa: PTH112 - pathlib would cost a cached check a tenth of its time
            inside = list(_in_folder(path))
            if not inside:
                raise CommandError(f"there is no .hg file in {path}")
            found.update(inside)
        elif not os.path.exists(path):  # noqa: PTH110
            raise CommandError(f"there is no file {path}")
        else:
            readable(path)
            found.add(path)
    return sorted(found)


def tidy(path: str) -> str:
    """A path as reports show it: from the working folder where it is below that, without `./` and `..`."""
    working = os.getcwd()  # noqa: PTH109
    here = os.path.normpath(os.path.join(working, path))  # noqa: PTH118
    if here == working:
        return "."
    below = working if working.endswith("/") else f"{working}/"
    if here.startswith(below):
        return here.removeprefix(below)
    return os.path.normpath(path)


def readable(path: str) -> None:
    """CommandError where there is no file that can be opened. A pipe is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror}") from None
    mode = os.fstat(handle).st_mode
    os.close(handle)
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device"
        raise CommandError(f"{path} cannot be opened: it is {kind}, not a file")


def _in_folder(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS]
        for name in files:
            if name.endswith(".hg") and not name.startswith("."):
                path = os.path.normpath(os.path.join(root, name))  # noqa: PTH118
                readable(path)
                yield path


def _refuse(error: OSError) -> None:
    raise CommandError(f"{error.filename} cannot be opened: {error.strerror}")
