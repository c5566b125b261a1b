"""The reality bench: what it says without data, and its statistics."""

import pytest

from benchmarks.reality.statistics import auroc, edit_distance, paired_difference, wilson
from tests import warm
from tests.commands import REPOSITORY


def test_without_data_it_says_where_to_find_it_and_ends_well() -> None:
    ran = warm.run(["-m", "benchmarks.reality"], REPOSITORY)
    assert ran.returncode == 0, ran.stderr
    assert "--data" in ran.stdout
    assert "https://github.com/clinc/oos-eval" in ran.stdout


def test_intervals_hold_the_share_and_narrow_with_more_questions() -> None:
    few, many = wilson(8, 10), wilson(800, 1000)
    assert few[0] < many[0] < 0.8 < many[1] < few[1]
    assert wilson(0, 0) == (0.0, 1.0)
    assert many == pytest.approx((0.774, 0.824), abs=0.001)


def test_a_paired_difference_is_of_the_same_questions() -> None:
    difference, low, high = paired_difference([True] * 60 + [False] * 40, [True] * 40 + [False] * 60)
    assert difference == pytest.approx(0.2)
    assert 0.1 < low < difference < high < 0.3
    assert paired_difference([True, False], [True, False]) == (0, 0, 0)


def test_auroc_and_edits() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert edit_distance("git add", "git commit") == edit_distance("git commit", "git add") == 6
    assert edit_distance("", "abc") == 3
