"""Where the configuration of a project is: found upward from a folder, before anything is read of it.

A cached check asks this each time, so this file imports little.
"""

from __future__ import annotations

import os
import re
import stat

OWN, SHARED = "hdsl.toml", "pyproject.toml"

LARGEST = 4 * 1024 * 1024
"""Bytes of a configuration file that is read."""

_TABLE = re.compile(rb"tool[ \t]*\.[ \t]*[\"']?hdsl\b")
_TOOL = re.compile(rb"^[ \t]*\[[ \t]*tool[ \t]*\]", re.MULTILINE)
_NAME = re.compile(rb"\bhdsl\b")


def search(folder: str) -> tuple[list[str], str | None]:
    """The files that were looked for, the nearest first, and the last of them if it may hold the configuration."""
    seen: list[str] = []
    here = os.path.abspath(folder)  # noqa: PTH100 - pathlib is slow to import
    while True:
        for name in (OWN, SHARED):
            path = os.path.join(here, name)  # noqa: PTH118
            seen.append(path)
            # A link that leads nowhere is there, and is refused when it is read: what it held must not be passed over.
            is_found = os.path.lexists(path) if name == OWN else os.path.exists(path) and _has_table(path)  # noqa: PTH110
            if is_found:
                return seen, path
        above = os.path.dirname(here)  # noqa: PTH120
        if above == here:
            return seen, None
        here = above


def _has_table(path: str) -> bool:
    """Whether a shared file has a table of ours; what cannot be read is for whoever reads it to refuse."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return True
            content = file.read(LARGEST)
    except OSError:
        return True
    tool = _TOOL.search(content)
    return _TABLE.search(content) is not None or (tool is not None and _NAME.search(content, tool.end()) is not None)
