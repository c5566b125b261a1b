"""The four commands that take an executor, on small projects: what each leaves is the same by every executor.

As a program it prints that as JSON: `python -m tests.executors.commands EXECUTOR FOLDER [RECORDINGS]`.
"""

import json
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from tests.commands import hdsl
from tests.evolve import test_evolution as evolution
from tests.learn.projects import project
from tests.tasks import tiny
from tests.terminal.sandboxes import works

Left = dict[str, str]
"""The hash of each file that a command left, by command and name, but for those that hold times or names of runs."""

_COMMANDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("train", "translate.hg", ()),
    ("reflect", "translate.hg", ()),
    ("evolve", "task.hg", ("--seeds", "1", "--width", "1", "--rounds", "1")),
)
PAIRS = [(f"word {number}", f"meaning {number % 5}") for number in range(12)]


def left_by(executor: str, folder: Path, recordings: Path | None = None) -> Left:
    """Runs them in new folders below `folder`.

    With `recordings` only a training: its kernel is what `left_by` recorded in that folder, and is asked from here.
    Else the kernel is `nearest`, which computes where the examples run.
    """
    found: Left = {}
    for command, file, words in _COMMANDS[: 1 if recordings else None]:
        place = folder / command
        place.mkdir()
        _ = evolution.project(place) if command == "evolve" else project(place, PAIRS, batch=4, epochs=2, valid=0.25)
        kernel = f"replay:{recordings / command}.jsonl" if recordings else "nearest"
        kept = ("--record", str(folder / f"{command}.jsonl")) if executor == "here" and not recordings else ()
        _run(place, command, file, "--kernel", kernel, "--executor", executor, *words, *kept)
        (run,) = (place / "runs").iterdir()
        names = ("steps.jsonl", "reflection.jsonl", "archive.jsonl", "best.hg")
        found |= _hashes(command, [*(run / name for name in names), *place.glob("*.experience/*/**/*")])
    if not recordings and works():  # it asks no kernel
        repository = folder / "repository"
        repository.mkdir()
        tiny.make(repository)
        _run(folder, "tasks", str(repository), "--kind", "code", "--out", "made", "--executor", executor)
        found |= _hashes("tasks", (path for path in (folder / "made").iterdir() if path.name != "work.jsonl"))
    return found


def _run(folder: Path, *words: str) -> None:
    ended = hdsl(*words, folder=folder)
    assert ended.code == 0, f"{words}: {ended.code} {ended.err}"


def _hashes(command: str, paths: Iterable[Path]) -> Left:
    return {f"{command} {path.name}": sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}


if __name__ == "__main__":
    _, name, folder, *recorded = sys.argv
    print(json.dumps(left_by(name, Path(folder), Path(recorded[0]) if recorded else None)))
