"""`hdsl serve`: the harnesses of files as tools of an MCP server."""

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.check.entry import programs_to_run
from hdsl.cli.asking_options import add_asking_options, asking
from hdsl.cli.errors import CommandError
from hdsl.cli.numbers import whole
from hdsl.cli.output import tell
from hdsl.cli.programs import checked_file
from hdsl.cli.sandboxed import add_sandbox_option, with_sandbox

if TYPE_CHECKING:
    from hdsl.graph.program import Program

TOKEN = "HDSL_SERVE_TOKEN"
"""The variable with the token of the HTTP server; without it the server makes one, and prints it."""
_SHORTEST_TOKEN = 16


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl serve",
        description="Serve the harnesses of files as tools of an MCP server, on stdin and stdout or over HTTP on this "
        "machine. Each call is a recorded run. The limits hold for all calls together.",
        epilog="example: hdsl serve examples/router/router.hg",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .hg file")
    parser.add_argument("--harness", action="append", metavar="NAME", help="serve only this harness; repeatable")
    parser.add_argument(
        "--http",
        type=whole(0, 65535),
        metavar="PORT",
        help=f"serve over HTTP on 127.0.0.1, at /mcp (0: any free port); clients send the token that {TOKEN} says, "
        "or the one that is printed",
    )
    add_asking_options(parser)
    add_sandbox_option(parser)
    return parser


def run(words: list[str]) -> int:
    """Serves until the client has gone, or a signal comes."""
    options = make_parser().parse_args(words)
    programs = [program for file in options.files for program in _programs(file, options.harness)]
    _check_names(programs, options.harness)
    try:
        from hdsl.adapt.harness_tool import tool_of
        from hdsl.adapt.serving import Serving, make_server
    except ModuleNotFoundError as error:
        raise CommandError(f"running needs the package `{error.name}`: pip install 'hdsl[run]'") from None
    from hdsl.configuration.settings import load_settings

    folder = Path(options.files[0]).parent
    settings = with_sandbox(load_settings(folder, kernel=options.kernel, sandbox=options.sandbox))
    with asking(options, settings, "serve") as asked:
        serving = Serving([tool_of(program) for program in programs], settings, asked)
        name = Path(options.files[0]).stem if len(options.files) == 1 else "hdsl"
        server = make_server(serving, name, _instructions(programs))
        from hdsl.adapt.transports import HOST, PATH, listening_socket, serve_http, serve_stdio

        if options.http is None:
            if sys.stdin is None or sys.stdout is None:
                raise CommandError("to serve needs standard input and output, but one of them is closed")
            return serve_stdio(server, serving)
        token = _token()
        listener = listening_socket(options.http)
        tell(f"serving {len(programs)} tools at http://{HOST}:{listener.getsockname()[1]}{PATH}")
        if TOKEN not in os.environ:
            tell(f"token: {token}")
        return serve_http(server, serving, listener, token)


def _programs(file: str, names: list[str] | None) -> "list[Program]":
    _, module = checked_file(file)
    found = programs_to_run(module)
    if not found:
        raise CommandError(f"{file} has no harness that can be run")
    return [program for program in found if names is None or program.name in names]


def _check_names(programs: "list[Program]", names: list[str] | None) -> None:
    found: dict[str, str] = {}
    for program in programs:
        if program.name in found:
            files = f"{found[program.name]} and {program.module}"
            raise CommandError(f"{files} both have a harness `{program.name}`: choose one by --harness")
        found[program.name] = program.module
    missing = next((name for name in names or () if name not in found), None)
    if missing is not None:
        raise CommandError(f"there is no harness `{missing}` that can be served")


def _instructions(programs: "list[Program]") -> str:
    names = ", ".join(program.name for program in programs)
    return f"Harnesses of hdsl, checked before they run, each with its own budget: {names}."


def _token() -> str:
    token = os.environ.get(TOKEN, "") or secrets.token_urlsafe(32)
    if len(token) < _SHORTEST_TOKEN:
        raise CommandError(f"the token in {TOKEN} is too short: it needs {_SHORTEST_TOKEN} characters")
    return token
