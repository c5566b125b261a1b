"""`hdsl tasks`: training data that a repository makes of itself, judged by its own tests."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdsl.cli.errors import CommandError
from hdsl.cli.executing import add_executor_option
from hdsl.cli.numbers import whole
from hdsl.cli.output import on_terminal, show, tell
from hdsl.cli.supervise import supervised

if TYPE_CHECKING:
    from hdsl.tasks.mapping import Mapper
    from hdsl.tasks.model import Watch

_KINDS = {
    "masked": "a region of a function is hidden",
    "docstring": "what a function does, from its code",
    "code": "the body of a function, from its docstring",
    "tests": "a test of a function",
    "stack": "what happens when a call is made",
}


def run(words: list[str]) -> int:
    """Makes the data; the report goes to stdout, progress to stderr."""
    options = make_parser().parse_args(words)
    return supervised(lambda: _tasks(options), lambda reason: tell(f"hdsl tasks: {reason}"))


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl tasks",
        description="Make training, validation and sealed data from a Python repository, without labels from a person. "
        "Its code runs only in a sandbox. Interrupted, the same command goes on.",
        epilog="example: hdsl tasks ../toolz --kind masked --out toolz-masked && hdsl train toolz-masked/masked.hg",
        allow_abbrev=False,
    )
    parser.add_argument("repository", metavar="REPO", help="a folder with Python code and tests for pytest")
    kinds = "; ".join(f"{kind}: {what}" for kind, what in _KINDS.items())
    parser.add_argument("--kind", metavar="KIND", choices=list(_KINDS), required=True, help=kinds)
    parser.add_argument("--out", metavar="DIR", required=True, help="the folder for the data")
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="seed for what is picked and hidden (default: 0)"
    )
    parser.add_argument("--limit", metavar="N", type=whole(1), help="functions to look at (default: all)")
    parser.add_argument(
        "--tests", metavar="PATH", action="append", default=[], help="a file or folder of tests to run (default: all)"
    )
    parser.add_argument(
        "--source", metavar="PATH", action="append", default=[], help="a file or folder to make tasks of (default: all)"
    )
    add_executor_option(parser)
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    return parser


def _tasks(options: argparse.Namespace) -> int:
    try:
        from hdsl.tasks.building import Choices, build
    except ModuleNotFoundError as error:
        raise CommandError(f"making tasks needs the package `{error.name}`: pip install 'hdsl[run]'") from None
    folder = Path(options.out)
    choices = Choices(
        Path(options.repository),
        options.kind,
        folder,
        options.seed,
        options.limit,
        tuple(options.tests),
        tuple(options.source),
    )
    with _watching() as watch, _mapper(options.executor) as mapper:
        report = build(choices, mapper, watch)
    show(json.dumps(report, indent=2, ensure_ascii=False) if options.json else _as_text(report, folder))
    if not report["tasks"]["train"]:
        tell("hdsl tasks: found nothing to train on; the report says why")
        return 1
    return 0


@contextmanager
def _mapper(named: str | None) -> "Iterator[Mapper]":
    """Who runs the tests, as the option or the settings say. NoExecutor where there is none of that name."""
    from hdsl.configuration.settings import load_settings
    from hdsl.tasks.mapping import map_by, map_here

    name = named or load_settings().executor
    if name in ("", "here"):
        yield map_here
        return
    from hdsl.executors.choosing import executor_named
    from hdsl.future.stopping import stopping

    with closing(executor_named(name)) as executor:
        stopping().note_temporary(executor.folder)
        yield map_by(executor)


def _as_text(report: dict[str, Any], folder: Path) -> str:
    tasks = report["tasks"]
    forms = ", ".join(f"{count} {form}" for form, count in report["forms"].items())
    lines = [
        f"{report['repository']}, {report['kind']}: {sum(tasks.values())} tasks from {report['looked_at']} functions"
        + (f" ({forms})" if forms else ""),
        f"  {tasks['train']} to train on, {tasks['valid']} to validate with, {tasks['sealed']} sealed; "
        f"split by {report['split']}",
    ]
    if report["tests"]:
        lines.append("  tests: " + ", ".join(f"{count} {what}" for what, count in report["tests"].items()))
    for what in ("dropped", "files_left_out"):
        if report[what]:
            lines.append(f"  {what.replace('_', ' ')}:")
            lines += [f"    {count:>6}  {reason}" for reason, count in report[what].items()]
    lines.append(f"  train with: hdsl train {folder / report['kind']}.hg")
    return "\n".join(lines)


@contextmanager
def _watching() -> Iterator["Watch"]:
    """A progress bar for each stage where stderr is a terminal, else a line when one is done."""
    if not on_terminal(sys.stderr):
        yield _tell_stage
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars: dict[str, Any] = {}

        def watch(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total)
            progress.update(bars[stage], completed=done, total=total)

        yield watch


def _tell_stage(stage: str, done: int, total: int) -> None:
    if done == total and total:
        tell(f"{stage}: {total} done")
