"""The command that an emitted harness is: it takes what `hdsl run` takes of it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli import output
from hdsl.cli.asking import asker
from hdsl.cli.asking_options import add_asking_options, asking, cost_of
from hdsl.cli.inputs import given_of
from hdsl.cli.output import flush, tell
from hdsl.cli.results import show_elements
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox
from hdsl.configuration.settings import load_settings
from hdsl.ground.errors import ELEMENT_FAILED, FINE, LIMIT, HdslError
from hdsl.kernel.registry import make_kernel
from hdsl.run.meter import limits
from hdsl.run.runner import run_runnable

if TYPE_CHECKING:
    from hdsl.adapt.emitted import Harness


def main(harness: "Harness", words: list[str] | None = None) -> int:
    """Runs an emitted harness: its result goes to stdout, everything else to stderr."""
    output.prepare()
    parser = argparse.ArgumentParser(description=f"Runs the harness {harness.name}.", allow_abbrev=False)
    add_asking_options(parser)
    add_sandbox_option(parser)
    parser.add_argument("--yes", action="store_true", help="type what the policy's built-in rules deny or ask about")
    given_words = sys.argv[1:] if words is None else words
    options, rest = parser.parse_known_args(given_words)
    try:
        return _run(harness, options, rest)
    except HdslError as error:
        tell(f"{harness.name}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        tell(f"{harness.name}: interrupted")
        return 130


def _run(harness: "Harness", options: argparse.Namespace, rest: list[str]) -> int:
    settings = with_sandbox(load_settings(Path.cwd(), kernel=options.kernel, sandbox=options.sandbox, yes=options.yes))
    given = given_of(harness.signature, rest, sys.argv[0])
    runnable = harness.runnable()
    for limit in limits(harness.budgets, given.dimensions):
        most = runnable.bound_within(given.dimensions)(limit.path)
        if limit.llm_calls is not None and most is not None and most > limit.llm_calls:
            tell(f"{harness.name}: the budget is {limit.llm_calls} model calls, and it can come to {most:g}")
            return LIMIT
    with asking(options, settings, "run") as asked_by_command:
        asked = asked_by_command.for_run()
        kernel = asked.of(make_kernel(settings, list(harness.models), asked.purse))
        outcome = run_runnable(runnable, given, settings, kernel, ask=asker(), asking=asked)
    show_elements(outcome)
    flush()
    for element in outcome.elements:
        if element.status.failed:
            tell(f"{harness.name} {list(element.coordinates)} failed: {element.status.cause}")
    if outcome.reason and outcome.code not in (FINE, ELEMENT_FAILED):
        tell(f"{harness.name}: {outcome.reason}")
    tell(f"{harness.name}: {outcome.usage.calls} model calls{cost_of(outcome.usage)}; record: {outcome.folder}")
    return outcome.code
