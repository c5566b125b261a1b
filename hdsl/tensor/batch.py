"""The batch of a pack: its connection to the SQLite file, and the rows that are committed together.

A batch is committed at the latest BATCH_SECONDS after its first row. Each commit, of any process, has the next number
(the file's `user_version`), and each element that of its last commit: an index finds what was written since a number.
"""

import sqlite3
import threading

BATCH_SECONDS = 0.03
BATCH_ELEMENTS = 2_000
"""A batch that has grown to this is committed at once, so that no commit takes long."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tensors (id INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, shape TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS elements (
  tensor INTEGER NOT NULL, position INTEGER NOT NULL, text BLOB, coefficient REAL NOT NULL, cause TEXT NOT NULL,
  revision INTEGER NOT NULL, PRIMARY KEY (tensor, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS written ON elements (tensor, revision);
CREATE TABLE IF NOT EXISTS links (
  tensor INTEGER NOT NULL, position INTEGER NOT NULL, target INTEGER NOT NULL, target_position INTEGER NOT NULL,
  PRIMARY KEY (tensor, position)) WITHOUT ROWID;
"""

Key = tuple[int, int]
"""The tensor's number in the file and the element's flat index."""

Row = tuple[bytes | None, float, str]

INSERT = "INSERT OR REPLACE INTO elements VALUES (?, ?, ?, ?, ?, ?)"
"""A tensor's number, a position, the row and the number of the commit."""


class Batch:
    """The connection and the rows that are not committed yet; shared by the pack and the timers that commit."""

    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30.0)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.executescript(_SCHEMA)
        self.rows: dict[Key, Row] = {}

    def put(self, key: Key, row: Row) -> None:
        """Takes a row into the batch."""
        with self.lock:
            if not self.rows:
                timer = threading.Timer(BATCH_SECONDS, self.commit)
                timer.daemon = True
                timer.start()
            self.rows[key] = row
            if len(self.rows) >= BATCH_ELEMENTS:
                self.commit()

    def get(self, key: Key) -> Row | None:
        """A row as it was written last."""
        with self.lock:
            row = self.rows.get(key)
            if row is None:
                row = self.connection.execute(
                    "SELECT text, coefficient, cause FROM elements WHERE tensor = ? AND position = ?", key
                ).fetchone()
            return row

    def commit(self) -> None:
        """Commits the batch."""
        with self.lock:
            if not self.rows:
                return
            with self.transaction() as revision:
                rows = ((*key, *row, revision) for key, row in self.rows.items())
                self.connection.executemany(INSERT, rows)
            self.rows = {}

    def revision(self) -> int:
        """The number of the last commit of any process."""
        (number,) = self.connection.execute("PRAGMA user_version").fetchone()
        return int(number)

    def written(self, tensor: int, since: int) -> set[int]:
        """The positions of a tensor's own elements that are not committed, or were after commit number `since`."""
        with self.lock:
            committed = self.connection.execute(
                "SELECT position FROM elements WHERE tensor = ? AND revision > ?", (tensor, since)
            )
            return {position for (position,) in committed} | {at for owner, at in self.rows if owner == tensor}

    def transaction(self) -> "Transaction":
        """For writing at once; gives the number of its commit."""
        return Transaction(self)

    def close(self) -> None:
        """Commits and closes the file."""
        with self.lock:
            self.commit()
            self.connection.close()


class Transaction:
    """All or nothing, with the batch locked and the next number for the commit."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __enter__(self) -> int:
        self._batch.lock.acquire()
        self._batch.connection.execute("BEGIN IMMEDIATE")
        revision = self._batch.revision() + 1
        self._batch.connection.execute(f"PRAGMA user_version = {revision}")
        return revision

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self._batch.connection.execute("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._batch.lock.release()
