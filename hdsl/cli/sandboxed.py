"""The option `--sandbox` of commands that open terminals, and the trial of the sandbox before they begin."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings


def add_sandbox_option(parser: argparse.ArgumentParser) -> None:
    """Not given, the option is None: the settings say."""
    parser.add_argument(
        "--sandbox",
        action="store_true",
        default=None,
        help="run terminals and checks in a sandbox: the working folder alone can be written to, no home, no network",
    )


def with_sandbox(settings: "Settings") -> "Settings":
    """The settings; SandboxMissing where they ask for a sandbox and this machine cannot make one."""
    if settings.sandbox:
        from hdsl.terminal.integration import clean_environment
        from hdsl.terminal.sandbox import find_sandbox

        find_sandbox(Path.cwd(), clean_environment())
    return settings
