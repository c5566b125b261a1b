"""Where the rows of a table are: what was learned, beside the file or in the project, else the seed of the file."""

from pathlib import Path

from hdsl.experience.files import StoredRow, read_rows
from hdsl.experience.learned import learned_folder
from hdsl.experience.reading import rows_in
from hdsl.graph.typed import ExperienceTable


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
        return _texts(read_rows(Path(table.module).parent / table.load))
    return list(table.rows)


def _texts(rows: tuple[StoredRow, ...]) -> list[tuple[str, str, str]]:
    return [(row.query, row.key, row.value) for row in rows]
