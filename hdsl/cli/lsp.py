"""`hdsl lsp`: the language server on standard input and output."""

import argparse
import contextlib
import logging
import os
import sys

from hdsl.cli.errors import CommandError


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl lsp",
        description="Run the language server on standard input and output.",
        epilog="example, for an editor's settings: hdsl lsp",
    )
    help = "use standard input and output (the default; some editors pass it)"
    parser.add_argument("--stdio", action="store_true", help=help)
    return parser


def run(words: list[str]) -> int:
    """Serves one editor; exit 1 where that goes without saying goodbye."""
    make_parser().parse_args(words)
    try:
        from hdsl.editor.server import make_server
        from hdsl.editor.stdio import serve
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise CommandError("the language server needs pygls: pip install 'hdsl[lsp]'") from None
    if sys.stdin is None or sys.stdout is None:
        raise CommandError("the language server needs standard input and output, but one of them is closed")
    # The protocol has the descriptor for itself: what anything prints goes to stderr.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, contextlib.redirect_stdout(sys.stderr):
        logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_fault)
        server = make_server()
        serve(server, sys.stdin.fileno(), output)
    return 0 if server.was_shut_down else 1


def _is_fault(record: logging.LogRecord) -> bool:
    """Whether a message of the log tells a fault of ours; that a request was refused is told to whoever asked."""
    error = record.exc_info[1] if record.exc_info else None
    return type(error).__name__ != "JsonRpcInvalidParams"
