"""A small run of the mutation bench: faults put into valid files are found, as what they are, where they are, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.mutations.measure import FAULTS, Found, examine, false_alarms, mutants, workspace_in
from benchmarks.mutations.sample import all_samples
from hdsl.check.session import check_file

FILES = 5
"""How many of the files are mutated here; the bench itself mutates all."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Found]]:
    workspace, samples = workspace_in(tmp_path_factory.mktemp("mutations"))
    chosen = [sample for i, sample in enumerate(samples) if i % (len(samples) // FILES) == 0]
    # Every second one: the bench looks at all of them, and at more of each fault.
    yield [examine(mutant, workspace) for mutant in list(mutants(chosen, 1))[::2]]


def share(found: list[Found], is_so: list[bool]) -> float:
    return sum(is_so) / len(found)


def test_there_are_enough_kinds_of_faults_and_files():
    assert len(FAULTS) >= 25
    assert len(all_samples()) >= 20


def test_faults_are_caught_as_what_they_are_where_they_are_and_once(found: list[Found]):
    assert len(found) > 150
    assert share(found, [each.is_caught for each in found]) >= 0.98
    assert share(found, [each.is_right_family for each in found]) >= 0.95
    assert share(found, [each.is_right_line for each in found]) >= 0.95
    assert sum(each.extra for each in found) / len(found) <= 0.05


def test_safe_fixes_make_the_file_that_it_was(found: list[Found]):
    offered = [each for each in found if each.fixed is not None]
    assert share(offered, [bool(each.fixed) for each in offered]) >= 0.95


def test_nothing_is_found_in_valid_files_and_after_edits_that_keep_the_meaning(tmp_path: Path):
    workspace, samples = workspace_in(tmp_path)
    for sample in samples:
        assert check_file(workspace / sample.name).diagnostics == ()
    _, alarms = false_alarms(samples[:: len(samples) // FILES], workspace)
    assert alarms == []
