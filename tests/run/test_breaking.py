"""A seed of `benchmarks.breaking`, which CI runs for a minute: answers are paid once, however often a run is killed."""

from random import Random

import pytest

from benchmarks.breaking import killing


@pytest.mark.slow
def test_a_killed_run_or_training_pays_each_answer_once_and_comes_to_the_same_end() -> None:
    killing.attempt(Random(2))
