"""Writes exported folders: each whole or not at all, and never over what somebody else wrote there."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hdsl.adapt.bundle import ExportError

FACTS = "hdsl-export.json"
"""The file by which an exported folder is known, with its origin."""
EXECUTABLE = 0o755


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export."""

    content: bytes
    mode: int = 0o644


def text_file(text: str, mode: int = 0o644) -> File:
    """A file with a text."""
    return File(text.encode("utf-8", "backslashreplace"), mode)


def check_free(folder: Path, *, replaces: bool) -> None:
    """ExportError where a folder is there that may not be replaced: only one that was exported may, with `--force`."""
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        return
    if not replaces:
        raise ExportError(f"{folder} already exists: --force replaces it")
    if folder.is_symlink() or not (folder / FACTS).is_file():
        raise ExportError(f"{folder} was not made by `hdsl export`: move it away, or name another folder")


def write_folders(folders: Mapping[Path, Mapping[str, File]], *, replaces: bool) -> None:
    """Writes folders with their files. Each is made aside and put in its place whole. ExportError, OSError."""
    for folder in folders:
        check_free(folder, replaces=replaces)
    with contextlib.ExitStack() as stack:
        made: list[tuple[Path, Path]] = []
        for folder, files in folders.items():
            folder.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}-", dir=folder.parent))
            stack.callback(shutil.rmtree, aside, ignore_errors=True)
            for name, file in files.items():
                path = aside / "new" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)
                path.chmod(file.mode)
            made.append((folder, aside))
        for folder, aside in made:
            if folder.exists():
                folder.rename(aside / "old")
            try:
                (aside / "new").rename(folder)
            except OSError:
                if (aside / "old").exists():
                    (aside / "old").rename(folder)
                raise
