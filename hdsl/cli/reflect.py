"""`hdsl reflect`: runs training data forward and backward, and says which nodes are to blame for what is wrong."""

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError, said
from hdsl.cli.output import flush, show, tell
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.future.stopping import exit_code

if TYPE_CHECKING:
    from hdsl.reflect.session import ReflectionSession


def run(words: list[str]) -> int:
    """Reflects; the summary goes to stdout, everything else to stderr."""
    options = _parser().parse_args(words)
    return supervised(lambda: _reflect(options), lambda reason: tell(f"hdsl reflect: {reason}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hdsl reflect",
        description="Runs the training data of a harness forward and backward, without learning, and shows which nodes "
        "are to blame for what is wrong. The validation part of the data is left alone.",
        epilog="example: hdsl reflect examples/translate/translate.hg --json",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--harness", metavar="NAME", help="which train block of the file")
    parser.add_argument("--seed", metavar="N", type=int, help="of the split into training and validation")
    parser.add_argument("--kernel", metavar="K", help="what answers: nearest (embedded) or openai")
    parser.add_argument("--calls", metavar="N", type=_from_zero, help="the most model calls that reflections may take")
    add_sandbox_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    return parser


def _from_zero(word: str) -> int:
    number = int(word)
    if number < 0:
        raise argparse.ArgumentTypeError(f"a whole number from 0, not {word}")
    return number


def _reflect(options: argparse.Namespace) -> int:
    from hdsl.cli.train import ended

    _load_what_reflects()
    from hdsl.cli.reflect_report import as_json, as_text

    with closing(_session(options)) as session:
        code, reason = 0, ""
        try:
            session.run(lambda traced: None)
        except KeyboardInterrupt as interrupt:
            code = exit_code(interrupt)
            reason = "interrupted" if code == 130 else "terminated"
        except Exception as error:
            code, reason = ended(error)
        summary = session.summary()
        value = as_json(summary)
        try:
            session.note(_STATES.get(code, "terminated" if code > 128 else "failed"), value)
        except OSError as error:
            code, reason = code or 2, reason or said(error)
        run, left = session.folder.name, session.left_alone
        show(json.dumps({"run": run, **value}, indent=2, ensure_ascii=False) if options.json
             else as_text(summary, run, left))  # fmt: skip
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


def _session(options: argparse.Namespace) -> "ReflectionSession":
    from hdsl.cli.train import ended, work_for
    from hdsl.configuration.settings import SettingsError, load_settings
    from hdsl.kernel.registry import make_kernel
    from hdsl.reflect.session import ReflectionSession
    from hdsl.run.record import new_run_folder, redactor_of

    folder = Path(options.file).parent
    try:
        settings = load_settings(folder, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes)
        work = work_for(options.file, with_sandbox(settings), options.harness, None, options.seed)
        kernel = make_kernel(settings)
        return ReflectionSession(work, kernel, new_run_folder(settings.runs), redactor_of(settings), options.calls)
    except (SettingsError, CommandError) as error:
        raise error if isinstance(error, CommandError) else CommandError(str(error)) from None
    except Exception as error:
        code, reason = ended(error)
        raise CommandError(reason, code) from None
