"""`hdsl pool`: shares experience with others, through a store that nobody has to trust."""

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from hdsl.cli.asking_options import add_asking_options
from hdsl.cli.errors import CommandError
from hdsl.cli.numbers import seconds, whole
from hdsl.cli.subcommands import subcommands

EXAMPLES = {
    "init": "../pool --as ann",
    "push": "examples/router/router.hg --pool ../pool --licence CC-BY-4.0",
    "pull": "examples/router/router.hg --pool ../pool",
    "log": "--pool ../pool",
    "verify": "--pool ../pool",
    "keys": "--pool ../pool",
    "admit": "0123456789abcdef… --as bob --pool ../pool",
    "revoke": "0123456789ab --pool ../pool --why 'its holder lost it'",
    "serve": "../pool --port 8431",
    "stream": "--pool http://127.0.0.1:8431",
}


COMMANDS = {
    "init": "pool_sharing:init",
    "push": "pool_sharing:push",
    "pull": "pool_sharing:pull",
    "log": "pool_views:log",
    "verify": "pool_views:verify",
    "keys": "pool_views:keys",
    "admit": "pool_sharing:admit",
    "revoke": "pool_sharing:revoke",
    "serve": "pool_serve:serve",
    "stream": "pool_stream:stream",
}
"""Where each subcommand is: only one that asks a model needs torch, which takes a second to load."""


def run(words: list[str]) -> int:
    """Runs one subcommand."""
    options = make_parser().parse_args(words)
    place = "pool_proving:pull_for" if getattr(options, "proven_for", None) else COMMANDS[options.subcommand]
    return _loaded(place)(options)


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl pool",
        description="Share experience through a pool of signed rows: a folder, or any store that fsspec can address.",
        epilog="example: hdsl pool pull examples/router/router.hg --pool ../pool",
        allow_abbrev=False,
    )
    add = subcommands(parser)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        return add(name, summary, f"{name} {EXAMPLES[name]}")

    def on_a_pool(name: str, summary: str) -> argparse.ArgumentParser:
        added = command(name, summary)
        added.add_argument("--pool", metavar="STORE", help="the folder or address of the pool (default: the setting)")
        return added

    init = command("init", "makes a pool, whose root key is yours: it admits and revokes keys")
    init.add_argument("store", metavar="STORE", help="a folder, or an address of fsspec: s3://bucket/path")
    init.add_argument("--as", dest="person", metavar="NAME", help="what the pool calls you (default: your login)")
    push = on_a_pool("push", "publishes the rows that a file has learned, and what pulled rows did for it")
    push.add_argument("file", metavar="FILE", help="a .hg file")
    push.add_argument("--licence", metavar="ID", help="the licence of the rows, an SPDX id (default: NOASSERTION)")
    push.add_argument("--leave-out", action="store_true", help="publish the other rows where some are refused")
    pull = on_a_pool("pull", "adds the rows of a pool to the tables of a file, as one step that can be undone")
    which = pull.add_mutually_exclusive_group(required=True)
    which.add_argument("file", metavar="FILE", nargs="?", help="a .hg file")
    which.add_argument(
        "--for",
        dest="proven_for",
        metavar="FILE",
        help="a .hg file with a train block: only the rows that make it better on its validation examples",
    )
    pull.add_argument("--harness", metavar="NAME", help="with --for: which train block of the file")
    pull.add_argument("--report", action="store_true", help="with --for: publish what rows did on these examples")
    pull.add_argument(
        "--trials",
        metavar="N",
        type=whole(0),
        default=100,
        help="with --for: at most N trials of rows that nobody confirms (default 100)",
    )
    add_asking_options(pull)
    pull.add_argument(
        "--agree", metavar="N", type=whole(1), default=1, help="rows that at least N people vouch for (default: 1)"
    )
    pull.add_argument("--only", metavar="KEY", action="append", default=[], help="trust only this key; repeatable")
    pull.add_argument("--without", metavar="KEY", action="append", default=[], help="do not trust this key; repeatable")
    pull.add_argument(
        "--at",
        metavar="SEGMENT",
        action="append",
        default=[],
        help="the pool as it was at a segment of the log",
    )
    log = on_a_pool("log", "the segments of a pool, newest first")
    verify = on_a_pool("verify", "checks every segment: its name, signature, form, and that none is missing")
    keys = on_a_pool("keys", "your key, and the keys of a pool: whose they are, and what they published")
    for each in (log, verify, keys):
        each.add_argument("--json", action="store_true", help="print one JSON object")
    admit = on_a_pool("admit", "lets a key write, as a person's (with the root key)")
    admit.add_argument("key", metavar="KEY", help="the key, or how it begins where the pool has seen it")
    admit.add_argument("--as", dest="person", metavar="NAME", required=True, help="the person who holds the key")
    revoke = on_a_pool("revoke", "takes a key out for good: all that it ever published counts no more")
    revoke.add_argument("key", metavar="KEY", help="the key, or how it begins")
    revoke.add_argument("--why", metavar="TEXT", default="", help="the reason, for all to read")
    streamed = on_a_pool("stream", "publishes what recorded sessions teach, while they are recorded")
    streamed.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="recordings (default: the captures)")
    streamed.add_argument("--licence", metavar="ID", help="the licence of the rows, an SPDX id (default: NOASSERTION)")
    streamed.add_argument(
        "--every", metavar="S", type=seconds, default=5.0, help="look for new ones every S seconds (default 5)"
    )
    streamed.add_argument("--once", action="store_true", help="publish what is there, and end")
    served = command("serve", "a pool over HTTP on this machine: for several who push at once, and a page to look at")
    served.add_argument("store", metavar="STORE", help="the folder or address of the pool")
    served.add_argument("--port", metavar="N", type=whole(0, 65535), default=0, help="the port (default: a free one)")
    served.add_argument("--idle", metavar="S", type=seconds, help="end after so many seconds without a request")
    served.add_argument("--rows", metavar="N", type=whole(1), default=20_000, help="rows of one writer (default 20000)")
    served.add_argument(
        "--bytes", metavar="N", type=whole(1), default=32 << 20, help="bytes of one writer (default 33554432)"
    )
    served.add_argument("--per", metavar="S", type=seconds, default=3600.0, help="… in so many seconds (default 3600)")
    return parser


def _loaded(place: str) -> Callable[[argparse.Namespace], int]:
    module, _, name = place.partition(":")
    try:
        import_module("cryptography")
        command: Callable[[argparse.Namespace], int] = getattr(import_module(f"hdsl.cli.{module}"), name)
    except ModuleNotFoundError as error:
        raise CommandError(f"pools need the package `{error.name}`: pip install 'hdsl[pool]'") from None
    return command
