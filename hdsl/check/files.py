"""Rules of files that a module names (HG8xx): whether one may be loaded, and places in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hdsl.check import findings
from hdsl.check.reach import is_in_reach
from hdsl.check.report import Report
from hdsl.graph.typed import Module
from hdsl.ground.files import read_regular
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span, Text


def may_be_loaded(report: Report, module: Module, named: Text, file: Path, patterns: Sequence[str]) -> bool:
    """Whether a file is one that a module may load: of its project, and of a kind that is a table of texts.

    Nothing of another file is shown. The file is noted as one that the module depends on.
    """
    if not is_in_reach(module, file):
        found = findings.files.UnreadableFile(named.text)
    elif _is_of_another_kind(file, patterns):
        found = findings.files.UnreadableFile(named.text, kinds=[pattern.removeprefix("*") for pattern in patterns])
    else:
        module.seed_files.add(str(file))
        return True
    report.tell(found, module.source, named.span)
    return False


def _is_of_another_kind(file: Path, patterns: Sequence[str]) -> bool:
    """Whether a path names something, not a folder, that is not like any of the patterns."""
    try:
        return f"*{file.suffix}" not in patterns and file.exists() and not file.is_dir()
    except OSError:
        return False


def report_missing_file(report: Report, module: Module, named: Text, file: Path, patterns: Sequence[str]) -> None:
    """Reports that the file named by a text is not there, and which of its neighbours may be meant."""
    try:
        others = [other.name for pattern in patterns for other in file.parent.glob(pattern)]
    except (OSError, ValueError):
        others = []
    report.tell(findings.files.MissingFile(named.text, file.name, others), module.source, named.span)


def place_in(path: Path, line: int, column: int) -> tuple[Source, Span]:
    """A place in a file that is no `.hg`. What is not UTF-8 in it is shown replaced."""
    try:
        text = read_regular(path).decode("utf-8", errors="replace")
    except OSError:
        text = ""
    source = Source(os.path.normpath(path), text)
    if line > len(source.line_starts):
        return source, Span(0, 0)
    start = source.line_starts[line - 1] + column - 1
    return source, Span(start, max(start, source.line_starts[line - 1] + len(source.line(line))))
