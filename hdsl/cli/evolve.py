"""`hdsl evolve`: edits of a graph that make it better, measured beside what the same calls buy otherwise."""

import argparse
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdsl.cli.asking_options import add_asking_options, asking
from hdsl.cli.errors import CommandError, how_it_ended
from hdsl.cli.executing import add_executor_option, rollouts_for
from hdsl.cli.numbers import decimal, seconds, whole
from hdsl.cli.output import flush, show, tell
from hdsl.cli.report import add_report_option, write_if_wanted
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.ground.errors import WRONG_USAGE, HdslError

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.evolve.evolution import Evolution
    from hdsl.evolve.record import Choices, Record
    from hdsl.learn.rollouts import Rollouts
    from hdsl.run.asked import Asking

_SHARE = decimal("a share from 0 to below 1", lambda number: 0 <= number < 1)


def run(words: list[str]) -> int:
    """Evolves; what was found goes to stdout, everything else to stderr."""
    options = make_parser().parse_args(words)
    return supervised(lambda: _evolve(options), lambda reason: tell(f"hdsl evolve: {reason}"))


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl evolve",
        description="Search for edits of a graph that make it better: proposed from the trace of its training data, "
        "checked, compared on held-out examples, and measured beside what the same model calls would have bought "
        "otherwise. The file is written only with --apply.",
        epilog="example: hdsl evolve examples/support/support.hg --kernel nearest",
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .hg file with a train block")
    parser.add_argument("--harness", metavar="NAME", help="which train block of the file")
    parser.add_argument(
        "--proposer", metavar="P", default="rules",
        help="who proposes edits: rules (the default), random, kernel (the model), agent (a coding agent), "
        "meta (a harness), or a .hg file",
    )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="seed for the split of the data and for the search"
    )
    parser.add_argument(
        "--seeds", metavar="N", type=whole(1), default=3, help="trials that a graph must pass to be kept (default: 3)"
    )
    parser.add_argument("--width", metavar="N", type=whole(1), default=6, help="candidates per round (default: 6)")
    parser.add_argument("--rounds", metavar="N", type=whole(1), default=4, help="maximum number of rounds (default: 4)")
    parser.add_argument("--calls", metavar="N", type=whole(1), help="model calls that the search may take")
    parser.add_argument("--tokens", metavar="N", type=whole(1), help="tokens that the search may take")
    parser.add_argument("--seconds", metavar="S", type=seconds, help="seconds after which no new trial starts")
    parser.add_argument(
        "--sealed",
        metavar="SHARE",
        type=_SHARE,
        default=0.25,
        help="share of the data that stays sealed (default: 0.25)",
    )
    parser.add_argument(
        "--allow", metavar="WHAT", action="append", default=[],
        help="what edits may need beyond the file: an effect (write), or an amount (calls=6, seconds=60)",
    )  # fmt: skip
    parser.add_argument("--apply", action="store_true", help="overwrite the file with the graph that was kept")
    parser.add_argument("--unseal", action="store_true", help="then measure on the sealed part, once; it is recorded")
    parser.add_argument("--resume", metavar="RUN", help="resume an evolution, or apply or unseal one that has ended")
    add_asking_options(parser)
    add_sandbox_option(parser)
    add_executor_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    add_report_option(parser)
    parser.add_argument("--json", action="store_true", help="print what was found as one JSON object")
    return parser


def _evolve(options: argparse.Namespace) -> int:
    _load_what_evolves()
    from hdsl.cli.evolve_report import as_text

    settings, record, choices = _chosen(options)
    with (
        asking(options, settings, "evolve") as asked,
        rollouts_for(options, settings, asked) as rollouts,
        closing(_evolution(options, settings, record, choices, asked, rollouts)) as evolution,
    ):
        value: dict[str, Any] = {}
        sealed: dict[str, Any] | None = None
        with _ended(evolution) as end:
            value = evolution.run()
            if options.unseal:
                sealed = evolution.unseal()
        if not end.code:
            if sealed is not None:
                value["sealed"] = sealed
            is_written = evolution.apply() if options.apply else False
            value["applied"] = is_written
            show(json.dumps(value, indent=2, ensure_ascii=False) if options.json else as_text(value))
    write_if_wanted(evolution.record.folder, settings, options)
    if end.code:
        flush()
        tell(f"hdsl evolve: {end.reason}; resume with: hdsl evolve --resume {evolution.record.id}")
    return end.code


class _End:
    """How an evolution ended."""

    code = 0
    reason = ""


@contextmanager
def _ended(evolution: "Evolution") -> Iterator[_End]:
    end = _End()
    try:
        yield end
    except (KeyboardInterrupt, HdslError, OSError) as error:
        end.code, end.reason = how_it_ended(error)
    states = {0: "finished", 4: "stopped by a limit", 5: "kernel unreachable", 130: "interrupted"}
    try:
        evolution.record.note(state=states.get(end.code, "terminated" if end.code > 128 else "failed"))
    except (HdslError, OSError) as error:
        end.code = end.code or WRONG_USAGE
        end.reason = end.reason or str(error)


def _load_what_evolves() -> None:
    try:
        import hdsl.evolve.evolution  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(f"evolving needs the package `{error.name}`: pip install 'hdsl[run]'") from None


def _chosen(options: argparse.Namespace) -> "tuple[Settings, Record, Choices | None]":
    """The settings, the folder, and of an evolution that is gone on with its choices."""
    from hdsl.configuration.settings import load_settings
    from hdsl.evolve.record import Record

    if options.resume is None and options.file is None:
        raise CommandError("name a FILE, or an evolution to resume with --resume")
    if options.resume is not None and options.file is not None:
        raise CommandError("--resume knows its file: leave FILE out")
    folder = Path(options.file).parent if options.file else Path()
    settings = load_settings(folder, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes)
    if options.resume is None:
        settings = with_sandbox(settings)
        return settings, Record(settings.runs / "-"), None
    given = Path(options.resume)
    record = Record(given if given.is_dir() else settings.runs / options.resume)
    choices = record.choices()
    kernel, sandbox = options.kernel or choices.kernel, options.sandbox or choices.sandbox or None
    found = load_settings(Path(choices.file).parent, kernel=kernel, sandbox=sandbox, yes=options.yes)
    return with_sandbox(found), record, choices


def _evolution(
    options: argparse.Namespace,
    settings: "Settings",
    record: "Record",
    choices: "Choices | None",
    asked: "Asking",
    rollouts: "Rollouts",
) -> "Evolution":
    from hdsl.cli.programs import checked_file
    from hdsl.evolve.evolution import Evolution
    from hdsl.evolve.proposers.named import proposer_named
    from hdsl.evolve.record import START, Choices, Record
    from hdsl.evolve.search import Rules
    from hdsl.ground.files import read_regular
    from hdsl.learn.start import Changed, work_of
    from hdsl.run.asked import kernel_for
    from hdsl.run.record import new_run_folder, redactor_of

    file = options.file if choices is None else choices.file
    work = work_of(*checked_file(file), settings, options.harness if choices is None else choices.harness, Changed())
    work = replace(work, rollouts=rollouts)
    if choices is None:
        rules = Rules(
            options.seed, options.seeds, options.width, options.rounds, options.calls, options.tokens, options.seconds
        )
        choices = Choices(
            file, work.choices.harness, options.proposer, rules, options.sealed, tuple(options.allow),
            settings.kernel, settings.sandbox,
        )  # fmt: skip
        text = read_regular(Path(file)).decode("utf-8")
        proposer = proposer_named(choices.proposer, settings)
        record = Record(new_run_folder(settings.runs))
    else:
        text = record.text(START)
        proposer = proposer_named(choices.proposer, settings)
    kernel = kernel_for(work.program, {}, settings, asked)
    watch = (lambda told: None) if options.json else (lambda told: tell(f"  {told}"))
    try:
        return Evolution(work, text, kernel, proposer, choices, record, redactor_of(settings), watch)
    except BaseException:
        with suppress(OSError):  # of one that cannot be, no folder is left
            record.folder.rmdir()
        raise
