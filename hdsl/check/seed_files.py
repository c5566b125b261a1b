"""Rules of seed files of experiences (HG8xx), reported at the line of that file."""

from __future__ import annotations

from pathlib import Path

from hdsl.check import findings
from hdsl.check.declared_types import text_of_type
from hdsl.check.diagnostic import Place, Related
from hdsl.check.files import may_be_loaded, place_in, report_missing_file
from hdsl.check.report import Report
from hdsl.experience.files import ExperienceError, StoredRow, read_rows
from hdsl.graph.typed import Module
from hdsl.graph.types import ExperienceOf
from hdsl.syntax.tree import Text

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


def _check_row(report: Report, file: Path, row: StoredRow, kind: ExperienceOf, named: Related) -> None:
    is_example = kind.key.record is not None and row.key
    for side, text in ((kind.key, row.key), (kind.value, row.value)):
        found = text_of_type(report, text, side, is_literal=False) if side is kind.value or is_example else text
        if not isinstance(found, str):
            source, span = place_in(file, row.line, 1)
            report.tell(found, source, span, related=[named])
