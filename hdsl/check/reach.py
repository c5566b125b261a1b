"""Which files a module may name: those of its project, through whatever links."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hdsl.graph.typed import Module

REPOSITORY = ".git"
CONFIGURATIONS = ("hdsl.toml", "pyproject.toml")


def project_folder(file: Path, workspaces: Iterable[str] = ()) -> Path:
    """The folder of a file's project: its repository, else where its configuration is, else that of the work on it.

    `workspaces`: folders that an editor has open; the working folder where there is no editor.
    """
    own = file.parent.resolve()
    above = (own, *own.parents)
    for marks in ((REPOSITORY,), CONFIGURATIONS):
        for folder in above:
            if any(os.path.exists(folder / mark) for mark in marks):  # noqa: PTH110 - a path may be one pathlib refuses
                return folder
    works = [Path(folder).resolve() for folder in workspaces] or [Path.cwd()]
    return next((folder for folder in works if own.is_relative_to(folder)), own)


def is_in_reach(module: Module, path: Path) -> bool:
    """Whether a module may name a file. What cannot be resolved is for whoever opens it to refuse."""
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError, ValueError):
        return True
    return module.reach is None or resolved.is_relative_to(module.reach)
