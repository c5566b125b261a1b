"""`hdsl test`: runs the test blocks of files."""

import argparse
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError, said
from hdsl.cli.paths import hg_files
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox

if TYPE_CHECKING:
    from hdsl.graph.typed import Module, TypedHarness
    from hdsl.run.runner import Outcome


def run(words: list[str]) -> int:
    """Exit 0 where every expectation of every test holds, else 1."""
    parser = argparse.ArgumentParser(
        prog="hdsl test",
        description="Runs the test blocks of files.",
        epilog="example: hdsl test examples/coder/coder.hg",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--kernel", metavar="K", help="what answers: nearest (embedded) or openai")
    add_sandbox_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    options = parser.parse_args(words)
    from hdsl.cli.programs import checked_file

    passed = failed = 0
    for file in hg_files(options.paths):
        checked, module = checked_file(file)
        for name, test in checked.tests.items():
            began = monotonic()
            reasons = _reasons(_run(module, test, file, options))
            seconds = monotonic() - began
            print(f"{'FAILED' if reasons else 'ok':<6} {file}: {name} ({seconds:.1f} s)", flush=True)
            for reason in reasons:
                print(f"       {reason}")
            passed, failed = passed + (not reasons), failed + bool(reasons)
    print(f"{passed} passed, {failed} failed")
    if not passed and not failed:
        print("hdsl test: there is no test block here", file=sys.stderr)
    return 1 if failed else 0


def _run(module: "Module", test: "TypedHarness", file: str, options: argparse.Namespace) -> "Outcome":
    from hdsl.experience import ExperienceError
    from hdsl.graph.inline import inline
    from hdsl.kernel.request import KernelUnreachable
    from hdsl.learned.history import HistoryError
    from hdsl.run.entries import EntryError
    from hdsl.run.lower import LoweringError
    from hdsl.run.runner import INTERRUPTED, UNREACHABLE, WRONG_USAGE, Given, run_program
    from hdsl.settings import SettingsError, load_settings

    program = inline(module, test)
    try:
        settings = with_sandbox(load_settings(Path(file).parent, kernel=options.kernel, sandbox=options.sandbox, yes=options.yes))
        outcome = run_program(program, Given({}, {}, {}), settings, targets=test.expectations)
    except KernelUnreachable as error:
        raise CommandError(str(error), UNREACHABLE) from None
    except (SettingsError, EntryError, LoweringError, ExperienceError, HistoryError, OSError) as error:
        raise CommandError(said(error)) from None
    if outcome.code in (WRONG_USAGE, UNREACHABLE):
        raise CommandError(outcome.reason, outcome.code)
    if outcome.code == INTERRUPTED:
        raise KeyboardInterrupt
    return outcome


def _reasons(outcome: "Outcome") -> list[str]:
    """Why a test failed: each expectation whose score is not 0, or that could not be scored."""
    if not outcome.elements:
        return [outcome.reason]
    reasons: list[str] = []
    for element in outcome.elements:
        if element.status.failed:
            reasons.append(f"{element.node} {list(element.coordinates)} failed: {element.status.cause}")
        elif float(element.text) != 0.0:
            reasons.append(f"{element.node} {list(element.coordinates)} is {element.text}, not 0")
    return reasons
