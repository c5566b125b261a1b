"""`hdsl run`: pulls the result of a harness."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.asking_options import add_asking_options, asking, cost_of
from hdsl.cli.errors import CommandError
from hdsl.cli.output import OutputError, flush, show, tell
from hdsl.cli.report import add_report_option, write_if_wanted
from hdsl.cli.results import show_elements
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.future.owed import not_done, owed_sentence
from hdsl.ground.errors import ELEMENT_FAILED, FINE, LIMIT

if TYPE_CHECKING:
    from hdsl.cli.resume import RecordedRun
    from hdsl.configuration.settings import Settings
    from hdsl.graph.program import Program
    from hdsl.run.asked import Asking
    from hdsl.run.runner import ElementResult, Given, Outcome


def run(words: list[str]) -> int:
    """Runs a harness: its result goes to stdout, everything else to stderr."""
    options, rest = make_parser().parse_known_args(words)
    return supervised(lambda: _run_here(options, rest), lambda reason: tell(f"hdsl run: {reason}"))


def _run_here(options: argparse.Namespace, rest: list[str]) -> int:
    file = rest.pop(0) if rest and not rest[0].startswith("-") else None
    from hdsl.cli.programs import program_of

    # What is wrong with the file is said before what running needs is looked for.
    program = None if file is None else program_of(file, options.harness, to_run=True)
    _load_what_runs()
    settings, recorded = _settings(file, options)
    if program is None:
        if recorded is None:
            raise CommandError("name a FILE before its inputs, or a run to resume with --resume")
        file = recorded.file
        program = program_of(file, options.harness or recorded.harness, to_run=True)
    if recorded is not None:
        for name, at in not_done(recorded.folder):
            left = f"has not finished `{name}` {list(at)}, which `always` promises"
            tell(f"hdsl run: the run {recorded.folder.name} {left}")
    assert file is not None
    command = f"hdsl run {file}" if options.harness is None else f"hdsl run {file} --harness {options.harness}"
    given = _given(program, rest, command, recorded)
    with asking(options, settings, "run") as asked:
        outcome = _run(program, given, settings, recorded, asked)
    try:
        _show(program, outcome, options.json)
    except OutputError as error:
        raise CommandError(f"{error}; the result is in {_near(outcome.folder)}") from None
    _conclude(program, outcome)
    write_if_wanted(outcome.folder, settings, options)
    return outcome.code


def _show(program: "Program", outcome: "Outcome", as_json: bool) -> None:
    if as_json:
        show(_as_json(program, outcome))
    else:
        show_elements(outcome)
    flush()


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl run",
        usage="hdsl run FILE [--NAME VALUE …] [--harness NAME] [--kernel K] [--record FILE] [--max-calls N]"
        " [--max-tokens N] [--max-cost X] [--resume RUN] [--sandbox] [--yes] [--html-report] [--json]",
        description="Run a harness. Its inputs and options are options here, by their names.",
        epilog='example: hdsl run examples/coder/coder.hg --task "print hello world" --T 10',
        allow_abbrev=False,
    )
    parser.add_argument("--harness", metavar="NAME", help="which harness of the file")
    add_asking_options(parser)
    add_sandbox_option(parser)
    parser.add_argument(
        "--resume",
        metavar="RUN",
        help="go on from a recorded run, with its FILE and inputs where none are given: no answer is asked for again",
    )
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    add_report_option(parser)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    return parser


def _load_what_runs() -> None:
    try:
        import hdsl.cli.inputs  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(f"running needs the package `{error.name}`: pip install 'hdsl[run]'") from None


def _settings(file: str | None, options: argparse.Namespace) -> "tuple[Settings, RecordedRun | None]":
    """The settings, and the run to go on from, whose kernel is asked on where no other is named."""
    from hdsl.cli.resume import recorded_run
    from hdsl.configuration.settings import load_settings

    folder = Path() if file is None else Path(file).parent
    settings = load_settings(folder, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes)
    if options.resume is None:
        return with_sandbox(settings), None
    recorded = recorded_run(settings.runs, options.resume)
    kernel, sandbox = options.kernel or recorded.kernel, options.sandbox or recorded.sandbox or None
    return with_sandbox(load_settings(folder, kernel=kernel, sandbox=sandbox, yes=options.yes)), recorded


def _given(program: "Program", words: list[str], command: str, recorded: "RecordedRun | None") -> "Given":
    from hdsl.cli.inputs import given_of
    from hdsl.cli.resume import given_again

    again = given_again(program, recorded) if recorded is not None and not words else None
    return given_of(program, words, command) if again is None else again


def _run(
    program: "Program", given: "Given", settings: "Settings", recorded: "RecordedRun | None", asked: "Asking"
) -> "Outcome":
    from hdsl.cli.asking import asker
    from hdsl.cli.watch import watching
    from hdsl.run.meter import beyond_budget
    from hdsl.run.runner import run_program

    beyond = beyond_budget(program, given.dimensions)
    if beyond is not None:
        raise CommandError(beyond, LIMIT)
    with watching(program) as watcher:
        resume = None if recorded is None else recorded.folder
        ask = asker(watcher)
        return run_program(program, given, settings, watcher=watcher, resume=resume, ask=ask, asking=asked)


def _as_json(program: "Program", outcome: "Outcome") -> str:
    from hdsl.run.record import usage_as_json

    is_record = program.nodes[program.result].type.record is not None

    value = {
        "run": outcome.folder.name,
        "exit": outcome.code,
        "reason": outcome.reason,
        "result": [
            {
                "coordinates": list(element.coordinates),
                "text": None if element.status.is_absent else element.text,
                **({"record": _record_of(element)} if is_record else {}),
                "status": element.status.coefficient,
                "failed": element.status.failed,
                "absent": element.status.is_absent,
                "cause": element.status.cause,
            }
            for element in outcome.elements
        ],
        "usage": usage_as_json(outcome.usage),
        "seconds": round(outcome.seconds, 3),
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def _record_of(element: "ElementResult") -> object:
    """The record that an element is; null if it failed or is absent."""
    return json.loads(element.text) if element.status.is_confidence else None


def _conclude(program: "Program", outcome: "Outcome") -> None:
    """Says on stderr how it ended, what was done in each turn, and where the record is."""
    from hdsl.cli.watch import story

    for element in outcome.elements:
        if element.status.failed:
            where = f" {list(element.coordinates)}" if len(outcome.elements) > 1 else ""
            tell(f"hdsl run: {program.name}{where} failed: {element.status.cause}")
    if outcome.reason and (not outcome.elements or outcome.code not in (FINE, ELEMENT_FAILED)):
        tell(f"hdsl run: {outcome.reason}")
    for name, at in outcome.not_done:
        tell(f"hdsl run: {owed_sentence(name, at)}")
    calls = f"{outcome.usage.calls} model call{'' if outcome.usage.calls == 1 else 's'}"
    calls += cost_of(outcome.usage)
    tell(f"{program.name}: {calls}, {outcome.seconds:.1f} s; record: {_near(outcome.folder)}")
    for line in story(program, outcome.folder):
        tell(f"  {line}")


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
