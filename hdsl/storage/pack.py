"""The pack home: all tensors of a run in one SQLite file, for what a run makes by the thousand.

Writes are gathered and committed together: soon after each, and when the home is flushed.
"""

import json
import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from hdsl.ground.files import write_atomically
from hdsl.storage.batch import Batch, Key
from hdsl.storage.layout import decode, element_path, encode
from hdsl.storage.store import Changes, Entry, Home, Shape, Store


@dataclass(frozen=True, slots=True)
class _Moment:
    """The number of the file's last commit, and how often this store changed what its elements stand for."""

    revision: int
    rearranged: int


class Pack:
    """A file of tensors. Several processes may read it; one writes.

    `redact`: what stands in the file in place of a text, as one without secrets; this process reads what it wrote.
    """

    def __init__(self, path: str | os.PathLike[str], redact: Callable[[str], str] | None = None) -> None:
        self._root = os.fspath(path)
        Path(self._root).parent.mkdir(parents=True, exist_ok=True)
        self.batch = Batch(self._root, redact)
        self._close = weakref.finalize(self, Batch.close, self.batch)

    @property
    def root(self) -> str:
        """The file."""
        return self._root

    def new(self, uid: str, shape: Shape) -> "PackStore":
        """The store of a tensor of this shape; one that is there with another shape is a ValueError."""
        found = self._find(uid)
        if found is None:
            return PackStore(self, uid, shape, None)
        if found[1] != shape:
            raise ValueError(f"tensor {uid} in {self._root} has shape {list(found[1])}, not {list(shape)}")
        return PackStore(self, uid, shape, found[0])

    def open(self, uid: str) -> "PackStore":
        """The store of a tensor that is there; FileNotFoundError where it is not."""
        found = self._find(uid)
        if found is None:
            raise FileNotFoundError(f"there is no tensor {uid} in {self._root}")
        return PackStore(self, uid, found[1], found[0])

    def number(self, uid: str, shape: Shape) -> int:
        """The tensor's number in the file, made when it is first asked for."""
        with self.batch.lock, self.batch.writing():
            self.batch.connection.execute(
                "INSERT OR IGNORE INTO tensors (uid, shape) VALUES (?, ?)", (uid, json.dumps(list(shape)))
            )
            (number,) = self.batch.connection.execute("SELECT id FROM tensors WHERE uid = ?", (uid,)).fetchone()
            return int(number)

    def flush(self) -> None:
        """Commits what was gathered."""
        self.batch.commit()

    def clear(self) -> None:
        """Forgets all tensors; their stores are not used again."""
        with self.batch.lock:
            self.batch.forget()
            with self.batch.transaction():
                for table in ("tensors", "elements", "links"):
                    self.batch.connection.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Commits and closes the file; also done when the object goes or the process ends."""
        self._close()

    def _find(self, uid: str) -> tuple[int, Shape] | None:
        with self.batch.lock:
            row = self.batch.connection.execute("SELECT id, shape FROM tensors WHERE uid = ?", (uid,)).fetchone()
        return None if row is None else (int(row[0]), tuple(int(size) for size in json.loads(row[1])))


class PackStore:
    """One tensor of a pack."""

    def __init__(self, home: Pack, uid: str, shape: Shape, number: int | None) -> None:
        self._home = home
        self._batch = home.batch
        self.uid = uid
        self.shape = shape
        self._known_number = number
        self._links: dict[int, Key] = {} if number is None else self._read_links(number)
        self._rearranged = 0

    @property
    def home(self) -> Home:
        """The pack it lies in."""
        return self._home

    @property
    def redacted(self) -> bool:
        """Whether elements of this tensor, or of those it links to, are without secrets in the file."""
        self._batch.commit()
        owners = {self._number, *(tensor for tensor, _ in self._links.values())}
        return any(self._batch.unredacted(owner) for owner in owners)

    def read(self, index: int) -> str | None:
        """The text of an element; None where there is none."""
        row = self._batch.get(self.key(index))
        return None if row is None or row[0] is None else decode(row[0])

    def texts(self) -> list[str | None]:
        """All texts, those of the tensor's own by one query."""
        texts: list[str | None] = [None] * prod(self.shape)
        self._batch.commit()
        with self._batch.lock:
            for position, text in self._batch.connection.execute(
                "SELECT position, text FROM elements WHERE tensor = ? AND text IS NOT NULL", (self._number,)
            ):
                texts[position] = decode(text)
            for position, (text, _, _) in self._batch.unredacted(self._number).items():
                texts[position] = None if text is None else decode(text)
        for position in self._links:
            texts[position] = self.read(position)
        return texts

    def changes(self, since: object = None) -> Changes:
        """Notices every writer of the file; links that another store makes are known to those opened later."""
        with self._batch.lock:
            now = _Moment(self._batch.revision(), self._rearranged)
            if not isinstance(since, _Moment) or since.rearranged != now.rearranged:
                return Changes(now, None)
            if since == now and not self._batch.rows:
                return Changes(now, ())
            elements = self._batch.written(self._number, since.revision)
            for owner in {tensor for tensor, _ in self._links.values()}:
                written = self._batch.written(owner, since.revision)
                elements.update(at for at, key in self._links.items() if key[0] == owner and key[1] in written)
            return Changes(now, elements)

    def entry(self, index: int) -> Entry | None:
        """All that is stored of an element."""
        row = self._batch.get(self.key(index))
        return None if row is None or row[0] is None else Entry(decode(row[0]), row[1], row[2])

    def write(self, index: int, entry: Entry) -> None:
        """Stores one element, durable with the batch."""
        text, coefficient, cause = entry
        self._batch.put(self.key(index), (encode(text), coefficient, cause))

    def mark(self, index: int, coefficient: float) -> None:
        """Stores the coefficient alone."""
        row = self._batch.get(self.key(index))
        text, cause = (None, "") if row is None else (row[0], row[2])
        self._batch.put(self.key(index), (text, coefficient, cause))

    def remove(self, index: int) -> None:
        """Makes an element absent; a link is cut."""
        if self._links.pop(index, None) is None:
            self._batch.put(self.key(index), (None, 0.0, ""))
        else:
            with self._batch.transaction():
                self._batch.connection.execute(
                    "DELETE FROM links WHERE tensor = ? AND position = ?", (self._number, index)
                )
            self._rearranged += 1

    def fill(self, entries: Mapping[int, Entry]) -> None:
        """Stores a fresh tensor in one transaction."""
        with self._batch.transaction() as revision:
            number = self._number
            rows = (
                ((number, index), (encode(entry.text), entry.coefficient, entry.cause))
                for index, entry in entries.items()
            )
            self._batch.insert(rows, revision)

    def resize(self, shape: Shape) -> None:
        """In one transaction with what is lost by it."""
        number = self._number
        self._batch.commit()
        with self._batch.transaction():
            connection = self._batch.connection
            connection.execute("UPDATE tensors SET shape = ? WHERE id = ?", (json.dumps(list(shape)), number))
            for table in ("elements", "links"):
                connection.execute(f"DELETE FROM {table} WHERE tensor = ? AND position >= ?", (number, prod(shape)))
        self._links = {index: key for index, key in self._links.items() if index < prod(shape)}
        if prod(shape) < prod(self.shape):
            self._rearranged += 1
        self.shape = shape

    def coefficients(self) -> dict[int, float]:
        """The coefficient of each element with a text."""
        if self._known_number is None:
            return {}
        self._batch.commit()
        with self._batch.lock:
            own = self._batch.connection.execute(
                "SELECT position, coefficient FROM elements WHERE tensor = ? AND text IS NOT NULL", (self._number,)
            ).fetchall()
        known = {int(position): float(coefficient) for position, coefficient in own if position not in self._links}
        for position, key in self._links.items():
            row = self._batch.get(key)
            if row is not None and row[0] is not None:
                known[position] = row[1]
        return known

    def link(self, index: int, target: Store, target_index: int) -> None:
        """Makes an element stand for one of another tensor of this pack."""
        if not isinstance(target, PackStore) or target.home.root != self._home.root:
            raise ValueError(f"an element of {self._home.root} cannot be one of {target.home.root}")
        key = target.key(target_index)
        with self._batch.transaction():
            self._batch.connection.execute(
                "INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", (self._number, index, *key)
            )
        self._links[index] = key
        self._rearranged += 1

    def path(self, index: int) -> Path:
        """A file beside the pack with the element's text as it is now; absent where the element is."""
        path = element_path(f"{self._home.root}.files", self.uid, index)
        text = self.read(index)
        if text is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, encode(text))
        return path

    def key(self, index: int) -> Key:
        """The row an element is kept in, its own or the one it stands for."""
        return self._links.get(index) or (self._number, index)

    @property
    def _number(self) -> int:
        if self._known_number is None:
            self._known_number = self._home.number(self.uid, self.shape)
        return self._known_number

    def _read_links(self, number: int) -> dict[int, Key]:
        with self._batch.lock:
            rows = self._batch.connection.execute(
                "SELECT position, target, target_position FROM links WHERE tensor = ?", (number,)
            ).fetchall()
        return {int(position): (int(target), int(at)) for position, target, at in rows}
