"""`hdsl pool serve`: a pool over HTTP on this machine."""

import argparse
import asyncio
import sys

from hdsl.cli.errors import CommandError
from hdsl.cli.output import flush, on_terminal, show, tell
from hdsl.cli.pool_opened import SHORT, settings_for
from hdsl.pool.memory import Memory
from hdsl.pool.pool import Pool


def serve(options: argparse.Namespace) -> int:
    """Serves a pool until a signal comes, or until nobody has asked for long."""
    try:
        from hdsl.pool.serve import Server, Serving
    except ModuleNotFoundError as error:
        raise CommandError(f"serving needs the package `{error.name}`: pip install 'hdsl[pool]'") from None
    from hdsl.pool.quota import Quota
    from hdsl.pool.tokens import load_or_make_token, token_file

    settings = settings_for(options)
    pool = Pool.open(options.store)
    if pool.store.url.startswith(("http://", "https://")):
        raise CommandError(f"{options.store} is served already: name the store itself")
    Memory(settings.project).check(pool)
    file = token_file()
    token = load_or_make_token(file)
    quota = Quota(options.rows, options.bytes, options.per)
    serving = Serving(token, options.port, quota, options.idle, settings.policy)

    def ready(url: str) -> None:
        show(f"pool {pool.id[:SHORT]} at {url}")
        show(f"  the token is in {file}")
        if on_terminal(sys.stdout):
            show(f"  a page to look at: {url}/?token={token}")
        flush()

    try:
        asyncio.run(Server(pool, serving).run(ready))
    except OSError as error:
        raise CommandError(f"port {options.port} cannot be listened on: {error.strerror or error}") from None
    tell("hdsl pool serve: ended")
    return 0
