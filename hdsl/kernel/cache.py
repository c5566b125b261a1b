"""Answers of models that are kept and given again to the same question: opt-in, bounded, shared by processes.

An answer is found by what it depends on: the kernel's settings (address, model, temperature, lengths) and the whole
request, with its seed. Questions are not kept, only their hashes; known secrets are taken out of answers. The file is
an SQLite database in the user's cache folder; one that cannot be used is as if it was empty.
"""

import functools
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import time

from hdsl.configuration.settings import Settings
from hdsl.ground.plain import to_plain
from hdsl.ground.secrets import Redactor, known_secrets
from hdsl.ground.shared_database import SharedDatabase
from hdsl.kernel.request import Answer, Kernel, Request, Usage

_DEPENDS_ON = ("kernel", "base_url", "model", "temperature", "max_tokens", "reasoning_tokens")
_OF_LOCAL = ("local_model", "local_context")
_VERSION = 1
"""Part of each key: a change in how questions are put makes others of them."""
_OVERHEAD = 200
"""Bytes of a row beside its texts, counted generously."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, size INTEGER NOT NULL, used REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_use ON answers (used);
"""


class AnswerStore:
    """Answers by keys, at most `largest` bytes of them; those that were longest not used go first.

    Used from any thread and any number of processes. Nothing here raises: what cannot be kept is not kept.
    """

    def __init__(self, path: Path, largest: int) -> None:
        self._largest = largest
        self._database = SharedDatabase(path, _SCHEMA, "the cache of answers", "and is not")

    def get(self, key: str) -> str | None:
        """The text of a key, which counts as used now."""
        found = None
        with self._database.used() as database:
            if database is not None:
                row = database.execute("SELECT text FROM answers WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    database.execute("UPDATE answers SET used = ? WHERE key = ?", (time(), key))
                    found = str(row[0])
        return found

    def put(self, key: str, text: str) -> None:
        """Keeps a text; what would be more than is allowed goes."""
        size = len(text.encode("utf-8", "replace")) + len(key) + _OVERHEAD
        if size > self._largest:
            return
        with self._database.used() as database:
            if database is not None:
                row = (key, text.encode("utf-8", "replace").decode(), size, time())
                database.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)
                self._shrink(database)

    def close(self) -> None:
        """Closes the file; it is opened again when it is used."""
        self._database.close()

    def _shrink(self, database: sqlite3.Connection) -> None:
        (total,) = database.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()
        if total <= self._largest:
            return
        oldest = database.execute("SELECT key, size FROM answers ORDER BY used, key").fetchall()
        for key, size in oldest:
            if total <= self._largest:
                break
            database.execute("DELETE FROM answers WHERE key = ?", (key,))
            total -= size


class Cached:
    """A kernel that gives a kept answer where it has one, and keeps what is answered."""

    def __init__(self, kernel: Kernel, store: AnswerStore, settings: Settings) -> None:
        self.name = kernel.name
        self._kernel, self._store = kernel, store
        self._depends_on = {name: str(getattr(settings, name)) for name in _depended_on(settings)}
        self._redact: Callable[[str], str] = Redactor([*known_secrets(), settings.api_key])

    async def answer(self, request: Request) -> Answer:
        """The kept answer to this question, which costs nothing, else the kernel's."""
        key = self._key(request)
        kept = _answer(self._store.get(key))
        if kept is not None:
            return kept
        answer = await self._kernel.answer(request)
        if not answer.refused:
            text = json.dumps({"text": self._redact(answer.text), "final": answer.final})
            self._store.put(key, text)
        return answer

    async def close(self) -> None:
        """Closes the kernel and the store."""
        self._store.close()
        await self._kernel.close()

    def _key(self, request: Request) -> str:
        asked = to_plain(replace(request, place="", model="", guide=None))
        content = json.dumps([_VERSION, self._depends_on, asked], sort_keys=True)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def answer_store(settings: Settings) -> AnswerStore:
    """The user's store of answers."""
    root = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return _store_at(Path(root) / "hdsl" / "answers.sqlite", settings.cache_size << 20)


@functools.cache
def _store_at(path: Path, largest: int) -> AnswerStore:
    return AnswerStore(path, largest)


def _depended_on(settings: Settings) -> tuple[str, ...]:
    return (*_DEPENDS_ON, *_OF_LOCAL) if settings.kernel == "local" else _DEPENDS_ON


def _answer(kept: str | None) -> Answer | None:
    """An answer as it was kept; None where there is none, or none that can be read."""
    if kept is None:
        return None
    try:
        value = json.loads(kept)
        return Answer(str(value["text"]), usage=Usage(cached=1), final=value["final"] is True)
    except (ValueError, KeyError, TypeError):
        return None
