"""`hdsl test`: runs the test blocks of files."""

import argparse
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from hdsl.cli.asking_options import add_asking_options, asking
from hdsl.cli.errors import CommandError
from hdsl.cli.output import flush, show, tell
from hdsl.cli.paths import hg_files
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.ground.errors import UNREACHABLE, WRONG_USAGE

NO_MODEL = "nearest"
"""The kernel of tests that ask none."""

if TYPE_CHECKING:
    from hdsl.graph.typed import Module, TypedHarness
    from hdsl.run.asked import Asking
    from hdsl.run.runner import Outcome


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl test",
        description="Run the test blocks of files.",
        epilog="example: hdsl test examples/coder/coder.hg",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a .hg file, or a folder to search for them")
    add_asking_options(parser)
    add_sandbox_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    return parser


def run(words: list[str]) -> int:
    """Exit 0 where every expectation of every test holds, else 1."""
    options = make_parser().parse_args(words)
    return supervised(lambda: _test(options), lambda reason: tell(f"hdsl test: {reason}"))


def _test(options: argparse.Namespace) -> int:
    from hdsl.configuration.files import SettingsError
    from hdsl.configuration.settings import load_settings

    try:
        settings = load_settings(kernel=options.kernel)
    except SettingsError as error:
        raise CommandError(str(error)) from None
    with asking(options, settings, "test") as asked:
        return _test_all(options, asked)


def _test_all(options: argparse.Namespace, asked: "Asking") -> int:
    from hdsl.cli.programs import checked_file
    from hdsl.run.expectations import unmet

    passed = failed = 0
    for file in hg_files(options.paths):
        checked, module = checked_file(file)
        for name, test in checked.tests.items():
            began = monotonic()
            outcome = _run(module, test, file, options, asked)
            reasons = unmet(outcome)
            seconds = monotonic() - began
            show(f"{'FAILED' if reasons else 'ok':<6} {file}: {name} ({seconds:.1f} s)")
            flush()
            for line in [*reasons, *_stubbed(test, outcome)]:
                show(f"       {line}")
            passed, failed = passed + (not reasons), failed + bool(reasons)
    show(f"{passed} passed, {failed} failed")
    if not passed and not failed:
        tell("hdsl test: there is no test block here")
    return 1 if failed else 0


def _run(module: "Module", test: "TypedHarness", file: str, options: argparse.Namespace, asked: "Asking") -> "Outcome":
    from hdsl.configuration.settings import load_settings
    from hdsl.future.stopping import Stopped
    from hdsl.run.expectations import asks_a_model, program_of_test
    from hdsl.run.runner import Given, run_program

    program = program_of_test(module, test)
    # What is given stands for the answers of a model: then none need be there.
    kernel = NO_MODEL if test.stubs and not asks_a_model(program) else options.kernel
    settings = with_sandbox(load_settings(Path(file).parent, kernel=kernel, sandbox=options.sandbox, yes=options.yes))
    outcome = run_program(program, Given({}, {}, {}), settings, targets=test.expectations, asking=asked)
    if outcome.code in (WRONG_USAGE, UNREACHABLE):
        raise CommandError(outcome.reason, outcome.code)
    if outcome.code > 128:
        raise Stopped(outcome.code - 128)
    return outcome


def _stubbed(test: "TypedHarness", outcome: "Outcome") -> list[str]:
    """Which nodes were given, and which of them nothing asked for."""
    if not test.stubs:
        return []
    asked = set(outcome.stubs_asked)
    lines = [f"given: {', '.join(stub.shown for stub in test.stubs)}"]
    spare = [stub.shown for stub in test.stubs if stub.shown not in asked]
    return [*lines, f"not asked for: {', '.join(spare)}"] if spare else lines
