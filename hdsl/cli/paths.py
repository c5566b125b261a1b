"""The `.hg` files that the PATHs of a command name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from hdsl.cli.errors import CommandError

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "runs", "build", "dist"})


def hg_files(paths: Sequence[str]) -> list[str]:
    """Each file once, sorted; folders are searched. CommandError for a path that is missing, unreadable or has none."""
    found: set[str] = set()
    for path in paths:
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


def readable(path: str) -> None:
    """CommandError where a file cannot be opened."""
    try:
        with open(path, "rb"):  # noqa: PTH123
            pass
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror}") from None


def _in_folder(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS]
        for name in files:
            if name.endswith(".hg") and not name.startswith("."):
                path = os.path.join(root, name)  # noqa: PTH118
                readable(path)
                yield path


def _refuse(error: OSError) -> None:
    raise CommandError(f"{error.filename} cannot be opened: {error.strerror}")
