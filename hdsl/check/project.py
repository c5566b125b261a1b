"""Loads files and the modules they use, each once, and reports what is wrong with files as such."""

from __future__ import annotations

import errno
import functools
import os
import re
from pathlib import Path
from typing import Literal

from hdsl.check import findings
from hdsl.check.files import report_missing_file
from hdsl.check.reach import is_in_reach, project_folder
from hdsl.check.report import Report
from hdsl.check.syntax import report_fault
from hdsl.graph.typed import Module
from hdsl.ground.files import read_regular
from hdsl.ground.resources import resource_folder
from hdsl.syntax import tree
from hdsl.syntax.lexical import number_of_lexemes
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

SUFFIX = ".hg"
PRELUDE = "prelude"
"""The module whose operations are in scope everywhere."""
_ALONE = re.compile(r"\r(?!\n)")
LARGEST_FILE = 2 * 1024 * 1024
"""Bytes of a file that are read: a graph of as many nodes as a check takes fits in."""
MOST_TOKENS = 500_000
"""Tokens of a file that are read: as many as a check of it takes less than 500 MB for, whatever they are."""


@functools.cache
def standard_modules() -> tuple[str, ...]:
    """The names of the standard library's modules: `std.agents`, …; the prelude is not one, it is always in scope."""
    return tuple(sorted(f"std.{path.stem}" for path in resource_folder("stdlib").glob("*.hg") if path.stem != PRELUDE))


def read_source(path: Path, shown: str, report: Report) -> Source | None:
    """The text of a file, or None after reporting why it is not text. OSError where it cannot be opened."""
    try:
        content = read_regular(path, LARGEST_FILE)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        _report_too_large(report, shown, path.stat().st_size, "bytes")
        return None
    return source_of(content, shown, report)


def source_of(content: bytes, shown: str, report: Report) -> Source | None:
    """The text of a file's content, or None after reporting why it is not text."""
    if len(content) > LARGEST_FILE:
        _report_too_large(report, shown, len(content), "bytes")
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        readable = Source(shown, content[: error.start].decode("utf-8"))
        end = len(readable.text)
        report.tell(findings.files.NotUtf8(content[error.start], error.start), readable, Span(end, end))
        return None
    if "\0" in text:
        at = text.index("\0")
        report.tell(findings.files.NotUtf8(0, at), Source(shown, text[:at]), Span(at, at))
        return None
    if len(text) > MOST_TOKENS and (tokens := number_of_lexemes(text)) > MOST_TOKENS:
        _report_too_large(report, shown, tokens, "tokens")
        return None
    return Source(shown, with_lines(text.removeprefix("\ufeff")))


def with_lines(text: str) -> str:
    """A text in which each carriage return that stands alone is a line end, as old systems wrote them."""
    return _ALONE.sub("\n", text) if "\r" in text else text


def _report_too_large(report: Report, shown: str, size: int, unit: Literal["bytes", "tokens"]) -> None:
    largest = LARGEST_FILE if unit == "bytes" else MOST_TOKENS
    report.tell(findings.files.FileTooLarge(size, unit, largest), Source(shown, ""), Span(0, 0))


class Project:
    """The modules of one check by their paths, with their trees; a module is declared by whoever asks for it first."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.parsed: dict[str, Parsed] = {}
        self.dependencies: set[str] = set()
        """Every file that was read, or looked for and missing."""
        self._folder: Path | None = None

    def read(self, path: Path, shown: str) -> tuple[Source, Parsed] | None:
        """A file's text and tree; None where it is not text (reported). OSError as `open`. An editor has its own."""
        source = read_source(path, shown, self.report)
        return None if source is None else (source, parse(source.text))

    def exists(self, path: Path) -> bool:
        """Whether there is something of this name to read. OSError where that cannot be known."""
        return path.exists() and not path.is_dir()

    def folder_of(self, path: Path) -> Path:
        """The folder that the files lie in which a file, and what it uses, may name."""
        return project_folder(path)

    def open(self, path: Path, shown: str) -> Module | None:
        """A new module of this file, parsed; None where the file is not text (reported). OSError as `open`."""
        self.dependencies.add(str(path))
        read = self.read(path, shown)
        if read is None:
            return None
        source, parsed = read
        self.parsed[shown] = parsed
        if self._folder is None:
            self._folder = self.folder_of(path)
        module = Module(shown, source, path.stem, complete=not parsed.faults, reach=self._folder)
        for fault in parsed.faults:
            report_fault(self.report, source, fault, len(parsed.faults))
        return module

    def locate(self, module: Module, use: tree.Use) -> tuple[Path, str] | None:
        """The file that a `use` names, and the name it is shown by; None after reporting that there is none."""
        if use.module is not None:
            name = use.module.text
            if name not in standard_modules():
                self.report.tell(findings.files.UnknownModule(name, standard_modules()), module.source, use.module.span)
                return None
            path = resource_folder("stdlib") / f"{name.removeprefix('std.')}.hg"
            return path, f"{name}"
        assert use.path is not None
        path = Path(module.path).parent / use.path.text
        if not is_in_reach(module, path):
            self.report.tell(findings.files.UnreadableFile(use.path.text), module.source, use.path.span)
            return None
        self.dependencies.add(str(path))
        try:
            found = self.exists(path)
        except OSError as error:
            refused = findings.files.UnreadableFile(use.path.text, error.strerror or "unreadable")
            self.report.tell(refused, module.source, use.path.span)
            return None
        if not found:
            report_missing_file(self.report, module, use.path, path, (f"*{SUFFIX}",))
            return None
        if path.suffix != SUFFIX:
            refused = findings.files.UnreadableFile(use.path.text, kinds=[SUFFIX], is_used=True)
            self.report.tell(refused, module.source, use.path.span)
            return None
        return path, os.path.normpath(path)


class ProjectWithText(Project):
    """The files on disk, and one of them with another text."""

    def __init__(self, report: Report, path: Path, text: str) -> None:
        super().__init__(report)
        self._path = path.resolve()
        self._text = text

    def read(self, path: Path, shown: str) -> tuple[Source, Parsed] | None:
        """The text of a file, of the one its other text."""
        if path.resolve() != self._path:
            return super().read(path, shown)
        return Source(shown, self._text), parse(self._text)
