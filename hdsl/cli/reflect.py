"""`hdsl reflect`: runs training data forward and backward, and says which nodes are to blame for what is wrong."""

import argparse
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.asking_options import add_asking_options, asking
from hdsl.cli.errors import CommandError, error_message, how_it_ended
from hdsl.cli.executing import add_executor_option, rollouts_for
from hdsl.cli.numbers import whole
from hdsl.cli.output import flush, show, tell
from hdsl.cli.report import add_report_option, write_if_wanted
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.ground.errors import WRONG_USAGE, HdslError

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.learn.rollouts import Rollouts
    from hdsl.reflect.session import ReflectionSession
    from hdsl.run.asked import Asking


def run(words: list[str]) -> int:
    """Reflects; the summary goes to stdout, everything else to stderr."""
    options = make_parser().parse_args(words)
    return supervised(lambda: _reflect(options), lambda reason: tell(f"hdsl reflect: {reason}"))


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl reflect",
        description="Run the training data of a harness forward and backward, without learning, and show which nodes "
        "are to blame for what is wrong. The validation part of the data is left alone.",
        epilog="example: hdsl reflect examples/translate/translate.hg --json",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a .hg file")
    parser.add_argument("--harness", metavar="NAME", help="which train block of the file")
    parser.add_argument("--seed", metavar="N", type=int, help="seed for the split into training and validation")
    parser.add_argument("--reflections", metavar="N", type=whole(0), help="most model calls for backward passes")
    add_asking_options(parser)
    add_sandbox_option(parser)
    add_executor_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    add_report_option(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    return parser


def _reflect(options: argparse.Namespace) -> int:
    _load_what_reflects()
    from hdsl.cli.reflect_report import as_json, as_text
    from hdsl.configuration.settings import load_settings

    folder = Path(options.file).parent
    settings = load_settings(folder, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes)
    settings = with_sandbox(settings)
    with (
        asking(options, settings, "reflect") as asked,
        rollouts_for(options, settings, asked) as rollouts,
        closing(_session(options, settings, asked, rollouts)) as session,
    ):
        code, reason = 0, ""
        try:
            session.run(lambda traced: None)
        except (KeyboardInterrupt, HdslError, OSError) as error:
            code, reason = how_it_ended(error)
        summary = session.summary()
        value = as_json(summary)
        try:
            session.note(_STATES.get(code, "terminated" if code > 128 else "failed"), value)
        except OSError as error:
            code, reason = code or WRONG_USAGE, reason or error_message(error)
        run, left = session.folder.name, session.left_alone
        if options.json:
            show(json.dumps({"run": run, **value}, indent=2, ensure_ascii=False))
        else:
            show(as_text(summary, run, left))
    write_if_wanted(session.folder, settings, options)
    if code:
        flush()
        tell(f"hdsl reflect: {reason}; {len(session.traces)} of {len(session.examples)} examples were traced")
    return code


_STATES = {0: "finished", 4: "stopped by a budget", 5: "kernel unreachable", 130: "interrupted"}


def _load_what_reflects() -> None:
    try:
        import hdsl.learn.start
        import hdsl.reflect.session  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(f"reflecting needs the package `{error.name}`: pip install 'hdsl[run]'") from None


def _session(
    options: argparse.Namespace, settings: "Settings", asked: "Asking", rollouts: "Rollouts"
) -> "ReflectionSession":
    from hdsl.cli.programs import checked_file
    from hdsl.learn.start import Changed, work_of
    from hdsl.reflect.session import ReflectionSession
    from hdsl.run.asked import kernel_for
    from hdsl.run.record import new_run_folder, redactor_of

    work = work_of(*checked_file(options.file), settings, options.harness, Changed(None, options.seed), asked)
    work = replace(work, rollouts=rollouts)
    kernel = kernel_for(work.program, {}, settings, asked)
    return ReflectionSession(work, kernel, new_run_folder(settings.runs), redactor_of(settings), options.reflections)
