"""`hdsl fmt`: formats files."""

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hdsl.check.report import Report
from hdsl.cli.check import FORCE_EXCLUDE
from hdsl.cli.configured import Configured
from hdsl.cli.errors import CommandError
from hdsl.cli.output import show, tell, tell_coloured
from hdsl.cli.paths import hg_files
from hdsl.cli.style import may_colour
from hdsl.cli.writing import replace_file
from hdsl.ground.files import read_regular

STDIN = "-"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file as it is, and as it should be."""

    shown: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        """Whether formatting changes the file."""
        return self.before != self.after


def run(words: list[str]) -> int:
    """Exit 1 if a file does not parse (it is left as it is), or with --check if one would change."""
    options = make_parser().parse_args(words)
    if STDIN in options.paths and len(options.paths) > 1:
        raise CommandError("`-` (standard input) cannot be combined with other paths")
    files = [STDIN] if STDIN in options.paths else _files(options.paths, options.force_exclude)
    report = Report()
    formatted = [each for file in files if (each := _formatted(file, report)) is not None]
    changed = [each for each in formatted if each.changes]
    if options.diff:
        show("".join(line for each in changed for line in _diff(each)), end="")
    elif options.check:
        show("".join(f"{each.shown}\n" for each in changed), end="")
    elif files == [STDIN]:
        show("".join(each.after for each in formatted), end="")
    else:
        _write_all(changed)
    if report.diagnostics:
        from hdsl.check.render.human import render

        tell_coloured(render(report.diagnostics, files, may_colour(sys.stderr)))
    return 1 if report.has_errors or (options.check and changed) else 0


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl fmt",
        description="Format .hg files. Comments stay where they are.",
        epilog="example: hdsl fmt examples/ --check",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a .hg file, a folder, or - for standard input")
    parser.add_argument("--force-exclude", action="store_true", help=FORCE_EXCLUDE)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="change nothing; show the changes as a diff")
    return parser


def _files(paths: list[str], force_exclude: bool) -> list[str]:
    return Configured().kept(hg_files(paths), [] if force_exclude else paths)


def _formatted(file: str, report: Report) -> Formatted | None:
    """None after reporting why the file cannot be formatted."""
    from hdsl.check.project import LARGEST_FILE, read_source, source_of
    from hdsl.check.syntax import report_fault
    from hdsl.syntax.format import Unformattable, format_source

    if file == STDIN and sys.stdin is None:
        raise CommandError("there is no standard input to format: it is closed")
    content = sys.stdin.buffer.read(LARGEST_FILE + 1) if file == STDIN else None
    source = read_source(Path(file), file, report) if content is None else source_of(content, file, report)
    if source is None:
        return None
    if content is None:
        content = read_regular(Path(file))
    try:
        after = format_source(source.text)
    except Unformattable as unformattable:
        for fault in unformattable.faults:
            report_fault(report, source, fault)
        return None
    if source.line_end != "\n":
        after = after.replace(source.line_end, "\n").replace("\n", source.line_end)
    return Formatted(file, content.decode("utf-8"), after)


def _diff(formatted: Formatted) -> Iterable[str]:
    """A unified diff; a last line without end is shown as diff does."""
    from difflib import unified_diff

    # Not splitlines: only a line feed ends a line of `.hg`.
    before, after = ([*_LINE.findall(text)] for text in (formatted.before, formatted.after))
    for line in unified_diff(before, after, formatted.shown, formatted.shown):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _write_all(changed: Iterable[Formatted]) -> None:
    for each in changed:
        replace_file(each.shown, each.after)
        tell(f"formatted {each.shown}")
