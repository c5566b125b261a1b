"""Where the rows of a table are: what was learned, beside the file or in the project, else the seed of the file."""

from pathlib import Path

from hdsl.experience.files import StoredRow, read_rows
from hdsl.experience.learned import learned_folder
from hdsl.experience.reading import rows_in
from hdsl.graph.typed import ExperienceTable
from hdsl.graph.types import Type, canonical
from hdsl.structure.reading import NotOfStructure


def seed_rows(table: ExperienceTable, project: Path, main: Path) -> list[tuple[str, str, str]]:
    """The rows a run begins with. ExperienceError where a file is malformed, OSError where it cannot be read."""
    return rows_at(learned_folder(table, project, main), table)


def rows_at(place: Path, table: ExperienceTable) -> list[tuple[str, str, str]]:
    """The rows in the folder of a table; as long as there is none, those that its learning begins with."""
    if place.is_dir():
        return rows_in(place)
    return written_rows(table)


def written_rows(table: ExperienceTable) -> list[tuple[str, str, str]]:
    """The rows that learning began with: those in the `.hg` file, or in the file that it loads."""
    if table.load is not None:
        return [_texts(row, table) for row in read_rows(Path(table.module).parent / table.load)]
    return list(table.rows)


def _texts(row: StoredRow, table: ExperienceTable) -> tuple[str, str, str]:
    """A row with its records in their canonical form; what is none was reported by the checker."""
    return row.query, _as_kept(row.key, table.type.key), _as_kept(row.value, table.type.value)


def _as_kept(text: str, kind: Type) -> str:
    try:
        return canonical(text, kind)
    except NotOfStructure:
        return text
