"""What `hdsl pool` changes: a pool (init, push, admit, revoke), or the tables of a file (pull)."""

import argparse
import getpass
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hdsl.cli.errors import CommandError
from hdsl.cli.experience_tables import of, tables_of
from hdsl.cli.output import show, tell
from hdsl.cli.pool_opened import SHORT, key_named, opened, own_key, settings_for, state_for
from hdsl.experience.tables_in_reach import ReachedTable
from hdsl.ground.collector import collector_paused
from hdsl.pool.memory import Memory
from hdsl.pool.offering import new_to, offer_of, pooled_name
from hdsl.pool.pool import Pool
from hdsl.pool.pulling import Chosen, chosen_rows, pull_into
from hdsl.pool.rows import UNSTATED
from hdsl.pool.screening import Refusal, RowsRefused
from hdsl.pool.segments import Rows
from hdsl.pool.trust import persons


def init(options: argparse.Namespace) -> int:
    """Makes a pool."""
    settings = settings_for(options)
    key = own_key(settings)
    pool = Pool.create(options.store, key, options.person or _login())
    Memory(settings.project).remember(pool)
    show(f"pool {pool.id[:SHORT]} at {options.store}")
    show(f"  root key {key.name} ({pool.root.person})")
    return 0


def push(options: argparse.Namespace) -> int:
    """Publishes what a file has learned."""
    settings = settings_for(options)
    tables = tables_of(options.file)
    pool, key = opened(options, settings), own_key(settings)
    harness = Path(options.file).stem
    offer = new_to(pool, offer_of(tables.values(), harness, options.licence or UNSTATED), key.name)
    try:
        if options.leave_out:
            segments, refused = pool.publish_passing(offer.rows, key, settings.policy)
            _tell_refused(refused, tables.values())
        else:
            segments = pool.publish(offer.rows, key, settings.policy)
    except RowsRefused as error:
        _tell_refused(error.refused, tables.values())
        raise CommandError(
            f"nothing was published: {of(len(error.refused), 'row')} refused; change them, or publish the others with "
            "--leave-out",
            1,
        ) from None
    published = Counter(row.table for each in segments if isinstance(each.content, Rows) for row in each.content.rows)
    segments += pool.report(offer.reports, key)
    Memory(settings.project).remember(pool)
    if not segments:
        show(f"the pool has all that {options.file} learned already")
    else:
        show(f"published in pool {pool.id[:SHORT]} with key {key.name[:SHORT]}")
        _show_counts(published)
        if offer.reports:
            show(f"  reports on rows of others: {len(offer.reports)}")
        for segment in segments:
            show(f"  segment {segment.name}")
    if key.name not in persons(pool.segments(), pool.root):
        tell(
            f"your key is not admitted to this pool, so nobody takes your rows yet; {pool.root.person} can admit it:\n"
            f"  hdsl pool admit {key.name} --as NAME --pool STORE"
        )
    return 0


def pull(options: argparse.Namespace) -> int:
    """Adds the rows of a pool to the tables of a file."""
    settings = settings_for(options)
    tables = tables_of(options.file)
    with collector_paused():
        pool, state = state_for(options, settings)
        chosen = {name: chosen_rows(state, table, settings.policy, options.agree) for name, table in tables.items()}
        rows = {name: each.rows for name, each in chosen.items()}
        pulled = pull_into(tables.values(), rows, pool.id, state.hash)
    for name, each in chosen.items():
        _tell_left_out(name, each)
    for name, conflicts in pulled.conflicts.items():
        if conflicts:
            tell(f"{name}: {of(len(conflicts), 'row')} of the pool answered what a row of yours answers otherwise")
    show(f"pool {pool.id[:SHORT]}, state {state.hash}")
    if pulled.step is None:
        show(f"the pool has nothing for {options.file} that is not there already")
    else:
        show(f"step {pulled.step}")
        for name, added in pulled.added.items():
            show(f"  {name}: {of(added, 'row')} added of {len(rows[name])}")
    return 0


def admit(options: argparse.Namespace) -> int:
    """Lets a key write."""
    settings = settings_for(options)
    pool = opened(options, settings)
    key = key_named(pool, options.key)
    pool.admit(key, options.person, own_key(settings))
    Memory(settings.project).remember(pool)
    show(f"key {key} may write, as {options.person}'s")
    return 0


def revoke(options: argparse.Namespace) -> int:
    """Takes a key out."""
    settings = settings_for(options)
    pool = opened(options, settings)
    key = key_named(pool, options.key)
    before = pool.state()
    pool.revoke(key, options.why, own_key(settings))
    after = pool.state()
    Memory(settings.project).remember(pool)
    show(f"key {key} is revoked")
    show(f"  {of(len(before.rows) - len(after.rows), 'row')} gone from the pool; state {after.hash}")
    return 0


def _tell_refused(refused: Iterable[Refusal], tables: Iterable[ReachedTable]) -> None:
    """Tells rows by their numbers: one that has a secret is not shown."""
    places = {(pooled_name(table), row): number for table in tables for number, row in enumerate(table.rows(), 1)}
    for each in refused:
        row = each.row
        tell(f"{row.table}, row {places[row.table, (row.query, row.key, row.value)]}: refused, {each.reason}")


def _tell_left_out(table: str, chosen: Chosen) -> None:
    for reason, count in Counter(each.reason for each in chosen.left_out).most_common():
        tell(f"{table}: {of(count, 'row')} left out: {reason}")


def _show_counts(counts: Counter[str]) -> None:
    for table, count in sorted(counts.items()):
        show(f"  {table}: {of(count, 'row')}")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "owner"
