"""`hdsl add-tools`: the tools of an MCP server as operations of a module."""

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show, tell
from hdsl.ground.display import one_line
from hdsl.syntax.tree import RESERVED

if TYPE_CHECKING:
    from hdsl.adapt.adding_tools import Added
    from hdsl.tools.lock import ServerAddress

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOCAL = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)")
_WIDTH = 100


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl add-tools",
        usage='hdsl add-tools "COMMAND" | URL --as NAME [--tool TOOL …] [--trust-read-only TOOL …] [--env NAME …]\n'
        "       [--token-env NAME] [--out DIR] [--force] [--json]\n"
        "       hdsl add-tools --accept MODULE [--trust-read-only TOOL …] [--json]",
        description="Declare the tools of an MCP server as operations of a module, NAME.hg, and pins them in "
        "NAME.lock: a tool whose description or schema changes is refused until it is accepted.",
        epilog='example: hdsl add-tools "npx -y @modelcontextprotocol/server-filesystem ." --as files',
        allow_abbrev=False,
    )
    parser.add_argument("server", nargs="?", metavar="SERVER", help="the command that starts it, or its http(s) URL")
    parser.add_argument("--as", dest="name", metavar="NAME", help="what the module is called")
    parser.add_argument("--tool", action="append", default=[], metavar="TOOL", help="add only this tool; repeatable")
    parser.add_argument(
        "--trust-read-only",
        action="append",
        default=[],
        metavar="TOOL",
        help="believe that this tool only reads, if it says so: its operation has no !write; may be repeated",
    )
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME", help="a variable that the server's process is given"
    )
    parser.add_argument("--token-env", default="", metavar="NAME", help="the variable with the token for a URL")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where the module is written")
    parser.add_argument("--force", action="store_true", help="overwrite an existing module")
    parser.add_argument("--accept", type=Path, metavar="MODULE", help="pin the tools of a module as they are now")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(words: list[str]) -> int:
    """Exit 0 where the module and its lock are written."""
    options = make_parser().parse_args(words)
    try:
        from hdsl.adapt.adding_tools import accept, add_tools
    except ModuleNotFoundError as error:
        raise CommandError(f"this needs the package `{error.name}`: pip install 'hdsl[mcp]'") from None
    if options.accept is not None:
        if options.server is not None or options.name is not None:
            raise CommandError("--accept takes the server and the name from the lock: give neither")
        added = accept(options.accept.with_suffix(".hg"), trusted=options.trust_read_only)
    else:
        module, address = _module(options), _address(options)
        added = add_tools(module, address, only=options.tool, trusted=options.trust_read_only, replaces=options.force)
    if options.json:
        show(json.dumps(_as_json(added), ensure_ascii=False, indent=2))
    else:
        _tell(added, options.trust_read_only)
    return 0


def _module(options: argparse.Namespace) -> Path:
    if options.server is None or options.name is None:
        raise CommandError("name the SERVER, and what its module is called: --as NAME")
    if not _NAME.fullmatch(options.name) or options.name in RESERVED:
        raise CommandError(f"--as takes a name in small letters that is not a word of the language, not {options.name}")
    folder: Path = options.out
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}")
    return folder / f"{options.name}.hg"


def _address(options: argparse.Namespace) -> "ServerAddress":
    from hdsl.tools.lock import ServerAddress

    for name in (*options.env, *filter(None, [options.token_env])):
        if not _VARIABLE.fullmatch(name):
            raise CommandError(f"{one_line(name, 40)!r} is not the name of a variable")
    server: str = options.server
    if re.match(r"https?://", server):
        if server.startswith("http://") and not _LOCAL.match(server):
            raise CommandError("a server on another machine needs https")
        if "@" in server.split("/")[2]:
            raise CommandError("a URL must hold no password: name a variable with --token-env")
        if options.env:
            raise CommandError("--env is for a server that is started; for a URL there is --token-env")
        return ServerAddress(url=server, token=options.token_env)
    try:
        command = tuple(shlex.split(server))
    except ValueError as error:
        raise CommandError(f"the command cannot be read: {error}") from None
    if not command:
        raise CommandError("the command is empty")
    if options.token_env:
        raise CommandError("--token-env is for a URL; for a command there is --env")
    return ServerAddress(command=command, environment=tuple(dict.fromkeys(options.env)))


def _tell(added: "Added", trusted: list[str]) -> None:
    for name, reasons in added.changed.items():
        for reason in reasons:
            tell(f"changed: {one_line(name, _WIDTH)}: {reason}")
    for operation, tool in added.lock.tools.items():
        effects = "reads" if tool.is_read_only else "writes"
        show(f"{operation}  ({effects})  {one_line(str(tool.definition.get('description', '')), _WIDTH)}")
    claims = [
        tool.name
        for tool in added.lock.tools.values()
        if not tool.is_read_only and (tool.definition.get("annotations") or {}).get("readOnlyHint") is True
    ]
    if claims:
        shown = ", ".join(one_line(name, _WIDTH) for name in claims)
        tell(f"say that they only read, which is not believed: {shown}; to believe one: --trust-read-only TOOL")
    tell(f"{added.module}: {len(added.lock.tools)} operations; pinned in {added.lock.path}")


def _as_json(added: "Added") -> dict[str, Any]:
    return {
        "module": str(added.module),
        "lock": str(added.lock.path),
        "operations": {
            operation: {"tool": tool.name, "effects": sorted(tool.effects), "read_only": tool.is_read_only}
            for operation, tool in added.lock.tools.items()
        },
        "changed": {name: list(reasons) for name, reasons in added.changed.items()},
        "left_out": list(added.left_out),
    }
