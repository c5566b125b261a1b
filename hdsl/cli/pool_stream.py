"""`hdsl pool stream`: publishes what recorded sessions teach, while they are recorded."""

import argparse
import time

from hdsl.capture.kept import catch_up_in
from hdsl.cli.capture import places
from hdsl.cli.errors import CommandError
from hdsl.cli.experience_tables import of
from hdsl.cli.output import flush, show, tell
from hdsl.cli.pool_opened import SHORT, opened, own_key, settings_for
from hdsl.pool.faults import PoolError, PoolRefused
from hdsl.pool.memory import Memory
from hdsl.pool.rows import UNSTATED
from hdsl.pool.segments import Rows
from hdsl.pool.streaming import publish_new, rows_of_sessions


def stream(options: argparse.Namespace) -> int:
    """Publishes new rows again and again; what a server could not take is tried again."""
    settings = settings_for(options)
    folder = options.folder or places().captures
    if not folder.exists():
        raise CommandError(f"{folder}: there are no captures")
    pool, key = opened(options, settings), own_key(settings)
    while True:
        catch_up_in(places(), [folder])
        rows = rows_of_sessions([folder], options.licence or UNSTATED)
        try:
            segments, refused = publish_new(pool, rows, key, settings.policy)
            Memory(settings.project).remember(pool)
        except PoolRefused:
            raise
        except PoolError as error:
            if options.once:
                raise
            tell(f"hdsl pool stream: {error}")
        else:
            published = sum(len(each.content.rows) for each in segments if isinstance(each.content, Rows))
            if published or options.once:
                left = f", {of(refused, 'row')} refused" if refused else ""
                show(f"{of(published, 'row')} published in pool {pool.id[:SHORT]}{left}")
                flush()
        if options.once:
            return 0
        time.sleep(options.every)
