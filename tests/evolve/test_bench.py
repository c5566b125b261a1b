"""The bench of graph search: what it draws, and what it does with a kernel that is not scripted."""

import json
import random
from pathlib import Path

import pytest

from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.measuring import Task, written
from tests import warm
from tests.commands import REPOSITORY

WORDS = ["-m", "benchmarks.evolution", "--real", "--families", "lost product", "--kernel", "nearest", "--calls", "250",
         "--shares", "0", "--none", "0", "--sealed", "40"]  # fmt: skip


def drawn(folder: Path, name: str, seed: int = 0) -> list[dict[str, list[str]]]:
    family = next(each for each in FAMILIES if each.name == name)
    folder.mkdir()
    written(family.make(random.Random("the same task")), folder, Task(name, 0.0, seed), 5)
    return [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()]


def test_families_that_make_the_same_task_draw_other_examples_of_it(tmp_path):
    items = {}
    for name in ("asked once", "weak validator"):  # one item of as many each time
        lines = drawn(tmp_path / name, name)
        assert lines == drawn(tmp_path / f"{name} again", name)
        assert lines != drawn(tmp_path / f"{name} other", name, seed=1)
        items[name] = [line["item"] for line in lines]
    assert items["asked once"] != items["weak validator"]


@pytest.mark.slow
def test_another_kernel_is_asked_the_same_once_and_no_more_than_a_search_may(tmp_path):
    out, answers = tmp_path / "out.jsonl", tmp_path / "out.answers.jsonl"
    ran = warm.run([*WORDS, "--out", str(out)], REPOSITORY)
    assert ran.returncode == 0, ran.stderr
    (result,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert result["kinds"] == ["add_input"]
    assert max(result["calls"], result["random_calls"]) <= 250
    gain, low, high = result["paired"]["trained longer"]
    assert 0 < low <= gain <= high
    assert "| what `nearest` gains over, points |" in ran.stdout
    said = answers.read_text()
    keys = [json.loads(line)["request"] for line in said.splitlines()]
    assert len(set(keys)) == len(keys) < result["calls"] + result["random_calls"]
    first = out.read_text()
    out.unlink()
    again = warm.run([*WORDS, "--out", str(out)], REPOSITORY)
    assert again.returncode == 0, again.stderr
    assert again.stdout == ran.stdout
    assert answers.read_text() == said, "nothing is asked again"
    assert {**json.loads(out.read_text()), "seconds": 0} == {**json.loads(first), "seconds": 0}
