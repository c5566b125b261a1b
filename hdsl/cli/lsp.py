"""`hdsl lsp`: the language server on standard input and output."""

import argparse

from hdsl.cli.errors import CommandError


def run(words: list[str]) -> int:
    """Serves one editor until it says goodbye."""
    parser = argparse.ArgumentParser(
        prog="hdsl lsp",
        description="Serves an editor by the language server protocol, on standard input and output.",
        epilog="example, for an editor's settings: hdsl lsp",
    )
    parser.add_argument("--stdio", action="store_true", help="what it does anyway; some editors ask for it")
    parser.parse_args(words)
    try:
        from hdsl.editor.server import make_server
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise CommandError("the language server needs pygls: pip install 'hdsl[lsp]'") from None
    make_server().start_io()
    return 0
