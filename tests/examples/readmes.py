"""The commands that the READMEs of the examples show."""

import shlex
from pathlib import Path

from tests.commands import REPOSITORY


def readme_command(name: str, examples: Path) -> tuple[Path, list[str]]:
    """The first of `readme_commands`."""
    return readme_commands(name, examples)[0]


def readme_commands(name: str, examples: Path) -> list[tuple[Path, list[str]]]:
    """Of each command that an example's README says to run the folder, in a copy of the examples, and the words."""
    folder = examples.parent
    found = []
    for line in (REPOSITORY / "examples" / name / "README.md").read_text(encoding="utf-8").splitlines():
        command = shlex.split(line) if line.startswith("    ") else []
        if command[:1] == ["cd"]:
            folder = folder / command[1]
        elif command[:1] == ["hdsl"]:
            found.append((folder, command[1:]))
    if not found:
        raise ValueError(f"the README of {name} runs nothing")
    return found
