"""Data sets: what is in them, what was dropped and why, and that they come out the same."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from hdsl.experience.training_data import read_examples
from hdsl.tasks.data import ARCHIVE, WORK
from hdsl.tasks.model import KINDS, PARTS
from tests.commands import finish, hdsl, start, until
from tests.tasks import tiny
from tests.terminal.sandboxes import needs_sandbox

# They start many processes, which may take long on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

GIVEN = {"masked": "code", "docstring": "code", "code": "intent", "tests": "code", "stack": "site"}


def report(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "report.json").read_text())
    return found


def targets(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "targets.jsonl").read_text().splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != WORK}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_makes_examples_that_its_harness_can_be_trained_on(data: dict[str, Path], kind: str) -> None:
    folder = data[kind]
    examples = {part: read_examples(folder / f"{part}.jsonl") for part in PARTS}
    assert {part: len(found) for part, found in examples.items()} == report(folder)["tasks"]
    assert examples["train"] and examples["sealed"]
    assert all(set(each.inputs) == {GIVEN[kind]} and each.expected for found in examples.values() for each in found)
    assert len(targets(folder)) == sum(map(len, examples.values()))
    assert hdsl("check", f"{kind}.hg", folder=folder).code == 0


def test_the_newest_code_is_sealed(data: dict[str, Path]) -> None:
    parts = {part: [each["key"] for each in targets(data["masked"]) if each["part"] == part] for part in PARTS}
    assert sum("pkg/numbers.py" in str(key) for key in parts["train"]) == 4
    assert parts["sealed"] and all("pkg/words.py" in str(key) for key in parts["sealed"])
    assert report(data["masked"])["split"] == "time of commit"


def test_what_cannot_be_used_is_counted(data: dict[str, Path]) -> None:
    found = report(data["masked"])
    assert found["files_left_out"] == {"Python that is not UTF-8": 1, "a link": 1, "larger than 1 MiB": 1}
    assert found["dropped"] == {"files that do not parse": 1}
    tests = {
        "failed": 1,
        "files that did not end": 1,
        "files without a test that could be run": 1,
        "passed": 9,
        "skipped": 1,
    }
    assert found["tests"] == tests
    assert report(data["code"])["dropped"]["no test that passes enters it"] == 1  # type: ignore[index]


def test_only_tests_that_pass_and_tell_the_answer_judge_it(data: dict[str, Path]) -> None:
    judging = {str(each["key"]).split(":")[1]: each["tests"] for each in targets(data["code"])}
    assert judging["digits"] == ["tests/test_all.py::test_digits"]
    assert judging["clamp"][0] == "tests/test_all.py::test_clamp"  # type: ignore[index]
    assert not any("test_that_fails" in test for tests in judging.values() for test in tests)  # type: ignore[attr-defined]
    assert not any("tests" in each for each in targets(data["masked"]) if ":unused:" in str(each["key"]))


def test_a_run_says_what_a_call_did(data: dict[str, Path]) -> None:
    said = {each["key"]: each for each in targets(data["stack"])}
    answers = {}
    for part in PARTS:
        for line, example in enumerate(read_examples(data["stack"] / f"{part}.jsonl"), 1):
            key = next(key for key, each in said.items() if (each["part"], each["line"]) == (part, line))
            answers[str(key).split(":")[1]] = example
    assert answers["initials"].expected == ("frames: initials\nraises: nothing\nbranch: nothing\nhits: 2 3",)
    assert answers["Text.__init__"].expected == (
        "frames: Text.__init__ > clamp\nraises: nothing\nbranch: nothing\nhits: 2 3",
    )
    assert 'initials("ada lovelace") == "A.L."  # <call>' in answers["initials"].inputs["site"]
    (average,) = answers["average"].expected
    assert "branch: 4>5 4>7 7>9" in average and average.endswith("hits: 4 5 6 2 3 7 9")


@needs_sandbox
def test_killed_and_started_again_it_writes_the_same_bytes(
    repository: Path, data: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copyfile(data["masked"] / WORK, tmp_path / "whole")
    words = ("tasks", str(repository), "--kind", "masked", "--out", "out")
    process = start(*words, folder=tmp_path)
    work = tmp_path / "out" / WORK
    assert until(lambda: work.exists() and work.stat().st_size > 0, 60.0)
    process.send_signal(signal.SIGKILL)
    finish(process)
    # The rest of what was found out is known from elsewhere, so that this is quick.
    work.write_bytes(work.read_bytes() + b'{"unit": "half a li')
    known = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
    work.write_bytes(b"".join(known[:-1]) + known[-1][:20])
    ended = hdsl(*words, folder=tmp_path)
    assert ended.code == 0
    assert "sealed" in ended.out and "dropped" in ended.out
    assert contents(tmp_path / "out") == contents(data["masked"])


def test_another_seed_makes_other_tasks_in_another_folder(
    repository: Path, data: dict[str, Path], tmp_path: Path
) -> None:
    words = ("tasks", str(repository), "--kind", "docstring", "--seed", "1", "--out")
    refused = hdsl(*words, str(data["docstring"]), folder=tmp_path)
    assert refused.code == 2 and "holds tasks of seed 0" in refused.err
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear")
    refused = hdsl(*words, "letters", folder=tmp_path)
    assert refused.code == 2 and "mine.txt" in refused.err


def test_without_a_sandbox_nothing_is_run(repository: Path, tmp_path: Path) -> None:
    words = ("tasks", str(repository), "--kind", "masked", "--out", "out")
    refused = hdsl(*words, folder=tmp_path, environment={"PATH": str(tmp_path)})
    assert refused.code == 2
    assert "run in a sandbox only" in refused.err and "bubblewrap" in refused.err
    assert not (tmp_path / "out").exists()


@needs_sandbox
def test_what_is_written_into_the_repository_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "numbers.py").write_text(tiny.FIRST)
    for _ in range(2):
        ended = hdsl("tasks", ".", "--kind", "docstring", "--out", "data", folder=tmp_path)
        assert ended.code == 0, ended.err


@needs_sandbox
def test_repositories_without_anything_to_learn_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "values.py").write_text("x = 1\n")
    for name, said in (("empty", "no Python source files"), ("data", "no functions"), ("nowhere", "not a folder")):
        refused = hdsl("tasks", name, "--kind", "docstring", "--out", "out", folder=tmp_path)
        assert refused.code == 2 and said in refused.err
    assert not (tmp_path / "out" / ARCHIVE).exists()
    assert hdsl("tasks", "data", "--kind", "poems", "--out", "out", folder=tmp_path).code == 2


@needs_sandbox
def test_workers_make_the_same_data(data: dict[str, Path], repository: Path, tmp_path: Path) -> None:
    words = ("tasks", str(repository), "--kind", "masked", "--out", "made", "--executor", "local:2")
    made = hdsl(*words, folder=tmp_path)
    assert made.code == 0, made.err
    assert contents(tmp_path / "made") == contents(data["masked"])
