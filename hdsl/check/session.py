"""Checks files: one for whoever runs it, or several together, each with its own modules, in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hdsl.check.checker import Checker
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.library import library
from hdsl.check.project import Project
from hdsl.check.render.order import in_order
from hdsl.check.report import Report
from hdsl.configuration.entry_points import EntryRules
from hdsl.graph.typed import Module, TypedHarness


class Checked:
    """A checked file: its module, and all that was found in it and in the files it uses."""

    def __init__(
        self,
        module: Module | None,
        tests: dict[str, TypedHarness],
        diagnostics: tuple[Diagnostic, ...],
        files: list[str],
    ) -> None:
        self.module = module
        self.tests = tests
        self.diagnostics = diagnostics
        self.has_errors = any(diagnostic.severity == "error" for diagnostic in diagnostics)
        self.files = files


def check_file(
    path: Path,
    shown: str | None = None,
    levels: Mapping[str, str] | None = None,
    entries: EntryRules | None = None,
) -> Checked:
    """Checks one file and what it uses, at the levels given to codes. OSError where it cannot be opened.

    `entries`: which entry points these files may name; by default what the configuration above the file says. Give
    `NO_ENTRIES` for a file that a model or a stranger wrote.
    """
    checker = Checker(Report(), library(), entries=entries)
    module = checker.check(path, shown or str(path))
    return Checked(module, checker.tests, checker.judged(levels), list(checker.project.parsed))


class CheckedFiles(NamedTuple):
    """All that was found, in order, and every file that was read or looked for."""

    diagnostics: tuple[Diagnostic, ...]
    dependencies: tuple[str, ...]


def check_files(
    files: Sequence[str], levels_of: Callable[[str], Mapping[str, str] | None] | None = None
) -> CheckedFiles:
    """Checks files, each at its levels. OSError where one cannot be opened."""
    return together([check_one(file, None if levels_of is None else levels_of(file)) for file in files])


def check_one(
    file: str, levels: Mapping[str, str] | None = None, project: Callable[[Report], Project] = Project
) -> CheckedFiles:
    """Checks one file and what it uses; `project` is where they come from. OSError where it cannot be opened."""
    report = Report()
    checker = Checker(report, library(), project(report))
    checker.check(Path(file), file)
    dependencies = {file, *checker.project.dependencies}
    for module in checker.modules.values():
        dependencies.update(module.seed_files)
    return CheckedFiles(checker.judged(levels), tuple(sorted(dependencies)))


def together(checked: Sequence[CheckedFiles]) -> CheckedFiles:
    """Several checks as one; what two of them found stands once."""
    diagnostics = in_order(diagnostic for each in checked for diagnostic in each.diagnostics)
    return CheckedFiles(tuple(diagnostics), tuple(sorted({path for each in checked for path in each.dependencies})))
