"""Learned experience on disk: a folder of tables with their history, changed step by step, by one process at a time."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from hdsl.experience.files import ExperienceError, row_count
from hdsl.experience.history import (
    PENDING,
    HistoryEntry,
    HistoryError,
    append_history,
    as_bytes,
    read_history,
    read_pending,
    whole_history,
)
from hdsl.experience.reading import rows_in
from hdsl.experience.records import TensorChange
from hdsl.experience.row_changes import Rows
from hdsl.experience.undoing import ExperienceChanged
from hdsl.ground.errors import HdslError
from hdsl.ground.files import OutsideFolderError, inside, write_atomically
from hdsl.ground.locks import held
from hdsl.ground.row import WIDTH
from hdsl.storage.folder import Folder, FolderStore
from hdsl.storage.layout import element_file
from hdsl.storage.store import Entry


class ExperienceLocked(HdslError):  # noqa: N818 - a state
    """Another process is changing this experience."""


class ExperienceFolder:
    """The folder of a file's learned tables. Nothing is on disk before the first step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder, and first makes whole what a killed process left. ExperienceLocked where another has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as open_:
            try:
                open_.enter_context(held(self.folder))
            except BlockingIOError:
                raise ExperienceLocked(f"another process is changing {self.folder}") from None
            self._finish_pending()
            yield

    def rows(self, table: str) -> Rows | None:
        """The rows of a table, with what pends; None where it was never written. ExperienceError, HistoryError."""
        place = self._place(table)
        return rows_in(place) if place.is_dir() else None

    def create(self, table: str, rows: Rows) -> None:
        """Writes a table whole, if there is none."""
        if not self._place(table).is_dir():
            entries = {index: Entry(text) for index, text in enumerate(text for row in rows for text in row)}
            Folder(self.folder).new(table, (len(rows), WIDTH)).fill(entries)

    def take(self, entry: HistoryEntry) -> None:
        """Makes a step, all of it whatever happens to this process between.

        ExperienceChanged where a table has not the rows that the step began with.
        """
        for change in entry.changes:
            count = self._count(change.uid)
            if count != change.rows_before:
                raise ExperienceChanged(f"`{change.uid}` has {count} rows, and had {change.rows_before}")
        written = as_bytes(entry)
        write_atomically(self.folder / PENDING, written)
        self._finish(entry)
        append_history(self.folder, written)
        (self.folder / PENDING).unlink()

    def history(self) -> list[HistoryEntry]:
        """All steps, oldest first, with the one that pends."""
        return whole_history(self.folder)

    def _place(self, table: str) -> Path:
        """The folder of a table. ExperienceError where it would not be in this one."""
        try:
            return inside(self.folder, table)
        except OutsideFolderError:
            raise ExperienceError(self.folder / table, 1, 1, f"this is outside of {self.folder}") from None

    def _count(self, table: str) -> int:
        place = self._place(table)
        return row_count(place) if place.is_dir() else 0

    def _finish_pending(self) -> None:
        pending = read_pending(self.folder)
        if pending is None:
            return
        known = read_history(self.folder)
        for change in pending.changes:
            count = self._count(change.uid)
            if not min(change.rows_before, change.rows_after) <= count <= max(change.rows_before, change.rows_after):
                raise HistoryError(
                    f"{self.folder / PENDING}: `{change.uid}` has {count} rows, and this step changes "
                    f"{change.rows_before} to {change.rows_after}; remove the file to give the step up"
                )
        self._finish(pending)
        if not known or known[-1].id != pending.id:
            append_history(self.folder, as_bytes(pending))
        (self.folder / PENDING).unlink()

    def _finish(self, entry: HistoryEntry) -> None:
        for change in entry.changes:
            self._check_links(change)
        for change in entry.changes:
            self.create(change.uid, ())
            _make(Folder(self.folder).open(change.uid), change)

    def _check_links(self, change: TensorChange) -> None:
        """ExperienceError where an element that is to be written is a link that leads out of the table."""
        place = self._place(change.uid)
        if not place.is_dir():
            return
        has_link = _Links(str(place))
        for cell in change.cells:
            file = element_file(".", ".", cell.index)
            if has_link(file):
                try:
                    inside(place, file)
                except OutsideFolderError:
                    raise ExperienceError(place / file, 1, 1, f"this link leads out of {place}") from None


class _Links:
    """Whether a path below a folder has a link in it. Each part is looked at once, and nothing below one that is not
    there: every text has a folder, and a table may get hundreds of thousands."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._known: dict[str, bool | None] = {"": False}
        """Of each part: whether there is a link in it; None where it is not there."""

    def __call__(self, name: str) -> bool:
        return bool(self._look(name))

    def _look(self, name: str) -> bool | None:
        known = self._known
        if name not in known:
            above = self._look(name.rpartition("/")[0])
            known[name] = above if above is None or above else self._is_link(name)
        return known[name]

    def _is_link(self, name: str) -> bool | None:
        try:
            return stat.S_ISLNK(os.lstat(f"{self._place}/{name}").st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return None


def _make(store: FolderStore, change: TensorChange) -> None:
    """The change in the table's files; a second time changes nothing.

    What is added is written before the shape says that it is there: a reader sees all of a row or nothing.
    """
    shape = (change.rows_after, WIDTH)
    if change.rows_after < store.shape[0]:
        store.resize(shape)
    seen = store.shape[0] * WIDTH
    store.write_unseen(
        {cell.index: cell.after for cell in change.cells if cell.index >= seen and cell.after is not None}
    )
    for cell in change.cells:
        if cell.after is None and cell.index < change.rows_after * WIDTH:
            store.remove(cell.index)
        elif cell.after is not None and cell.index < seen:
            store.write(cell.index, Entry(cell.after))
    if store.shape != shape:
        store.resize(shape)
