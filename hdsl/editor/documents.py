"""The texts that editors have open: they stand for the files of the disk, and are parsed again as they change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pygls import uris

from hdsl.check.project import MOST_TOKENS, Project, source_of, with_lines
from hdsl.check.reach import project_folder
from hdsl.check.report import Report
from hdsl.syntax.incremental import IncrementalParser
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.source import Source

Stamp = tuple[int, int] | int | None
"""What changes with a file: the time and size of one on the disk, the revision of an open one, None for none."""


@dataclass(slots=True)
class _Open:
    uri: str
    text: str
    revision: int
    version: int | None
    parser: IncrementalParser | None = None


class Documents:
    """Open texts by the paths of their files."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        """The folders that the editor has open."""
        self._open: dict[str, _Open] = {}
        self._revision = 0

    def put(self, path: str, text: str, uri: str = "", version: int | None = None) -> None:
        """Opens a text, or replaces it; `uri` is what the editor calls it, `version` how it counts its changes."""
        self._revision += 1
        known = self._open.get(path)
        if known is None:
            self._open[path] = _Open(uri, text, self._revision, version)
        else:
            known.text, known.revision, known.version = text, self._revision, version

    def close(self, path: str) -> None:
        """Lets the file on the disk count again."""
        self._open.pop(path, None)

    def uri(self, path: str) -> str:
        """What the editor calls a file, or what it would call it."""
        opened = self._open.get(path)
        return opened.uri if opened is not None and opened.uri else path_uri(path)

    def is_open(self, path: str) -> bool:
        """Whether a file is open."""
        return path in self._open

    @property
    def paths(self) -> list[str]:
        """The files that are open."""
        return list(self._open)

    def version(self, path: str) -> int | None:
        """The editor's version of an open file."""
        opened = self._open.get(path)
        return None if opened is None else opened.version

    def text(self, path: str) -> str | None:
        """The text of an open file."""
        opened = self._open.get(path)
        return None if opened is None else opened.text

    def stamp(self, path: str) -> Stamp:
        """What tells whether a file has changed."""
        opened = self._open.get(path)
        if opened is not None:
            return opened.revision
        try:
            status = os.stat(path)  # noqa: PTH116 - a path may be one that pathlib refuses
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size

    def read(self, path: str, shown: str, report: Report) -> tuple[Source, Parsed] | None:
        """The padded source and the tree of an open file; None where it is not text (reported)."""
        opened = self._open[path]
        # Fewer code points are never too many tokens, nor too many bytes.
        may_be_refused = "\0" in opened.text or len(opened.text) > MOST_TOKENS
        if may_be_refused and source_of(opened.text.encode("utf-8", "surrogatepass"), shown, report) is None:
            return None
        # An editor that leaves the byte order mark in place counts it.
        text = with_lines(" " + opened.text[1:] if opened.text.startswith("\ufeff") else opened.text)
        if opened.parser is None:
            opened.parser = IncrementalParser(text)
        else:
            opened.parser.update(text)
        return Source(shown, opened.parser.padded), opened.parser.parsed


def path_uri(path: str) -> str:
    """The URI of a path."""
    return uris.from_fs_path(path) or path


class OpenProject(Project):
    """A project in which the open texts stand for their files."""

    def __init__(self, report: Report, documents: Documents) -> None:
        super().__init__(report)
        self._documents = documents

    def read(self, path: Path, shown: str) -> tuple[Source, Parsed] | None:
        """The text and tree of an open file, else of the disk's."""
        if self._documents.is_open(str(path)):
            return self._documents.read(str(path), shown, self.report)
        return super().read(path, shown)

    def exists(self, path: Path) -> bool:
        """Whether there is such a file, open or on the disk."""
        return self._documents.is_open(os.path.normpath(path)) or super().exists(path)

    def folder_of(self, path: Path) -> Path:
        """The folder of a project; without a mark of one, the folder that the editor has open."""
        return project_folder(path, self._documents.folders)
