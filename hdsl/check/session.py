"""Checks several files together: each with its own modules, whatever the order they are named in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hdsl.check.checker import Checker
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.project import Project
from hdsl.check.render.order import in_order
from hdsl.check.report import Report


@dataclass(frozen=True, slots=True)
class CheckedFiles:
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
    checker = Checker(report, project=project(report))
    checker.check(Path(file), file)
    dependencies = {file, *checker.project.dependencies}
    for module in checker.modules.values():
        dependencies.update(module.seed_files)
    return CheckedFiles(checker.judged(levels), tuple(sorted(dependencies)))


def together(checked: Sequence[CheckedFiles]) -> CheckedFiles:
    """Several checks as one; what two of them found stands once."""
    diagnostics = in_order(diagnostic for each in checked for diagnostic in each.diagnostics)
    return CheckedFiles(tuple(diagnostics), tuple(sorted({path for each in checked for path in each.dependencies})))
