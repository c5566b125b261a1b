"""`hdsl check`: checks files and folders."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from hdsl.cli.cache import Remembered, recall, remember
from hdsl.cli.configured import Configured
from hdsl.cli.errors import CommandError
from hdsl.cli.output import show_coloured
from hdsl.cli.paths import hg_files
from hdsl.cli.style import may_colour
from hdsl.cli.width import Layout

if TYPE_CHECKING:
    from hdsl.check.diagnostic import Diagnostic

FORCE_EXCLUDE = "apply the configured excludes to the given PATHs too"
FORMATS = ("human", "json", "sarif", "github", "gitlab")


def run(words: list[str]) -> int:
    """Exit 0 where nothing is wrong, 1 where something is (with --strict, a warning too)."""
    options = make_parser().parse_args(words)
    if options.fix and options.watch:
        raise CommandError("--fix cannot be combined with --watch")
    files = hg_files(options.paths)
    named = [] if options.force_exclude else options.paths
    colour = options.format == "human" and may_colour(sys.stdout)
    if options.watch:
        from hdsl.cli.recheck import watch

        watch(
            options.paths, named, lambda checked, shown: _rendered(checked.diagnostics, shown, options.format, colour)
        )
    if options.fix:
        from hdsl.cli.fix import fix_files

        configured = Configured()
        fix_files(configured.kept(files, named), configured)
    question = [options.format, str(colour), str(options.fix), *named, "", *files]
    known = recall(question)
    if known is None:
        known = _check(files, named, options.format, colour, fixed=options.fix)
        remember(question, known)
    show_coloured(known.output)
    return 1 if known.errors or (options.strict and known.warnings) else 0


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl check",
        description="Check .hg files before anything runs.",
        epilog="example: hdsl check examples/",
        formatter_class=Layout,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a .hg file, or a folder to search for them")
    parser.add_argument("--format", choices=FORMATS, default="human", help="output format (default: human)")
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes, then check")
    parser.add_argument("--strict", action="store_true", help="exit with 1 on warnings too")
    parser.add_argument("--force-exclude", action="store_true", help=FORCE_EXCLUDE)
    parser.add_argument("--watch", action="store_true", help="check again when a file changes, until interrupted")
    return parser


def _check(found: list[str], named: list[str], output_format: str, colour: bool, *, fixed: bool) -> Remembered:
    """`fixed`: the safe fixes have been applied, so that what is left of them needs a look."""
    from hdsl.ground.collector import collector_paused

    with collector_paused():
        from hdsl.check.session import check_files

    configured = Configured()
    files = configured.kept(found, named)
    checked = check_files(files, configured.levels)
    diagnostics = _to_review(checked.diagnostics) if fixed else checked.diagnostics
    output = _rendered(diagnostics, files, output_format, colour)
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    dependencies = [*checked.dependencies, *sorted(configured.places)]
    return Remembered(output, errors, len(diagnostics) - errors, dependencies)


def _to_review(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    from hdsl.check.fixes import to_review

    return tuple(map(to_review, diagnostics))


def _rendered(diagnostics: tuple[Diagnostic, ...], files: list[str], output_format: str, colour: bool) -> str:
    from importlib import import_module

    output: str = import_module(f"hdsl.check.render.{output_format}").render(diagnostics, files, colour)
    return output
