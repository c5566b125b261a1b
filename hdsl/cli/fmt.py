"""`hdsl fmt`: lays files out in the one layout."""

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
class LaidOut:
    """A file as it is, and as it should be."""

    shown: str
    before: str
    after: str

    @property
    def changes(self) -> bool:
        """Whether the layout is another one."""
        return self.before != self.after


def run(words: list[str]) -> int:
    """Exit 1 where a file does not parse (it is left as it is), or with --check where one would change."""
    options = make_parser().parse_args(words)
    if STDIN in options.paths and len(options.paths) > 1:
        raise CommandError("`-` is standard input and stands alone")
    files = [STDIN] if STDIN in options.paths else _files(options.paths, options.force_exclude)
    report = Report()
    laid_out = [each for file in files if (each := _laid_out(file, report)) is not None]
    changed = [each for each in laid_out if each.changes]
    if options.diff:
        show("".join(line for each in changed for line in _diff(each)), end="")
    elif options.check:
        show("".join(f"{each.shown}\n" for each in changed), end="")
    elif files == [STDIN]:
        show("".join(each.after for each in laid_out), end="")
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
        description="Lays .hg files out in the one layout. Comments stay where they are.",
        epilog="example: hdsl fmt examples/ --check",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a .hg file, a folder, or - for standard input")
    parser.add_argument("--force-exclude", action="store_true", help=FORCE_EXCLUDE)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something would change")
    parser.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    return parser


def _files(paths: list[str], force_exclude: bool) -> list[str]:
    return Configured().kept(hg_files(paths), [] if force_exclude else paths)


def _laid_out(file: str, report: Report) -> LaidOut | None:
    """None after reporting why the file cannot be laid out."""
    from hdsl.check.project import LARGEST_FILE, read_source, source_of
    from hdsl.check.syntax import report_fault
    from hdsl.syntax.format import Unformattable, format_source

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
    return LaidOut(file, content.decode("utf-8"), after)


def _diff(laid_out: LaidOut) -> Iterable[str]:
    """A unified diff; a last line without end is shown as diff does."""
    from difflib import unified_diff

    # Not splitlines: only a line feed ends a line of `.hg`.
    before, after = ([*_LINE.findall(text)] for text in (laid_out.before, laid_out.after))
    for line in unified_diff(before, after, laid_out.shown, laid_out.shown):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _write_all(changed: Iterable[LaidOut]) -> None:
    for each in changed:
        replace_file(each.shown, each.after)
        tell(f"laid out {each.shown}")
