"""From a repository to a data set: read it, survey its tests, make tasks, check their truth, drop copies, split."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from hdsl.ground.files import write_atomically
from hdsl.tasks.data import ARCHIVE, WORK, DataError, read_report, write_parts, write_report
from hdsl.tasks.definitions import Definition, definitions
from hdsl.tasks.harness import write_harness
from hdsl.tasks.journal import Journal
from hdsl.tasks.leakage import is_in_context, without_copies
from hdsl.tasks.making import MAKERS, Workshop
from hdsl.tasks.mapping import Mapper
from hdsl.tasks.model import PARTS, Dropped, Task, Watch
from hdsl.tasks.repository import Repository, RepositoryError, is_test, read_repository
from hdsl.tasks.sandbox import bench_of, require_sandbox
from hdsl.tasks.splitting import by_hash, by_time, commit_times

_LONGEST_FUNCTION, _MOST_CHARACTERS = 120, 6_000


@dataclass(frozen=True, slots=True)
class Choices:
    """What a data set is made of and how."""

    repository: Path
    kind: str
    folder: Path
    seed: int = 0
    limit: int | None = None
    """Definitions that are looked at."""
    tests: tuple[str, ...] = ()
    """The files or folders of tests to run; empty: all."""
    sources: tuple[str, ...] = ()
    """The files or folders to make tasks of; empty: all."""


def build(choices: Choices, mapper: Mapper, watch: Watch) -> dict[str, Any]:
    """Writes the data set, and is its report.

    Raises CannotRunError where there is no sandbox, RepositoryError, DataError where the folder holds something else,
    OSError. Interrupted, it goes on when it is called again, and writes the same bytes.
    """
    require_sandbox()
    repository = read_repository(choices.repository, choices.folder)
    about = _about(choices, repository)
    _claim(choices.folder, about)
    dropped: Counter[str] = Counter()
    found = _definitions(repository, dropped)
    chosen = _chosen(found, choices, dropped)
    archive = choices.folder / ARCHIVE
    write_atomically(archive, repository.archive())
    bench = bench_of(repository, archive)
    with Journal(choices.folder / WORK, repository.digest) as journal:
        workshop = Workshop(
            repository, bench, found, choices.seed, _test_files(repository, choices), journal, mapper, watch
        )
        made, counts = MAKERS[choices.kind](workshop, chosen)
    tasks = []
    for each in made:
        if isinstance(each, Dropped):
            dropped[each.reason] += 1
        elif is_in_context(each):
            dropped["near copy of its answer in its context"] += 1
        else:
            tasks.append(each)
    parts, split = _split(tasks, choices)
    parts = without_copies(parts, dropped)
    report = {
        **about,
        "split": split,
        "looked_at": len(chosen),
        "tasks": {part: len(parts[part]) for part in PARTS},
        "forms": _forms(parts),
        "dropped": dict(sorted(dropped.items(), key=lambda item: (-item[1], item[0]))),
        "files_left_out": dict(repository.left_out),
        "tests": dict(counts),
        "bench": {"roots": list(bench.roots), "options": list(bench.options)},
    }
    write_parts(choices.folder, parts)
    write_harness(choices.folder, choices.kind)
    write_report(choices.folder, report)
    return report


def _about(choices: Choices, repository: Repository) -> dict[str, Any]:
    return {
        "kind": choices.kind,
        "repository": repository.root.resolve().name,
        "digest": repository.digest,
        "seed": choices.seed,
        "limit": choices.limit,
        "test_paths": list(choices.tests),
        "source_paths": list(choices.sources),
    }


def _claim(folder: Path, about: dict[str, Any]) -> None:
    """Makes the folder, where it is not there; DataError where it holds another data set, or anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    before = read_report(folder)
    if before is None:
        others = [
            each.name for each in folder.iterdir() if each.name not in (ARCHIVE, WORK) and not _is_ours(each.name)
        ]
        if others:
            raise DataError(f"{folder} holds other files ({sorted(others)[0]}): name a new folder with --out")
        return
    for name, value in about.items():
        if before.get(name) != value:
            what = "another state of the repository" if name == "digest" else f"{name} {before.get(name)}"
            raise DataError(f"{folder} holds tasks of {what}: name another folder with --out")


def _is_ours(name: str) -> bool:
    return name in {*(f"{part}.jsonl" for part in PARTS), "targets.jsonl"} or name.endswith((".hg", ".tmp"))


def _definitions(repository: Repository, dropped: Counter[str]) -> tuple[Definition, ...]:
    found: list[Definition] = []
    for file, text in repository.sources():
        try:
            found += definitions(file, text)
        except ValueError:
            dropped["files that do not parse"] += 1
    return tuple(found)


def _chosen(found: Sequence[Definition], choices: Choices, dropped: Counter[str]) -> list[Definition]:
    """Those of a fit length, as many as the limit says, in an order of the seed."""
    wanted = [path.strip("/").removeprefix("./") for path in choices.sources]
    below = [each for each in found if not wanted or any(f"{each.file}/".startswith(f"{path}/") for path in wanted)]
    fit = []
    for each in below:
        if each.end - each.start >= _LONGEST_FUNCTION or sum(map(len, each.lines)) > _MOST_CHARACTERS:
            dropped["a function that is too long"] += 1
        else:
            fit.append(each)
    if not fit:
        where = f" in {', '.join(choices.sources)}" if choices.sources else ""
        raise RepositoryError(f"{choices.repository} has no functions{where} that tasks could be made of")
    return sorted(fit, key=lambda each: _hash(f"{choices.seed} {each.key}"))[: choices.limit]


def _test_files(repository: Repository, choices: Choices) -> tuple[str, ...]:
    """The files of tests that are run; RepositoryError for a path that has none."""
    if not choices.tests:
        return repository.test_files()
    found: list[str] = []
    for path in choices.tests:
        wanted = path.strip("/").removeprefix("./")
        below = [
            name for name in repository.python if name == wanted or (name.startswith(f"{wanted}/") and is_test(name))
        ]
        if not below:
            raise RepositoryError(f"--tests: {choices.repository} has no tests at {path}")
        found += below
    return tuple(dict.fromkeys(found))


def _split(tasks: Sequence[Task], choices: Choices) -> tuple[dict[str, list[Task]], str]:
    times = commit_times(choices.repository.resolve(), sorted({task.file for task in tasks}))
    if times is not None and len({time for each in times.values() for time in each}) > 1:
        return by_time(tasks, times, choices.seed), "time of commit"
    parts, piece = by_hash(tasks, choices.seed)
    return parts, f"hash of the {piece}"


def _forms(parts: dict[str, list[Task]]) -> dict[str, int]:
    counts = Counter(task.form for part in PARTS for task in parts[part] if task.form)
    return dict(sorted(counts.items()))


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
