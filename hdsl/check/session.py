"""Checks several files together: each once, whatever the order they are named in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hdsl.check.checker import Checker
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.report import Report


@dataclass(frozen=True, slots=True)
class CheckedFiles:
    """All that was found, in order, and every file that was read or looked for."""

    diagnostics: tuple[Diagnostic, ...]
    dependencies: list[str]


def check_files(files: Sequence[str]) -> CheckedFiles:
    """Checks files. OSError where one cannot be opened."""
    report = Report()
    dependencies: set[str] = set(files)
    for file in files:
        checker = Checker(report)
        checker.check(Path(file), file)
        dependencies.update(checker.project.dependencies)
        for module in checker.modules.values():
            dependencies.update(module.seed_files)
    return CheckedFiles(report.diagnostics, sorted(dependencies))
