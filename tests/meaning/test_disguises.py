"""No file of operations that are named like built-in ones checks and then has two orders; lies end the run."""

from pathlib import Path

from tests.meaning.hunt import hunt

PROGRAMS = 40


def test_no_disguise_fools_the_proof(tmp_path: Path) -> None:
    found = list(hunt(range(PROGRAMS), tmp_path, schedules=4))
    assert [(each.wrong, each.text) for each in found if each.wrong] == []
    assert sum(each.checks for each in found) > PROGRAMS / 6
    assert any(each.was_held for each in found)
