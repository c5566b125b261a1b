"""`hdsl run`: pulls the result of a harness."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError

if TYPE_CHECKING:
    from hdsl.graph.program import Program
    from hdsl.run.runner import Given, Outcome
    from hdsl.settings import Settings


def run(words: list[str]) -> int:
    """Runs a harness: its result goes to stdout, everything else to stderr."""
    options, rest = _parser().parse_known_args(words)
    from hdsl.cli.programs import program_of

    program = program_of(options.file, options.harness, to_run=True)
    try:
        from hdsl.cli.inputs import given_of
    except ModuleNotFoundError as error:
        raise CommandError(f"running needs the package `{error.name}`: pip install 'hdsl[run]'") from None
    given = given_of(program, rest, options.file)
    outcome = _run(program, given, options)
    if options.json:
        print(_as_json(outcome))
    else:
        for element in outcome.elements:
            if element.text or not element.status.failed:
                print(element.text)
    _conclude(program, outcome)
    return outcome.code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hdsl run",
        description="Runs a harness. Its inputs and options are options here, by their names.",
        epilog='example: hdsl run examples/coder/coder.hg --task "print hello world" --T 10',
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--harness", metavar="NAME", help="which harness of the file")
    parser.add_argument("--kernel", metavar="K", help="what answers: nearest (embedded) or openai")
    parser.add_argument(
        "--resume", metavar="RUN", help="go on from a recorded run: what was answered is not asked again"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    return parser


def _run(program: "Program", given: "Given", options: argparse.Namespace) -> "Outcome":
    from hdsl.cli.watch import watching
    from hdsl.experience import ExperienceError
    from hdsl.kernel.request import KernelUnreachable
    from hdsl.run.entries import EntryError
    from hdsl.run.lower import LoweringError
    from hdsl.run.runner import UNREACHABLE, run_program
    from hdsl.settings import SettingsError, load_settings

    try:
        settings = load_settings(Path(options.file).parent, kernel=options.kernel)
        resume = None if options.resume is None else _resumed(settings, options.resume)
        with watching(program) as watcher:
            return run_program(program, given, settings, watcher=watcher, resume=resume)
    except KernelUnreachable as error:
        raise CommandError(str(error), UNREACHABLE) from None
    except ExperienceError as error:
        raise CommandError(str(error), 1) from None
    except (SettingsError, EntryError, LoweringError, OSError) as error:
        raise CommandError(str(error)) from None


def _resumed(settings: "Settings", name: str) -> Path:
    folder = settings.runs / name
    if not (folder / "run.json").is_file():
        raise CommandError(f"there is no run {name} in {settings.runs}")
    return folder


def _as_json(outcome: "Outcome") -> str:
    value = {
        "run": outcome.folder.name,
        "exit": outcome.code,
        "reason": outcome.reason,
        "result": [
            {
                "coordinates": list(element.coordinates),
                "text": element.text,
                "status": element.status.coefficient,
                "failed": element.status.failed,
                "cause": element.status.cause,
            }
            for element in outcome.elements
        ],
        "usage": {
            "calls": outcome.usage.calls,
            "retries": outcome.usage.retries,
            "prompt_tokens": outcome.usage.prompt_tokens,
            "completion_tokens": outcome.usage.completion_tokens,
        },
        "seconds": round(outcome.seconds, 3),
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def _conclude(program: "Program", outcome: "Outcome") -> None:
    """Says on stderr how it ended, what was done in each turn, and where the record is."""
    from hdsl.cli.watch import story

    sys.stdout.flush()
    for element in outcome.elements:
        if element.status.failed:
            where = f" {list(element.coordinates)}" if len(outcome.elements) > 1 else ""
            print(f"hdsl run: {program.name}{where} failed: {element.status.cause}", file=sys.stderr)
    if outcome.reason and not outcome.elements:
        print(f"hdsl run: {outcome.reason}", file=sys.stderr)
    calls = f"{outcome.usage.calls} model call{'' if outcome.usage.calls == 1 else 's'}"
    print(f"{program.name}: {calls}, {outcome.seconds:.1f} s; record: {_near(outcome.folder)}", file=sys.stderr)
    for line in story(program, outcome.folder):
        print(f"  {line}", file=sys.stderr)


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
