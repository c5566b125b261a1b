"""What `hdsl experience` changes: each change is one step that can be taken back. And the export of a table."""

import argparse
from pathlib import Path

from hdsl.cli.errors import CommandError
from hdsl.cli.experience_tables import chosen, folders_of, of, tables_of
from hdsl.cli.output import show, tell
from hdsl.experience.deduping import duplicates
from hdsl.experience.files import StoredRow, read_rows
from hdsl.experience.merging import Conflict
from hdsl.experience.others import OtherTable, others_of_file, others_of_folder, plan_of_merge
from hdsl.experience.row_changes import Rows
from hdsl.experience.row_files import as_rows, not_there_yet, write_rows
from hdsl.experience.steps_by_hand import Planned, take_back, take_step
from hdsl.experience.tables_in_reach import ReachedTable, table_named
from hdsl.ground.display import marked_line

WIDTH = 60


def undo(options: argparse.Namespace) -> int:
    """Takes steps back."""
    for step, undone_by in take_back(folders_of(tables_of(options.file)), options.step).items():
        show(f"took back {step}, as step {undone_by}")
    return 0


def merge(options: argparse.Namespace) -> int:
    """Adds another person's rows and votes; what became of conflicts goes to stderr."""
    tables = tables_of(options.file)
    others = _others(options.other)
    if any(other.place.resolve() == table.place.resolve() for other in others.values() for table in tables.values()):
        raise CommandError(f"{options.other} is the experience of {options.file} itself")
    shared = [table for table in tables.values() if table.name in others]
    for name in others:
        if name not in tables:
            tell(f"{options.file} reaches no experience `{name}`: it is left out")
    conflicts: dict[str, tuple[Conflict, ...]] = {}
    counts: dict[str, tuple[int, int]] = {}

    def plan(table: ReachedTable, rows: Rows) -> Planned:
        planned, conflicts[table.name] = plan_of_merge(table, rows, others[table.name])
        counts[table.name] = (len(planned.rows) - len(rows), sum(map(len, planned.merged.values())))
        return planned

    step = take_step(shared, f"merge of {options.other}", plan)
    for name, found in conflicts.items():
        for conflict in found:
            tell(_conflict_line(name, conflict))
    if step is None:
        show(f"{options.other} has nothing that is not here already")
        return 0
    show(f"step {step}")
    for name, (added, votes) in counts.items():
        show(f"  {name}: {of(added, 'row')} added, {of(votes, 'vote')} counted")
    return 0


def dedupe(options: argparse.Namespace) -> int:
    """Drops rows that say what others say, and prints them."""
    found: dict[str, list[str]] = {}

    def plan(table: ReachedTable, rows: Rows) -> Planned:
        dropped = duplicates(rows)
        found[table.name] = [
            f"  {table.name}: dropped row {row + 1}, which says what row {into + 1} says: {_says(rows, row)}"
            for row, into in sorted(dropped.items())
        ]
        return Planned(rows, dropped)

    step = take_step(chosen(tables_of(options.file), options.table), _why("dedupe", options.table), plan)
    show("there are no duplicate rows" if step is None else f"step {step}")
    for lines in found.values():
        for line in lines:
            show(line)
    return 0


def import_rows(options: argparse.Namespace) -> int:
    """Adds the rows of a file that a table lacks."""
    table = table_named(tables_of(options.file), options.table)
    source = Path(options.source)
    rows = table.checked_rows(read_rows(source), source)
    missing: list[StoredRow] = []

    def plan(table: ReachedTable, there: Rows) -> Planned:
        missing[:] = not_there_yet(there, rows)
        return Planned([*there, *as_rows(missing)])

    step = take_step([table], _why("import of", options.source), plan)
    if step is None:
        show(f"{table.name} has every row of {options.source} already")
    else:
        show(f"step {step}\n  {table.name}: {of(len(missing), 'row')} added of {len(rows)} in {options.source}")
    return 0


def export_rows(options: argparse.Namespace) -> int:
    """Writes a table to a file or a new folder."""
    table = table_named(tables_of(options.file), options.table)
    rows = table.rows()
    write_rows(rows, Path(options.target))
    show(f"{options.target}: {of(len(rows), 'row')} of {table.name}")
    return 0


def _others(other: str) -> dict[str, OtherTable]:
    path = Path(other)
    if path.suffix == ".hg":
        return others_of_file(tables_of(other))
    if not path.is_dir():
        reason = "is neither a STEM.experience folder nor a .hg file" if path.exists() else "is not there"
        raise CommandError(f"{other} {reason}")
    if (path / "shape").exists():
        raise CommandError(f"{other} is one table: name the folder that it lies in, or import it")
    others = others_of_folder(path)
    if not others:
        raise CommandError(f"{other} has no table: it is not an experience folder")
    return others


def _conflict_line(table: str, conflict: Conflict) -> str:
    return (
        f"{table}, row {conflict.row + 1}: for {marked_line(conflict.key, WIDTH)!r} "
        f"{marked_line(conflict.kept, WIDTH)!r} ({of(conflict.kept_votes, 'vote')}) stays, "
        f"{marked_line(conflict.left, WIDTH)!r} ({conflict.left_votes}) does not"
    )


def _says(rows: Rows, row: int) -> str:
    _, key, value = rows[row]
    return f"{marked_line(key, WIDTH)!r} → {marked_line(value, WIDTH)!r}"


def _why(command: str, argument: str | None) -> str:
    return command if argument is None else f"{command} {argument}"
