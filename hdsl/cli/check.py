"""`hdsl check`: verifies files and folders."""

from __future__ import annotations

import argparse
import sys

from hdsl.cli.cache import Remembered, recall, remember
from hdsl.cli.paths import hg_files
from hdsl.cli.style import may_colour

FORMATS = ("human", "json", "sarif", "github", "gitlab")


def run(words: list[str]) -> int:
    """Exit 0 where nothing is wrong, 1 where something is (with --strict, a warning too)."""
    options = _parser().parse_args(words)
    files = hg_files(options.paths)
    colour = options.format == "human" and may_colour(sys.stdout)
    question = [options.format, str(colour), *files]
    known = recall(question)
    if known is None:
        known = _check(files, options.format, colour)
        remember(question, known)
    sys.stdout.write(known.output)
    return 1 if known.errors or (options.strict and known.warnings) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hdsl check",
        description="Verifies .hg files before anything runs.",
        epilog="example: hdsl check examples/",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a .hg file, or a folder to search for them")
    parser.add_argument("--format", choices=FORMATS, default="human", help="how findings are shown (default: human)")
    parser.add_argument("--strict", action="store_true", help="exit 1 for warnings too")
    return parser


def _check(files: list[str], output_format: str, colour: bool) -> Remembered:
    from importlib import import_module

    from hdsl.check.session import check_files

    checked = check_files(files)
    render = import_module(f"hdsl.check.render.{output_format}").render
    output = render(checked.diagnostics, files, colour)
    errors = sum(diagnostic.severity == "error" for diagnostic in checked.diagnostics)
    return Remembered(output, errors, len(checked.diagnostics) - errors, checked.dependencies)
