"""The commands that the READMEs of the examples show."""

import shlex
from pathlib import Path

from tests.commands import REPOSITORY


def readme_command(name: str, examples: Path) -> tuple[Path, list[str]]:
    """The folder in a copy of the examples, and the words after `hdsl`, that an example's README says to run."""
    folder = examples.parent
    for line in (REPOSITORY / "examples" / name / "README.md").read_text(encoding="utf-8").splitlines():
        command = shlex.split(line) if line.startswith("    ") else []
        if command[:1] == ["cd"]:
            folder = folder / command[1]
        elif command[:1] == ["hdsl"]:
            return folder, command[1:]
    raise ValueError(f"the README of {name} runs nothing")
