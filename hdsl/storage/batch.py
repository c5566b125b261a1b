"""The batch of a pack: its connection to the SQLite file, and the rows that are committed together.

A batch is committed at the latest BATCH_SECONDS after its first row. Each commit, of any process, has the next number
(the file's `user_version`), and each element that of its last commit: an index finds what was written since a number.
"""

import contextlib
import errno
import os
import sqlite3
import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Iterator
from time import sleep

from hdsl.ground.files import PRIVATE_FILE
from hdsl.storage.layout import decode, encode

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

    def __init__(self, path: str, redact: Callable[[str], str] | None = None) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._redact = redact
        self._unredacted: dict[Key, Row] = {}
        """What this process knows of rows that stand in the file without their secrets."""
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30.0)
        with self.writing():
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=NORMAL")
            self.connection.executescript(_SCHEMA)
        self.rows: dict[Key, Row] = {}
        self._failure: OSError | None = None
        self._is_closed = False

    def put(self, key: Key, row: Row) -> None:
        """Takes a row into the batch; OSError where an earlier one could not be written, or the file is closed."""
        with self.lock:
            if self._failure is not None:
                raise self._failure
            if self._is_closed:
                raise OSError(errno.EBADF, "it is closed, and takes no more texts", self._path)
            if not self.rows:
                # `Thread.start` would wait, with the lock held, until the thread runs. It may have to store something
                # before it does: where the collector closes a generator in it.
                start_new_thread(self._commit_later, ())
            self.rows[key] = row
            if len(self.rows) >= BATCH_ELEMENTS:
                self.commit()

    def get(self, key: Key) -> Row | None:
        """A row as it was written last."""
        with self.lock:
            row = self.rows.get(key) or self._unredacted.get(key)
            if row is None:
                row = self.connection.execute(
                    "SELECT text, coefficient, cause FROM elements WHERE tensor = ? AND position = ?", key
                ).fetchone()
            return row

    def commit(self) -> None:
        """Commits the batch; OSError where it cannot be written."""
        with self.lock:
            if not self.rows:
                return
            try:
                with self.transaction() as revision:
                    self.insert(self.rows.items(), revision)
            except OSError as error:
                self._failure = error
                raise
            self.rows = {}

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """What SQLite cannot write is an OSError that names the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(errno.ENOSPC, str(error), self._path) from error

    def insert(self, rows: Iterable[tuple[Key, Row]], revision: int) -> None:
        """Writes rows in a transaction, without the secrets in them."""
        self.connection.executemany(INSERT, ((*key, *self._without_secrets(key, row), revision) for key, row in rows))

    def unredacted(self, tensor: int) -> dict[int, Row]:
        """The rows of a tensor that stand otherwise in the file, by position."""
        return {position: row for (owner, position), row in self._unredacted.items() if owner == tensor}

    def forget(self) -> None:
        """Forgets the rows that are not committed, and those that stand otherwise in the file."""
        self.rows = {}
        self._unredacted = {}

    def _without_secrets(self, key: Key, row: Row) -> Row:
        if self._redact is None:
            return row
        text, coefficient, cause = row
        clean = None if text is None else encode(self._redact(decode(text)))
        redacted = clean, coefficient, self._redact(cause)
        if redacted == row:
            self._unredacted.pop(key, None)
        else:
            self._unredacted[key] = row
        return redacted

    def _commit_later(self) -> None:
        sleep(BATCH_SECONDS)
        with self.lock, contextlib.suppress(OSError):  # raised again by the next who writes or commits
            if not self._is_closed:
                self.commit()

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
            if self._is_closed:
                return
            self._is_closed = True
            try:
                self.commit()
            finally:
                self.connection.close()


class Transaction:
    """All or nothing, with the batch locked and the next number for the commit. OSError where it cannot be written."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __enter__(self) -> int:
        self._batch.lock.acquire()
        try:
            with self._batch.writing():
                self._batch.connection.execute("BEGIN IMMEDIATE")
                revision = self._batch.revision() + 1
                self._batch.connection.execute(f"PRAGMA user_version = {revision}")
        except BaseException:
            self._roll_back()
            self._batch.lock.release()
            raise
        return revision

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            with self._batch.writing():
                if error is not None:
                    raise error
                self._batch.connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._batch.lock.release()

    def _roll_back(self) -> None:
        if self._batch.connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._batch.connection.execute("ROLLBACK")
