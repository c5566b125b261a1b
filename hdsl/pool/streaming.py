"""What recorded sessions taught, as rows for a pool: the same that `hdsl sessions import` makes of them."""

from collections.abc import Sequence
from pathlib import Path

from hdsl.policy.decision import Rules
from hdsl.pool.offering import Offer, new_to
from hdsl.pool.pool import Pool
from hdsl.pool.rows import UNSTATED, PooledRow
from hdsl.pool.segments import Segment
from hdsl.pool.signing import Key
from hdsl.sessions import harness
from hdsl.sessions.episodes import episodes
from hdsl.sessions.reading import read_all
from hdsl.sessions.rows import learned

SOURCE = "a recorded session"


def rows_of_sessions(places: Sequence[Path], licence: str = UNSTATED) -> list[PooledRow]:
    """The rows of all recordings in some files and folders. A recording that cannot be read is left out."""
    found = read_all(places)
    taught = learned(episode for session in found.sessions for episode in episodes(session))
    stem = Path(harness.FILE).stem
    tables = {"decide": taught.decide, "act": taught.act, "avoid": taught.avoid}
    return [
        PooledRow(f"{stem}.{name}", *row, source=SOURCE, licence=licence)
        for name, rows in tables.items()
        for row in rows
    ]


def publish_new(pool: Pool, rows: Sequence[PooledRow], key: Key, rules: Rules) -> tuple[list[Segment], int]:
    """Publishes the rows that their writer has not published yet, without those that a pool refuses; and how many these
    are."""
    fresh = list(new_to(pool, Offer(tuple(rows), ()), key.name).rows)
    segments, refused = pool.publish_passing(fresh, key, rules)
    return segments, len(refused)
