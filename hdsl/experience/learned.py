"""Where what was learned of a table is kept. A check asks this, so this file imports little."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdsl.graph.typed import ExperienceTable


def learned_folder(table: ExperienceTable, project: Path, main: Path) -> Path:
    """Where what was learned of a table is kept: beside its file where that is of the project or in a folder with (or
    below) the main file, else, as for a library's module, in the project.
    """
    if table.module.startswith("std."):
        return project / ".hdsl" / "experience" / table.module / table.name
    file = Path(table.module)
    beside = file.parent / f"{file.stem}.experience" / table.name
    if any(file.resolve().is_relative_to(folder.resolve()) for folder in (project, main.parent)):
        return beside
    return project / ".hdsl" / "experience" / file.stem / table.name
