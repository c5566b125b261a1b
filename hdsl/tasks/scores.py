"""How wrong an answer is: by the tests of a repository, and by what it tells. 0 is right, 1 is of no use.

What runs code comes in two steps, the work and what its results say, so that many answers can be judged in one go.
"""

import tarfile
from functools import lru_cache
from pathlib import Path
from statistics import fmean

from hdsl.tasks.data import Target, bench_of_data, targets_of
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
    true answer itself. Of several tasks with this true answer, the mean."""
    if actual.strip() == expected.strip():
        return 0.0
    judging = [target for target in targets_of(data, expected) if target.get("tests")]
    if not judging:
        return 1.0
    bench = bench_of_data(data)
    results = (run_job(Job(bench, tests_unit_of(actual, target, data))) for target in judging)
    return fmean(map(tests_loss_of, results, judging))


def tests_unit_of(actual: str, target: Target, data: Path) -> Unit:
    """The work that says whether the tests of a target pass."""
    region = region_of(target["region"])
    return (judged(_source(data, region.file), region, actual, target["tests"]),)


def tests_loss_of(results: Results, target: Target) -> float:
    """What its results say."""
    return 0.0 if passes(results[0], target["tests"]) else 1.0


@lru_cache(maxsize=_KEPT)
def coverage_loss(actual: str, expected: str, data: Path) -> float:
    """How much less a file of tests is worth than the repository's own: 0 as much, 1 nothing.

    Its worth is the share of branches it goes through times the share of mutants it kills by what it asserts.
    """
    if actual.strip() == expected.strip():
        return 0.0
    bench, targets = bench_of_data(data), targets_of(data, expected)
    results = (run_job(Job(bench, coverage_unit_of(actual, target, data))) for target in targets)
    return fmean(coverage_loss_of(each, target, data) for each, target in zip(results, targets, strict=True))


def coverage_unit_of(actual: str, target: Target, data: Path) -> Unit:
    """The work that says what tests are worth."""
    definition = _definition(data, target)
    faulty = mutants(definition, _source(data, definition.file), int(target["seed"]))
    return answer_work(actual, str(target["path"]), definition.file, (definition.start, definition.end), faulty)


def coverage_loss_of(results: Results, target: Target, data: Path) -> float:
    """What its results say."""
    return max(0.0, 1.0 - worth(results, _definition(data, target), target["counted"]) / float(target["worth"]))


def description_loss(actual: str, expected: str, data: Path) -> float:
    """How badly a description tells its function from the neighbours, by its rank among them."""
    return fmean(
        telling_loss(actual, str(target["name"]), expected, [str(each) for each in target["neighbours"]])
        for target in targets_of(data, expected)
    )


def _definition(data: Path, target: Target) -> Definition:
    file = str(target["file"])
    return next(each for each in definitions(file, _source(data, file)) if each.start == target["lines"][0])


@lru_cache(maxsize=64)
def _source(data: Path, file: str) -> str:
    with tarfile.open(bench_of_data(data).archive) as archive:
        content = archive.extractfile(file)
        assert content is not None
        return content.read().decode("utf-8-sig").replace("\r\n", "\n")
