"""Prompts of one's own: a text, or a function of texts, or one of folders that hold the texts.

A function of folders is called as `prompt(task, workspace, folder, …)`, or without the workspace where it takes one
argument less. The folders lie in a workspace of their own for as long as it runs; the model is shown what it returned
and, with it, the files.
"""

import inspect
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hdsl.ground.row import Row
from hdsl.tensor.pack_dir import pack_dir

Prompt = str | Callable[..., str]
"""What to ask with; "" where the operation's own words are enough."""

Folder = tuple[str, Sequence[tuple[str, str]]]
"""A folder's name, and its files: relative names and texts."""

OUTPUT = "mutable_output_dir"
UNWRITTEN = "TODO"
"""Stands in the files that the model is to write."""


def takes_folders(prompt: Callable[..., str]) -> bool:
    """Whether a function for an output is one of folders (five arguments) and not of texts (four)."""
    return _arity(prompt) > 4


def text_of_prompt(prompt: Prompt | None, task: str, folders: Sequence[Folder]) -> str:
    """The prompt for one request: what the function makes of the folders, or the text, or else the task."""
    if not callable(prompt):
        return prompt or task
    with tempfile.TemporaryDirectory(prefix="hdsl-prompt-") as workspace:
        paths = [str(_written(Path(workspace, name), files)) for name, files in folders]
        around = [workspace] if _arity(prompt) != len(paths) + 1 else []
        said = prompt(task, *around, *paths)
        return f"{said}\n\n{pack_dir(workspace)}".replace(workspace, ".")


def element_folder(name: str, text: str) -> Folder:
    """A folder that holds one text."""
    return name, [("0/data.txt", text)]


def rows_folder(name: str, rows: Sequence[Row]) -> Folder:
    """A folder of rows: their query, key and value as 0, 1 and 2."""
    return name, [
        (f"{number}/{column}/data.txt", text)
        for number, row in enumerate(rows)
        for column, text in enumerate((row.query, row.key, row.value))
    ]


def _arity(prompt: Callable[..., str]) -> int:
    parameters = inspect.signature(prompt).parameters.values()
    return sum(1 for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD))


def _written(folder: Path, files: Sequence[tuple[str, str]]) -> Path:
    folder.mkdir()
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return folder
