"""What was found out so far, on disk: a build that was killed goes on from there, and finds nothing out twice."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from hdsl.ground.json_lines import LineLog, read_json_lines
from hdsl.tasks.mapping import Mapper
from hdsl.tasks.model import Watch
from hdsl.tasks.sandbox import JUDGING, SURVEYING, Bench, Job, Limits, Result

_WORK_OF_A_JOB = 12
"""Pieces of work that share one start of the sandbox and of pytest; what is stopped in between is done again."""

Unit = tuple[Mapping[str, Any], ...]
"""Pieces of work whose results belong together."""
Results = Sequence[Result]


class Journal:
    """The results of units of work, by what they are about; `about` is what else they depend on."""

    def __init__(self, path: Path, about: str) -> None:
        self._about = about
        lines = read_json_lines(path)
        self._known: dict[str, Results] = {
            line.value["unit"]: line.value["results"] for line in lines if _is_entry(line.value)
        }
        self._log = LineLog(path)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *ended: object) -> None:
        self._log.close()

    def done(
        self, bench: Bench, units: Sequence[Unit], mapper: Mapper, stage: str, watch: Watch, limits: Limits = JUDGING
    ) -> list[Results]:
        """The results of units, in their order. The one place where work is handed out."""
        keys = [self._key(bench, unit) for unit in units]
        missing = {key: unit for key, unit in zip(keys, units, strict=True) if key not in self._known}
        groups = list(_grouped(missing, 1 if limits is SURVEYING else _WORK_OF_A_JOB))
        jobs = [Job(bench, tuple(work for key in group for work in missing[key]), limits) for group in groups]
        finished = len(units) - len(missing)
        watch(stage, finished, len(units))

        def done(number: int, results: Results) -> None:
            nonlocal finished
            at = 0
            for key in groups[number]:
                found = list(results[at : at + len(missing[key])])
                at += len(found)
                self._log.append({"unit": key, "results": found})
                self._known[key] = found
            finished += len(groups[number])
            watch(stage, finished, len(units))

        mapper(jobs, done)
        return [self._known[key] for key in keys]

    def _key(self, bench: Bench, unit: Unit) -> str:
        said = json.dumps([self._about, bench.roots, bench.options, unit], sort_keys=True)
        return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _grouped(units: Mapping[str, Unit], most: int) -> Iterator[list[str]]:
    group: list[str] = []
    size = 0
    for key, unit in units.items():
        if group and size + len(unit) > most:
            yield group
            group, size = [], 0
        group.append(key)
        size += len(unit)
    if group:
        yield group


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("unit"), str) and isinstance(value.get("results"), list)
