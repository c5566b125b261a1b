"""How wrong an answer is: by the tests of a repository, and by what it tells. 0 is right, 1 is of no use."""

from functools import lru_cache
from pathlib import Path

import Levenshtein

from hdsl.tasks.data import bench_of_data, target_of
from hdsl.tasks.definitions import definitions
from hdsl.tasks.docstring import telling_loss
from hdsl.tasks.judging import judged, passes
from hdsl.tasks.mutants import mutants
from hdsl.tasks.regions import region_of
from hdsl.tasks.sandbox import Job, run_job
from hdsl.tasks.testing import answer_work, worth

_KEPT = 4096
"""Answers whose judgement is remembered: training asks for the same ones again."""


@lru_cache(maxsize=_KEPT)
def tests_loss(actual: str, expected: str, data: Path) -> float:
    """0 where the tests pass with the answer in the place of the true one, else 1.

    Of a task without tests: the edit distance.
    """
    if actual.strip() == expected.strip():
        return 0.0
    target = target_of(data, expected)
    tests = target.get("tests", ())
    if not tests:
        return Levenshtein.distance(actual, expected) / max(len(actual), len(expected), 1)
    bench, region = bench_of_data(data), region_of(target["region"])
    source = _source(data, region.file)
    (result,) = run_job(Job(bench, (judged(source, region, actual, tests),)))
    return 0.0 if passes(result, tests) else 1.0


@lru_cache(maxsize=_KEPT)
def coverage_loss(actual: str, expected: str, data: Path) -> float:
    """How much less a file of tests is worth than the repository's own: 0 as much, 1 nothing."""
    if actual.strip() == expected.strip():
        return 0.0
    return max(0.0, 1.0 - coverage_worth(actual, expected, data) / float(target_of(data, expected)["worth"]))


def coverage_worth(actual: str, expected: str, data: Path) -> float:
    """What a file of tests is worth: the share of branches it goes through times the share of mutants it kills."""
    target = target_of(data, expected)
    file, (start, end) = str(target["file"]), target["lines"]
    source = _source(data, file)
    definition = next(each for each in definitions(file, source) if each.start == start)
    faulty = mutants(definition, source, int(target["seed"]))
    work = answer_work(actual, str(target["path"]), file, (start, end), faulty)
    return worth(run_job(Job(bench_of_data(data), work)), definition, target["counted"])


def description_loss(actual: str, expected: str, data: Path) -> float:
    """How badly a description tells its function from the neighbours, by its rank among them."""
    target = target_of(data, expected)
    return telling_loss(actual, str(target["name"]), str(target["code"]), [str(each) for each in target["neighbours"]])


@lru_cache(maxsize=64)
def _source(data: Path, file: str) -> str:
    import tarfile

    with tarfile.open(bench_of_data(data).archive) as archive:
        content = archive.extractfile(file)
        assert content is not None
        return content.read().decode("utf-8-sig").replace("\r\n", "\n")
