"""A text as the file at a path would be: its tree, its typed module, what is found in it. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hdsl.check.checker import Checker
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.entry import CheckError
from hdsl.check.library import library
from hdsl.check.project import ProjectWithText, with_lines
from hdsl.check.report import Report
from hdsl.graph.inline import inline
from hdsl.graph.program import Program
from hdsl.graph.typed import Module
from hdsl.syntax import tree
from hdsl.syntax.source import Source


@dataclass(frozen=True)
class Opened:
    """A checked text. `text` has no byte order mark, and no carriage return that ends a line by itself."""

    path: Path
    text: str
    file: tree.File
    module: Module
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[str, ...]
    """The file and all that it uses."""

    @property
    def errors(self) -> Sequence[Diagnostic]:
        """What keeps it from running."""
        return [each for each in self.diagnostics if each.severity == "error"]

    @cached_property
    def source(self) -> Source:
        """The text with its lines and comments."""
        return Source(str(self.path), self.text)

    @cached_property
    def harnesses(self) -> dict[str, tree.Harness]:
        """The harnesses of the file by name."""
        return {item.name.text: item for item in self.file.items if isinstance(item, tree.Harness)}

    def program(self, harness: str) -> Program:
        """The program of a harness of a text without errors."""
        return inline(self.module, self.module.harnesses[harness])


def read_opened(path: Path, text: str) -> Opened:
    """The text with all that is found in it, errors too."""
    report = Report()
    plain = with_lines(text.removeprefix("\ufeff"))
    shown = str(path)
    checker = Checker(report, library(), ProjectWithText(report, path, plain))
    module = checker.check(path, shown)
    assert module is not None
    parsed = checker.project.parsed[shown]
    return Opened(path, plain, parsed.file, module, checker.judged(), tuple(checker.project.parsed))


def open_text(path: Path, text: str) -> Opened:
    """A text that checks without errors. CheckError for one that does not."""
    opened = read_opened(path, text)
    if opened.errors:
        raise CheckError(str(path), opened.diagnostics)
    return opened
