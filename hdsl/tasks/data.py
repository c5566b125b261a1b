"""The folder of a data set: examples for `train`, and what judging an answer takes, found by the true answer."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from hdsl.ground.errors import HdslError
from hdsl.ground.files import write_atomically
from hdsl.ground.json_lines import encode_line, read_json_lines
from hdsl.tasks.model import PARTS, Task
from hdsl.tasks.sandbox import Bench

TARGETS, ARCHIVE, REPORT, WORK = "targets.jsonl", "repository.tar", "report.json", "work.jsonl"


class DataError(HdslError):
    """A folder is not, or no longer, a data set that answers can be judged by."""


def answer_key(answer: str) -> str:
    """What an answer is found by."""
    return sha256(answer.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_parts(folder: Path, parts: Mapping[str, Sequence[Task]]) -> None:
    """Writes the examples of each part, and what judging takes."""
    targets: list[bytes] = []
    for part in PARTS:
        lines = [encode_line({**task.given, "expected": [task.answer]}) for task in parts[part]]
        write_atomically(folder / f"{part}.jsonl", b"".join(lines))
        targets += [encode_line(_target(task, part, number)) for number, task in enumerate(parts[part], 1)]
    write_atomically(folder / TARGETS, b"".join(targets))


def _target(task: Task, part: str, line: int) -> dict[str, Any]:
    return {
        "answer": answer_key(task.answer),
        "part": part,
        "line": line,
        "key": task.key,
        "form": task.form,
        **task.place,
    }


def write_report(folder: Path, report: Mapping[str, Any]) -> None:
    """Writes the report, last of all: a folder without one is not finished."""
    write_atomically(folder / REPORT, json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def read_report(folder: Path) -> dict[str, Any] | None:
    """The report of a folder; None where there is none. DataError where it is damaged."""
    try:
        value = json.loads((folder / REPORT).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / REPORT} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise DataError(f"{folder / REPORT} is not a report")
    return value


Target = Mapping[str, Any]
"""What judging an answer in the place of the true one takes."""


@lru_cache(maxsize=8)
def _targets(folder: Path) -> Mapping[str, tuple[Target, ...]]:
    """The targets of a data set by the keys of the true answers. DataError where the folder holds none."""
    path = folder / TARGETS
    if not path.is_file():
        raise DataError(f"{folder} is not a data set of `hdsl tasks`: it has no {TARGETS}")
    found: dict[str, tuple[Target, ...]] = {}
    for line in read_json_lines(path):
        if isinstance(line.value, dict):
            key = str(line.value.get("answer"))
            found[key] = (*found.get(key, ()), line.value)
    if not found:
        raise DataError(f"{path} has no targets")
    return found


def targets_of(folder: Path, expected: str) -> tuple[Target, ...]:
    """The targets with this true answer: short answers may be those of several. DataError where there is none."""
    found = _targets(folder.resolve()).get(answer_key(expected))
    if found is None:
        raise DataError(f"the expected text is not an answer of the data set in {folder}")
    return found


def bench_of_data(folder: Path) -> Bench:
    """How the tests of a data set's repository are run."""
    report = read_report(folder)
    if report is None or not (folder / ARCHIVE).is_file():
        raise DataError(f"{folder} is not a finished data set of `hdsl tasks`")
    bench = report.get("bench", {})
    return Bench((folder / ARCHIVE).resolve(), tuple(bench.get("roots", ())), tuple(bench.get("options", ())))
