"""An SQLite file that several threads and processes share, and that may be lost: a cache, which nothing depends on."""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from hdsl.ground.files import PRIVATE_FILE, make_private_folder

_PATIENCE = 5.0
"""Seconds that another process is waited for."""

_log = logging.getLogger(__name__)


class SharedDatabase:
    """Nothing here raises: a file that cannot be used is left alone from then on, after one warning.

    `path`: None for a database that is not there. The warning says `what` of the file cannot be used, and its
    `consequence`.
    """

    def __init__(self, path: Path | None, schema: str, what: str, consequence: str) -> None:
        self._path, self._schema = path, schema
        self._what, self._consequence = what, consequence
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def used(self) -> Iterator[sqlite3.Connection | None]:
        """The database in one transaction; None where it cannot be used."""
        with self._lock:
            database = self._opened()
            try:
                if database is not None:
                    database.execute("BEGIN IMMEDIATE")
                yield database
                if database is not None:
                    database.execute("COMMIT")
            except sqlite3.Error as error:
                self._give_up(error)

    def close(self) -> None:
        """Closes the file; it is opened again when it is used."""
        with self._lock:
            self._disconnect()

    def _opened(self) -> sqlite3.Connection | None:
        if self._connection is None and self._path is not None:
            try:
                make_private_folder(self._path.parent)
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
                self._connection = sqlite3.connect(
                    self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
                )
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.executescript(self._schema)
            except (OSError, sqlite3.Error) as error:
                self._give_up(error)
        return self._connection

    def _give_up(self, error: Exception) -> None:
        if self._path is not None:
            _log.warning("%s %s cannot be used, %s: %s", self._what, self._path, self._consequence, error)
        self._path = None
        self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
