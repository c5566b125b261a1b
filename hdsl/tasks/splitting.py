"""Which tasks are trained on, validated with, and sealed: the newest are sealed, or those that a hash picks."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from hdsl.tasks.model import SEALED, TRAIN, VALID, Task
from hdsl.tasks.sandbox import run_git

SHARES = {TRAIN: 0.6, VALID: 0.1, SEALED: 0.3}
FEWEST_FILES = 10
"""With fewer files, a file is too large a piece: definitions are picked."""

_UNCOMMITTED = 1 << 62


def commit_times(root: Path, files: Sequence[str]) -> dict[str, list[int]] | None:
    """For each line of files when it was committed (later than all where it was not); None where there is no git."""
    if run_git(root, ["rev-parse", "--verify"], ["HEAD"])[0] is None:
        return None
    said = run_git(root, ["blame", "--line-porcelain", "--no-textconv", "--"], files)
    return {file: _times(text) for file, text in zip(files, said, strict=True) if text is not None}


def _times(text: str) -> list[int]:
    times, now, is_committed = [], 0, True
    for line in text.split("\n"):
        if line.startswith("\t"):
            times.append(now if is_committed else _UNCOMMITTED)
        elif line.startswith("committer-time "):
            now = int(line.rpartition(" ")[2])
        elif len(words := line.split(" ")) in (3, 4) and len(words[0]) == 40:
            is_committed = set(words[0]) != {"0"}
    return times


def by_time(tasks: Sequence[Task], times: Mapping[str, Sequence[int]], seed: int) -> dict[str, list[Task]]:
    """The tasks with the newest lines are sealed, those before them validated with, the oldest trained on."""

    def age(task: Task) -> int:
        first, last = task.lines
        return max(times.get(task.file, ())[first - 1 : last], default=_UNCOMMITTED)

    homes: dict[str, int] = {}
    for task in tasks:
        homes[task.home] = max(age(task), homes.get(task.home, 0))
    return _dealt(tasks, sorted(homes, key=lambda home: (homes[home], _hash(home, seed))))


def by_hash(tasks: Sequence[Task], seed: int) -> tuple[dict[str, list[Task]], str]:
    """Whole files are picked by a hash of the seed; where there are few, definitions. Says which."""
    files = {task.file for task in tasks}
    if len(files) < FEWEST_FILES:
        return _dealt(tasks, sorted({task.home for task in tasks}, key=lambda home: _hash(home, seed))), "definition"
    order = {file: number for number, file in enumerate(sorted(files, key=lambda file: _hash(file, seed)))}
    homes = {task.home: order[task.file] for task in tasks}
    return _dealt(tasks, sorted(homes, key=lambda home: (homes[home], home)), {t.home: t.file for t in tasks}), "file"


def _dealt(
    tasks: Sequence[Task], homes: Sequence[str], pieces: Mapping[str, str] | None = None
) -> dict[str, list[Task]]:
    """Homes in order are dealt out by the shares; a piece that several homes are of is not divided."""
    part_of: dict[str, str] = {}
    ends = (SHARES[TRAIN], SHARES[TRAIN] + SHARES[VALID])
    for number, home in enumerate(homes):
        piece = home if pieces is None else pieces[home]
        at = (number + 0.5) / len(homes)
        part_of.setdefault(piece, TRAIN if at < ends[0] else VALID if at < ends[1] else SEALED)
    parts: dict[str, list[Task]] = {TRAIN: [], VALID: [], SEALED: []}
    for task in tasks:
        parts[part_of[task.home if pieces is None else pieces[task.home]]].append(task)
    return parts


def _hash(text: str, seed: int) -> str:
    return sha256(f"{seed} {text}".encode("utf-8", "surrogateescape")).hexdigest()
