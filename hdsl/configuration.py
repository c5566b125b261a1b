"""Where the configuration of a project is: found upward from a folder, before anything is read of it.

A cached check asks this each time, so this file imports little.
"""

from __future__ import annotations

import os
import re

OWN, SHARED = "hdsl.toml", "pyproject.toml"

_TABLE = re.compile(rb"tool\s*\.\s*[\"']?hdsl\b|^\s*\[\s*tool\s*\](?:.|\n)*\bhdsl\b", re.MULTILINE)


def search(folder: str) -> tuple[list[str], str | None]:
    """The files that were looked for, the nearest first, and the last of them if it may hold the configuration."""
    seen: list[str] = []
    here = os.path.abspath(folder)  # noqa: PTH100 - pathlib is slow to import
    while True:
        for name in (OWN, SHARED):
            path = os.path.join(here, name)  # noqa: PTH118
            seen.append(path)
            if os.path.isfile(path) and (name == OWN or _has_table(path)):  # noqa: PTH113
                return seen, path
        above = os.path.dirname(here)  # noqa: PTH120
        if above == here:
            return seen, None
        here = above


def _has_table(path: str) -> bool:
    """Whether a shared file has a table of ours; what cannot be read is for whoever reads it to refuse."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return _TABLE.search(file.read()) is not None
    except OSError:
        return True
