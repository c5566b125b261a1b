"""Where work in the sandbox is done: here, one piece after the other, or by the workers of an executor."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from hdsl.executors.job import Ask, Executor, Run
from hdsl.executors.job import Job as ExecutorJob
from hdsl.tasks.sandbox import CannotRunError, Job, Result, run_job

Done = Callable[[int, Sequence[Result]], None]
"""Told of the results of a job, with its number."""


class Mapper(Protocol):
    """Does jobs, wherever."""

    def __call__(self, jobs: Sequence[Job], done: Done) -> None:
        """`done` is called in this thread, in any order, once for each job. The jobs have one archive."""


def map_here(jobs: Sequence[Job], done: Done) -> None:
    """One after the other, in this process."""
    for number, job in enumerate(jobs):
        done(number, run_job(job))


def map_by(executor: Executor) -> Mapper:
    """By workers, each in a sandbox of its own machine. They are sent the archive, and need no file of this one."""

    def mapper(jobs: Sequence[Job], done: Done) -> None:
        def take(number: int, results: Any) -> None:
            if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
                raise CannotRunError(f"a worker of {executor.name} returned something other than results")
            done(number, results)

        if jobs:
            setup = jobs[0].bench.archive.read_bytes()
            elements = [replace(job, bench=replace(job.bench, archive=Path())) for job in jobs]
            executor.map(ExecutorJob(f"{__name__}:{judge.__name__}", setup), elements, done=take)

    return mapper


class _Judge:
    def __init__(self, archive: bytes) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hdsl-tasks-")
        self._archive = Path(self._folder.name) / "repository.tar"
        self._archive.write_bytes(archive)

    def __call__(self, jobs: Sequence[Job]) -> Iterator[tuple[int, list[Result]]]:
        for number, job in enumerate(jobs):
            yield number, list(run_job(replace(job, bench=replace(job.bench, archive=self._archive))))

    def close(self) -> None:
        self._folder.cleanup()


def judge(setup: bytes, ask: Ask) -> Run:
    """The side of a worker: does jobs with the archive that it was sent."""
    return _Judge(setup)
