"""What is wrong with a file that a model wrote: what the checker finds, and which of its tests fail on stubs alone."""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.session import Checked, check_file
from hdsl.configuration.entry_points import NO_ENTRIES
from hdsl.configuration.settings import load_settings
from hdsl.graph.inline import ProgramTooLarge
from hdsl.graph.program import Program
from hdsl.graph.typed import Module, TypedHarness
from hdsl.run.expectations import program_of_test, unmet
from hdsl.run.runner import Given, Outcome, run_program
from hdsl.syntax.format import format_source

SHOWN = "harness.hg"
"""What the file is called in reports."""

_FENCED = re.compile(r"(?:`{3,}|~{3,})[^\n]*\n(.*?)\n?(?:`{3,}|~{3,})", re.DOTALL)
_OUTSIDE = frozenset({"read", "write", "open", "wait"})
"""Effects of what a test of a stranger's file may not do."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, and what is wrong with it. `is_read`: whether it parses as a whole."""

    text: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Tests that fail, each with its reason; or that there is none."""
    passed: int = 0
    not_run: tuple[str, ...] = ()
    """Tests that would touch files or terminals: they are left to whoever reads the file."""
    is_read: bool = True

    @property
    def is_right(self) -> bool:
        """Whether it checks and its tests pass."""
        return not self.errors and not self.failed

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Of two files, the better one has the lower rank."""
        return not self.is_read, len(self.errors), len(self.failed), len(self.warnings)

    @property
    def report(self) -> str:
        """What is wrong, a line each."""
        return "\n".join((*self.errors, *self.failed))


def judged(answer: str) -> Judged:
    """The file in an answer, formatted if it can be, with what is wrong with it. None of its functions is imported."""
    text = file_in(answer)
    with TemporaryDirectory(prefix="hdsl-author-") as folder:
        path = Path(folder) / SHOWN
        path.write_text(text, encoding="utf-8", errors="replace")
        checked = check_file(path, SHOWN, entries=NO_ENTRIES)
        errors = tuple(_line(each) for each in checked.diagnostics if each.severity == "error")
        warnings = tuple(_line(each) for each in checked.diagnostics if each.severity != "error")
        if errors or checked.module is None:
            is_read = not any(each.code.startswith("HG0") for each in checked.diagnostics)
            return Judged(text, errors, warnings, is_read=is_read)
        return _tested(format_source(text), warnings, checked, checked.module, Path(folder))


def file_in(answer: str) -> str:
    """The file in an answer: what stands in its fence, or from its first line on."""
    fenced = _FENCED.search(answer)
    text = fenced[1] if fenced is not None else answer
    start = re.search(r"^hdsl[ \t]+\d", text, re.MULTILINE)
    return text[start.start() if start is not None else 0 :].strip() + "\n"


def _line(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    line, column = place.source.position(place.span.start)
    return f"{SHOWN}:{line}:{column}: {diagnostic.code} {diagnostic.message} {diagnostic.help}".rstrip()


def _tested(text: str, warnings: tuple[str, ...], checked: Checked, module: Module, folder: Path) -> Judged:
    failed: list[str] = []
    not_run: list[str] = []
    passed = 0
    for name, test in checked.tests.items():
        try:
            program = program_of_test(module, test)
        except ProgramTooLarge as error:
            failed.append(f'test "{name}" is too large: {error}')
            continue
        if _touches(program):
            not_run.append(name)
            continue
        reason = "; ".join(unmet(_outcome(program, test, folder)))
        passed += not reason
        if reason:
            failed.append(f'test "{name}" fails: {reason}')
    if not checked.tests:
        failed.append("There is no test: add one that gives each node that asks a model its answer with `given`.")
    return Judged(text, (), warnings, tuple(failed), passed, tuple(not_run))


def _touches(program: Program) -> bool:
    return any(effect.name in _OUTSIDE for node in program.nodes.values() for effect in node.effects)


def _outcome(program: Program, test: TypedHarness, folder: Path) -> Outcome:
    settings = load_settings(folder, environment={}, kernel="nearest", runs=folder / "runs")
    return run_program(program, Given({}, {}, {}), settings, targets=test.expectations)
