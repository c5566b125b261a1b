"""The pool, the key and the trust that `hdsl pool` is told to work with."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from hdsl.cli.errors import CommandError
from hdsl.cli.output import tell
from hdsl.configuration.settings import Settings, load_settings
from hdsl.pool.memory import Memory
from hdsl.pool.pool import Pool
from hdsl.pool.signing import KEY_NAME, Key, key_file, load_or_make_key
from hdsl.pool.state import State
from hdsl.pool.trust import Trust

SHORT = 12
"""Digits of a key or a segment that are shown."""
_SHORTEST = 6


def settings_for(options: argparse.Namespace) -> Settings:
    """The settings of the file that the command is about, or of the working folder."""
    file = getattr(options, "file", None)
    return load_settings(None if file is None else Path(file).parent)


def opened(options: argparse.Namespace, settings: Settings) -> Pool:
    """The pool, which shows no less than it showed before. CommandError where none is named."""
    url = options.pool or settings.pool
    if not url:
        raise CommandError("name the pool with --pool STORE, or set `pool` in hdsl.toml")
    pool = Pool.open(url)
    Memory(settings.project).check(pool)
    return pool


def state_for(options: argparse.Namespace, settings: Settings) -> tuple[Pool, State]:
    """The pool, and what it says to somebody who pulls: now or at a segment. It tells which segments are left out."""
    if options.at and (options.only or options.without):
        raise CommandError("--at is the same state for everybody: it goes with neither --only nor --without")
    pool = opened(options, settings)
    state = pool.state_at(options.at) if options.at else pool.state(trust_of(options, pool))
    Memory(settings.project).remember(pool)
    for name, reason in pool.contents().refused.items():
        tell(f"segment {name[:SHORT]} is left out: {reason}")
    return pool, state


def own_key(settings: Settings) -> Key:
    """The person's key, made when it is first asked for."""
    return load_or_make_key(key_file(settings.pool_key))


def trust_of(options: argparse.Namespace, pool: Pool) -> Trust:
    """Whom the options say to believe."""
    only = frozenset(key_named(pool, name) for name in options.only) if options.only else None
    return Trust(only, frozenset(key_named(pool, name) for name in options.without))


def key_named(pool: Pool, name: str) -> str:
    """The key of a pool that begins so. CommandError where it has none, or several."""
    if KEY_NAME.fullmatch(name):
        return name
    contents = pool.contents()
    known: Iterable[str] = {pool.root.key, *(each.writer for each in contents.segments), *contents.unknown}
    known = {*known, *(key for each in contents.segments if (key := getattr(each.content, "key", "")))}
    found = [key for key in known if key.startswith(name)]
    if len(name) < _SHORTEST or len(found) != 1:
        reason = f"{len(found)} keys begin" if len(found) > 1 else "no key of this pool begins"
        raise CommandError(f"{reason} with {name!r}: `hdsl pool keys` lists them; name at least {_SHORTEST} digits")
    return found[0]
