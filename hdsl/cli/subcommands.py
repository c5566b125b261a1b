"""Commands that have commands of their own: each with its summary, its description and an example."""

import argparse
from collections.abc import Callable

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""(name, summary, example) -> the parser of a subcommand."""


def subcommands(parser: argparse.ArgumentParser) -> Add:
    """Gives a command subcommands, one of which has to be named; what it returns adds one."""
    commands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", required=True)

    def add(name: str, summary: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example: {parser.prog} {example}",
            allow_abbrev=False,
        )

    return add
