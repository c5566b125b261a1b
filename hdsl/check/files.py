"""Rules of files (HG8xx): seed files of experiences, reported at the line of that file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hdsl.check import findings
from hdsl.check.declared_types import text_of_type
from hdsl.check.diagnostic import Place, Related
from hdsl.check.reach import is_in_reach
from hdsl.check.report import Report
from hdsl.experience.files import ExperienceError, StoredRow, read_rows
from hdsl.graph.typed import Module
from hdsl.graph.types import ExperienceOf
from hdsl.ground.files import read_regular
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span, Text

ROW_FILES = ("*.jsonl", "*.csv", "*.tsv")


def check_seed_file(report: Report, module: Module, path: Text, kind: ExperienceOf) -> None:
    """Reads the file that `load("…")` names and checks its rows against the labels of the experience."""
    file = Path(module.path).parent / path.text
    named = Related("loaded here", Place(module.source, path.span))
    if not may_be_loaded(report, module, path, file, ROW_FILES):
        return
    try:
        rows = read_rows(file)
    except (FileNotFoundError, ValueError):  # a path with a character that no path can have is a ValueError
        report_missing_file(report, module, path, file, ROW_FILES)
        return
    except OSError as error:
        report.tell(findings.files.UnreadableFile(path.text, error.strerror or "unreadable"), module.source, path.span)
        return
    except ExperienceError as error:
        source, span = place_in(error.path, error.line, error.column)
        report.tell(findings.files.MalformedExperience(error.message), source, span, related=[named])
        return
    for row in rows:
        _check_row(report, file, row, kind, named)


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


def _check_row(report: Report, file: Path, row: StoredRow, kind: ExperienceOf, named: Related) -> None:
    is_example = kind.key.record is not None and row.key
    for side, text in ((kind.key, row.key), (kind.value, row.value)):
        found = text_of_type(report, text, side, is_literal=False) if side is kind.value or is_example else text
        if not isinstance(found, str):
            source, span = place_in(file, row.line, 1)
            report.tell(found, source, span, related=[named])


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
