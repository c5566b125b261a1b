"""The tables of the FILE that `hdsl experience` is given."""

from pathlib import Path

from hdsl.cli.errors import CommandError
from hdsl.cli.programs import checked_file
from hdsl.configuration.settings import load_settings
from hdsl.experience.tables_in_reach import ReachedTable, table_named, tables_in_reach


def tables_of(file: str) -> dict[str, ReachedTable]:
    """All tables that a file reaches, by name. CommandError where it does not check, or reaches none."""
    _, module = checked_file(file)
    tables = tables_in_reach(module, load_settings(Path(file).parent).project)
    if not tables:
        raise CommandError(f"{file} reaches no experience")
    return tables


def chosen(tables: dict[str, ReachedTable], name: str | None) -> list[ReachedTable]:
    """The table of this name; all, where none is named."""
    return list(tables.values()) if name is None else [table_named(tables, name)]


def folders_of(tables: dict[str, ReachedTable]) -> list[Path]:
    """The folders that have the tables' histories, each once."""
    return list(dict.fromkeys(table.folder for table in tables.values()))


def names_in(tables: dict[str, ReachedTable], folder: Path) -> dict[str, str]:
    """The names of the tables of one folder by what its history calls them."""
    return {table.stored: table.name for table in tables.values() if table.folder == folder}


def of(count: int, what: str) -> str:
    """A count and what is counted."""
    return f"{count} {what}{'' if count == 1 else 's'}"
