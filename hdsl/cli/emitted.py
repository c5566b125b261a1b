"""The command that an emitted harness is: it takes what `hdsl run` takes of it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli import output
from hdsl.cli.asking import asker
from hdsl.cli.asking_options import add_asking_options, asking, cost_of
from hdsl.cli.errors import CommandError
from hdsl.cli.inputs import given_of
from hdsl.cli.main import as_process, told_if_ended, told_if_refused
from hdsl.cli.output import flush, tell
from hdsl.cli.results import show_elements
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.cli.supervise import supervised
from hdsl.configuration.settings import load_settings
from hdsl.future.owed import owed_sentence
from hdsl.ground.errors import ELEMENT_FAILED, FINE, LIMIT
from hdsl.run.runner import run_runnable

if TYPE_CHECKING:
    from hdsl.adapt.emitted import Harness


def main(harness: "Harness", words: list[str] | None = None) -> int:
    """Runs an emitted harness: its result goes to stdout, everything else to stderr.

    Without `words` it is the process's own command, and ends it, as `hdsl run` does.
    """
    given = sys.argv[1:] if words is None else words

    def work() -> int:
        return told_if_refused(harness.name, lambda: _supervised(harness, given))

    if words is None:
        return as_process(harness.name, work, is_of_its_own=True)
    output.prepare()
    return told_if_ended(harness.name, work)


def _supervised(harness: "Harness", words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=f"Runs the harness {harness.name}.", allow_abbrev=False)
    add_asking_options(parser)
    add_sandbox_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    options, rest = parser.parse_known_args(words)
    return supervised(lambda: _run(harness, options, rest), lambda reason: tell(f"{harness.name}: {reason}"))


def _run(harness: "Harness", options: argparse.Namespace, rest: list[str]) -> int:
    settings = with_sandbox(load_settings(Path.cwd(), kernel=options.kernel, sandbox=options.sandbox, yes=options.yes))
    given = given_of(harness.signature, rest, sys.argv[0])
    runnable = harness.runnable()
    beyond = runnable.beyond_budget(given.dimensions)
    if beyond is not None:
        raise CommandError(beyond, LIMIT)
    with asking(options, settings, "run") as asked_by_command:
        asked = asked_by_command.for_run()
        kernel = harness.kernel(given, settings, asked)
        outcome = run_runnable(runnable, given, settings, kernel, ask=asker(), asking=asked)
    show_elements(outcome)
    flush()
    for element in outcome.elements:
        if element.status.failed:
            tell(f"{harness.name} {list(element.coordinates)} failed: {element.status.cause}")
    if outcome.reason and (not outcome.elements or outcome.code not in (FINE, ELEMENT_FAILED)):
        tell(f"{harness.name}: {outcome.reason}")
    for name, at in outcome.not_done:
        tell(f"{harness.name}: {owed_sentence(name, at)}")
    tell(f"{harness.name}: {outcome.usage.calls} model calls{cost_of(outcome.usage)}; record: {outcome.folder}")
    return outcome.code
