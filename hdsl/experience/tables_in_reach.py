"""The experience tables that a file reaches, by the names that its author knows them by, and where each is kept."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hdsl.experience.files import ExperienceError, StoredRow
from hdsl.experience.history import HistoryEntry, whole_history
from hdsl.experience.learned import learned_folder
from hdsl.experience.places import rows_at, written_rows
from hdsl.experience.row_changes import Rows
from hdsl.experience.row_files import is_utf8
from hdsl.graph.typed import ExperienceTable, Module
from hdsl.graph.types import canonical, shown_type
from hdsl.ground.errors import HdslError
from hdsl.ground.labels import label_of
from hdsl.ground.spelling import did_you_mean
from hdsl.structure.reading import NotOfStructure


class NoSuchTable(HdslError):  # noqa: N818 - a state
    """A file reaches no table of this name; the message says which may be meant."""


@dataclass(frozen=True, slots=True)
class ReachedTable:
    """A table. `name`: as it is written in the file, `rows.strategy` for one of a used module."""

    name: str
    table: ExperienceTable
    place: Path
    """The folder that holds its rows once it has learned."""

    @property
    def folder(self) -> Path:
        """The folder of its history, and of the tables that share it."""
        return self.place.parent

    @property
    def stored(self) -> str:
        """What the history calls it."""
        return self.place.name

    @property
    def is_learned(self) -> bool:
        """Whether its rows are kept apart from the file that they began in."""
        return self.place.is_dir()

    def rows(self) -> Rows:
        """The rows as they are now. ExperienceError where they are malformed, OSError where they cannot be read."""
        return rows_at(self.place, self.table)

    def seed(self) -> Rows:
        """The rows that learning began with."""
        return written_rows(self.table)

    def history(self) -> list[HistoryEntry]:
        """The steps of its folder, oldest first. HistoryError where they are malformed."""
        return whole_history(self.folder)

    def checked_rows(self, rows: Iterable[StoredRow], source: Path) -> list[StoredRow]:
        """Rows as this table keeps them. ExperienceError, with the place in their source, for one it cannot hold."""
        return [self._checked(row, source) for row in rows]

    def _checked(self, row: StoredRow, source: Path) -> StoredRow:
        keys, values = self.table.type
        if not is_utf8(row.query + row.key + row.value):
            raise ExperienceError(source, row.line, 1, "this row has half a character (a lone surrogate)")
        if values.labels is not None and label_of(row.value, values.label_texts) is None:
            labels = ", ".join(f'"{label}"' for label in values.label_texts)
            reason = f"{row.value[:60]!r} is not a `{values.name}`: a value of `{self.name}` is one of {labels}"
            raise ExperienceError(source, row.line, 1, reason)
        try:
            key = canonical(row.key, keys) if keys.record is not None and row.key else row.key
            value = canonical(row.value, values)
            return row if (key, value) == (row.key, row.value) else replace(row, key=key, value=value)
        except NotOfStructure as error:
            reason = f"this row is none of `{self.name}` ({shown_type(self.table.type)}): a text of it {error}"
            raise ExperienceError(source, row.line, 1, reason) from None


def tables_in_reach(module: Module, project: Path) -> dict[str, ReachedTable]:
    """A file's own tables and those of the modules it uses, each once, the nearest first."""
    found: dict[str, ReachedTable] = {}
    seen = {module.path}
    waiting = deque([("", module)])
    while waiting:
        prefix, current = waiting.popleft()
        for name, table in current.experiences.items():
            found[prefix + name] = ReachedTable(prefix + name, table, learned_folder(table, project, Path(module.path)))
        for alias, used in current.uses.items():
            if used.path not in seen:
                seen.add(used.path)
                waiting.append((f"{prefix}{alias}.", used))
    return found


def table_named(tables: dict[str, ReachedTable], name: str) -> ReachedTable:
    """The table of this name. NoSuchTable where there is none."""
    if name not in tables:
        known = "There are " + ", ".join(f"`{each}`" for each in tables) + "." if tables else "It reaches none."
        raise NoSuchTable(f"there is no experience `{name}`. {did_you_mean(name, tables, known)}")
    return tables[name]
