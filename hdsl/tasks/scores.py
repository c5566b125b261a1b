"""How wrong an answer is: by the tests of a repository, and by what it tells. 0 is right, 1 is of no use.

What runs code comes in two steps, the work and what its results say, so that many answers can be judged in one go.
"""

import tarfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from hdsl.tasks.data import bench_of_data, target_of
from hdsl.tasks.definitions import Definition, definitions
from hdsl.tasks.docstring import telling_loss
from hdsl.tasks.journal import Results, Unit
from hdsl.tasks.judging import judged, passes
from hdsl.tasks.mutants import mutants
from hdsl.tasks.regions import region_of
from hdsl.tasks.sandbox import Job, run_job
from hdsl.tasks.testing import answer_work, worth

_KEPT = 4096
"""Answers whose judgement is remembered: training asks for the same ones again."""


@lru_cache(maxsize=_KEPT)
def tests_loss(actual: str, expected: str, data: Path) -> float:
    """0 where the tests pass with the answer in the place of the true one, else 1; a task without tests needs the
    true answer itself."""
    if actual.strip() == expected.strip():
        return 0.0
    if not target_of(data, expected).get("tests"):
        return 1.0
    return tests_loss_of(run_job(Job(bench_of_data(data), tests_unit_of(actual, expected, data))), expected, data)


def tests_unit_of(actual: str, expected: str, data: Path) -> Unit:
    """The work that says whether the tests pass."""
    target = target_of(data, expected)
    region = region_of(target["region"])
    return (judged(_source(data, region.file), region, actual, target["tests"]),)


def tests_loss_of(results: Results, expected: str, data: Path) -> float:
    """What its results say."""
    return 0.0 if passes(results[0], target_of(data, expected)["tests"]) else 1.0


@lru_cache(maxsize=_KEPT)
def coverage_loss(actual: str, expected: str, data: Path) -> float:
    """How much less a file of tests is worth than the repository's own: 0 as much, 1 nothing.

    Its worth is the share of branches it goes through times the share of mutants it kills by what it asserts.
    """
    if actual.strip() == expected.strip():
        return 0.0
    return coverage_loss_of(run_job(Job(bench_of_data(data), coverage_unit_of(actual, expected, data))), expected, data)


def coverage_unit_of(actual: str, expected: str, data: Path) -> Unit:
    """The work that says what tests are worth."""
    target, definition = target_of(data, expected), _definition(data, expected)
    faulty = mutants(definition, _source(data, definition.file), int(target["seed"]))
    return answer_work(actual, str(target["path"]), definition.file, (definition.start, definition.end), faulty)


def coverage_loss_of(results: Results, expected: str, data: Path) -> float:
    """What its results say."""
    target = target_of(data, expected)
    return max(0.0, 1.0 - worth(results, _definition(data, expected), target["counted"]) / float(target["worth"]))


def description_loss(actual: str, expected: str, data: Path) -> float:
    """How badly a description tells its function from the neighbours, by its rank among them."""
    target = target_of(data, expected)
    neighbours: Sequence[str] = [str(each) for each in target["neighbours"]]
    return telling_loss(actual, str(target["name"]), expected, neighbours)


def _definition(data: Path, expected: str) -> Definition:
    target = target_of(data, expected)
    file = str(target["file"])
    return next(each for each in definitions(file, _source(data, file)) if each.start == target["lines"][0])


@lru_cache(maxsize=64)
def _source(data: Path, file: str) -> str:
    with tarfile.open(bench_of_data(data).archive) as archive:
        content = archive.extractfile(file)
        assert content is not None
        return content.read().decode("utf-8-sig").replace("\r\n", "\n")
