"""Vectors that are kept: of each text that a model has embedded, in one SQLite file for each model and server.

They are found by the hashes of their texts, and no text is kept. The file lies in the user's cache folder; what cannot
be kept is asked for again. Used from any thread and any number of processes; nothing here raises.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

import numpy as np

from hdsl.ground.resources import cache_folder
from hdsl.ground.shared_database import SharedDatabase
from hdsl.retrieval.vectors import Vector

LARGEST = 512 << 20
"""Bytes of one file; the oldest vectors go first."""
_AT_ONCE = 500
"""Keys of one query: fewer than SQLite takes."""
_NUMBER = np.dtype("<f4")
_PAGES = ("page_count", "freelist_count", "page_size")
_SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"


class VectorStore:
    """The vectors of one model, by their texts."""

    def __init__(self, path: Path | None, largest: int = LARGEST) -> None:
        self._largest = largest
        self._database = SharedDatabase(path, _SCHEMA, "the vectors in", "and are asked for again")

    def get(self, texts: Iterable[str]) -> dict[str, Vector]:
        """The vectors of those texts that are kept."""
        by_key = {_key(text): text for text in texts}
        keys = list(by_key)
        found: dict[str, Vector] = {}
        with self._database.used() as database:
            for first in range(0, len(keys) if database is not None else 0, _AT_ONCE):
                part = keys[first : first + _AT_ONCE]
                marks = ",".join("?" * len(part))
                assert database is not None
                for key, value in database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part):
                    if len(value) % _NUMBER.itemsize == 0:
                        found[by_key[key]] = np.frombuffer(value, dtype=_NUMBER).astype(np.float32)
        return found

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Keeps vectors."""
        with self._database.used() as database:
            if database is not None:
                rows = [(_key(text), vector.astype(_NUMBER).tobytes()) for text, vector in vectors.items()]
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
                _shrink(database, self._largest)

    def clear(self) -> None:
        """Forgets all vectors: those of a server that has another model of the same name now."""
        with self._database.used() as database:
            if database is not None:
                database.execute("DELETE FROM vectors")

    def close(self) -> None:
        """Closes the file; it is opened again when it is used."""
        self._database.close()


def store_of_model(server: str, model: str) -> VectorStore:
    """The user's vectors of a model of a server; where there is no place for them, none are kept."""
    name = blake2b(f"{server}\n{model}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    try:
        return VectorStore(cache_folder() / "vectors" / f"{name}.sqlite")
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return VectorStore(None)


def _shrink(database: sqlite3.Connection, largest: int) -> None:
    pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in _PAGES)
    held = (pages - free) * size
    if held > largest:
        (count,) = database.execute("SELECT count(*) FROM vectors").fetchone()
        beyond = -(-count * (held - largest) // held)
        oldest = "SELECT rowid FROM vectors ORDER BY rowid LIMIT ?"
        database.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})", (beyond,))


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
