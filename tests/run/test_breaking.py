"""The breakers' promises, with a seed of each kind: answers are paid once, however often a run is killed."""

from random import Random

import pytest

from benchmarks.breaking import damage, killing


@pytest.mark.parametrize("seed", [2, 5])
def test_a_killed_run_or_training_pays_each_answer_once_and_comes_to_the_same_end(seed: int) -> None:
    killing.attempt(Random(seed))


def test_damaged_files_end_no_command_in_a_traceback() -> None:
    damage.attempt(Random(1))
