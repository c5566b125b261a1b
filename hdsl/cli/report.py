"""`hdsl report`: the record of a run, a training, a reflection or an evolution as one HTML file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show, tell
from hdsl.cli.paths import tidy

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl report",
        description="Write the record of a run, a training, a reflection or an evolution as one HTML file, which needs "
        "nothing beside it. A record that is unfinished or damaged is shown as far as it goes.",
        epilog="example: hdsl report 20260101-120000-abc123 --out report.html",
        allow_abbrev=False,
    )
    parser.add_argument("run", metavar="RUN", nargs="?", help="a run in the folder of runs, or the folder of one; "
                        "without it, the newest run")  # fmt: skip
    parser.add_argument("--out", metavar="FILE", type=Path, help="where to write; default: report.html in the record")
    return parser


def run(words: list[str]) -> int:
    """Writes the report; its path goes to stdout."""
    options = make_parser().parse_args(words)
    from hdsl.configuration.settings import load_settings

    settings = load_settings()
    folder = _newest(settings.runs) if options.run is None else _folder(settings.runs, options.run)
    if options.out is not None and (options.out.is_dir() or not options.out.absolute().parent.is_dir()):
        raise CommandError(f"--out: {options.out} is a folder, or its folder does not exist: name a file")
    show(tidy(str(_written(folder, settings, options.out))))
    return 0


def add_report_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--html-report` to a command that makes a record."""
    parser.add_argument("--html-report", action="store_true", help="write report.html into the record when it ends")


def write_if_wanted(folder: Path, settings: "Settings", options: argparse.Namespace) -> None:
    """Writes the report of a record that has just ended, where the option or the settings ask for it.

    What goes wrong with it is told, and changes nothing of how the command ended.
    """
    if not (options.html_report or settings.report):
        return
    try:
        tell(f"report: {tidy(str(_written(folder, settings)))}")
    except OSError as error:
        tell(f"hdsl: the report cannot be written: {error}")


def _written(folder: Path, settings: "Settings", out: Path | None = None) -> Path:
    _load_what_reports()
    from hdsl.report.making import write_report
    from hdsl.run.record import redactor_of

    return write_report(folder, redactor_of(settings), out)


def _load_what_reports() -> None:
    try:
        import hdsl.report.making  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(f"reports need the package `{error.name}`: pip install 'hdsl[run]'") from None


def _folder(runs: Path, name: str) -> Path:
    given = Path(name)
    return given if given.exists() else runs / name


def _newest(runs: Path) -> Path:
    """The record that was begun last, by its name."""
    _load_what_reports()
    from hdsl.report.making import is_record

    found = [path for path in runs.iterdir() if is_record(path)] if runs.is_dir() else []
    if not found:
        raise CommandError(f"there is no run in {runs}: name one, or the folder of one")
    return max(found, key=lambda path: path.name)
