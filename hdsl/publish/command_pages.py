"""The reference of commands, made from what each command's parser says of its arguments and options."""

import argparse
from collections.abc import Iterator, Mapping

_HEAD = """# Commands

Each command of `hdsl` with its arguments and options; `hdsl COMMAND --help` shows the same. Results go to stdout,
everything else to stderr; there is no colour if the output is not a terminal or `NO_COLOR` is set. Made by
`python -m hdsl.publish`.

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | a file does not check, or a test failed |
| 2 | wrong usage, or a file that cannot be opened |
| 3 | it ran, and an element of the result failed |
| 4 | a budget or a limit stopped it |
| 5 | the kernel could not be reached |
| 130 | interrupted |
"""
_SEE = {
    "author": ["authoring.md"],
    "check": ["checking.md", "checking-in-ci.md"],
    "cost": ["graph.md"],
    "explain": ["diagnostics/README.md"],
    "experience": ["experience.md"],
    "fmt": ["checking.md"],
    "card": ["grammar.md"],
    "grammar": ["grammar.md"],
    "graph": ["graph.md"],
    "lsp": ["editors.md"],
    "doctor": ["running.md"],
    "run": ["running.md"],
    "test": ["testing.md"],
    "train": ["training.md"],
}


def page(parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """The whole page in Markdown, for the parsers of all commands by name."""
    return "\n".join([_HEAD, *("\n".join(_command(name, parser)) for name, parser in parsers.items())])


def _command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## hdsl {name}\n"
    links = ", ".join(f"[{page.removesuffix('.md')}](../{page})" for page in _SEE.get(name, []))
    yield f"{parser.description}" + (f" More: {links}." if links else "") + "\n"
    yield from _arguments(parser)
    for action in parser._actions:  # argparse has no public way to list them
        if isinstance(action, argparse._SubParsersAction):
            for subcommand, inner in action.choices.items():
                yield f"### hdsl {name} {subcommand}\n\n{inner.description}\n"
                yield from _arguments(inner)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    if parser.usage is not None:
        yield f"```text\n{parser.usage}\n```\n"
    shown = [action for action in parser._actions if not isinstance(action, _UNLISTED)]
    if shown:
        yield "| argument | meaning |\n|---|---|"
        for action in shown:
            yield f"| {_name(action)} | {(action.help or '').replace('|', '&#124;')} |"
        yield ""
    if parser.epilog:
        what, _, command = parser.epilog.partition(": ")
        yield f"{what[0].upper()}{what[1:]}: `{command}`\n"


_UNLISTED = (argparse._HelpAction, argparse._SubParsersAction)


def _name(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        value = " or ".join(map(str, action.choices))
    if not action.option_strings:
        return f"`{value}`" + {"+": ", one or more", "*": ", any number", "?": ", optional"}.get(str(action.nargs), "")
    takes_value = action.nargs != 0
    return ", ".join(f"`{option} {value}`" if takes_value else f"`{option}`" for option in action.option_strings)
