"""What was found out so far, on disk: a build that was killed goes on from there, and finds nothing out twice."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from hdsl.ground.json_lines import LineLog, read_json_lines
from hdsl.tasks.model import Mapper, Watch
from hdsl.tasks.sandbox import Job, run_job


class Journal:
    """The results of jobs, by what they are about; `about` is what else they depend on."""

    def __init__(self, path: Path, about: str) -> None:
        self._about = about
        self._known = {line.value["job"]: line.value["results"] for line in read_json_lines(path) if _is_entry(line.value)}
        self._log = LineLog(path)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *ended: object) -> None:
        self._log.close()

    def done(self, jobs: Sequence[Job], mapper: Mapper, stage: str, watch: Watch) -> Iterator[Sequence[dict[str, Any]]]:
        """The results of jobs, in their order. The one place where work is handed out."""
        keys = [self._key(job) for job in jobs]
        missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in self._known}
        names = list(missing)
        watch(stage, len(jobs) - len(missing), len(jobs))
        for done, (number, results) in enumerate(mapper(run_job, list(missing.values())), 1):
            self._log.append({"job": names[number], "results": results})
            self._known[names[number]] = list(results)
            watch(stage, len(jobs) - len(missing) + done, len(jobs))
        return (self._known[key] for key in keys)

    def _key(self, job: Job) -> str:
        said = json.dumps([self._about, job.bench.roots, job.bench.options, job.work], sort_keys=True)
        return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("job"), str) and isinstance(value.get("results"), list)
