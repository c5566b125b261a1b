"""`hdsl train` as its users run it, and the same from Python."""

import csv
import json
import re
from pathlib import Path

import pytest

import hdsl as api
from hdsl.experience.files import read_rows
from hdsl.experience.folder import ExperienceFolder
from hdsl.experience.history import PENDING, as_bytes, read_history
from hdsl.kernel.request import Request
from hdsl.learn.split import split
from tests import warm
from tests.commands import REPOSITORY, finish, hdsl, start, until
from tests.learn.projects import learned, project, write_lines
from tests.servers.models import reached
from tests.servers.scripted_kernel import ScriptedKernel
from tests.servers.scripted_openai import ScriptedServer

NUMBERS = {"eins": "one", "zwei": "two", "drei": "three"}


def run_of(folder: Path) -> Path:
    (run,) = (folder / "runs").iterdir()
    return run


def test_an_empty_table_learns_and_the_run_uses_it(tmp_path):
    project(tmp_path)
    ended = hdsl("train", "translate.hg", folder=tmp_path)
    assert ended.code == 0
    assert learned(tmp_path) == NUMBERS
    assert ended.out.splitlines()[0] == "translate: 2 epochs, 2 steps; loss 1.0000 → 0.0000"
    assert ended.out.splitlines()[2] == "  words: 3 rows added, 0 changed, 0 dropped"
    assert ended.err.splitlines() == ["epoch 1: loss 1.0000, 3 model calls", "epoch 2: loss 0.0000, 6 model calls"]
    assert hdsl("run", "translate.hg", "--word", "zwei", folder=tmp_path).out == "two\n"
    assert (tmp_path / "translate.hg").read_text(encoding="utf-8").count("experience words: text -> text = []") == 1


def test_the_curve_is_written_as_numbers_and_as_a_picture(tmp_path):
    project(tmp_path, batch=2)
    hdsl("train", "translate.hg", folder=tmp_path)
    with (run_of(tmp_path) / "loss.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["step"], row["epoch"], row["loss"], row["kept"]) for row in rows] == [
        ("1", "0", "1.000000", "yes"),
        ("2", "0", "1.000000", "yes"),
        ("3", "1", "0.000000", "yes"),
        ("4", "1", "0.000000", "yes"),
    ]
    assert (run_of(tmp_path) / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_training_stops_when_nothing_is_wrong_any_more(tmp_path):
    project(tmp_path, epochs=9)
    assert hdsl("train", "translate.hg", "--json", folder=tmp_path).json["epochs"] == [1.0, 0.0]


def test_a_second_training_goes_on_from_the_first(tmp_path):
    project(tmp_path)
    hdsl("train", "translate.hg", folder=tmp_path)
    write_lines(tmp_path / "pairs.jsonl", [{"word": "vier", "expected": "four"}])
    ended = hdsl("train", "translate.hg", "--json", folder=tmp_path)
    assert ended.json["tables"] == {"words": {"rows": 4, "added": 1, "changed": 0, "dropped": 0}}
    assert learned(tmp_path) == {**NUMBERS, "vier": "four"}
    assert len(read_history(tmp_path / "translate.experience")) == 4


def test_one_wrong_label_among_right_ones_does_not_stay(tmp_path):
    project(tmp_path, [("eins", "one")] * 2, batch=1, epochs=1)
    hdsl("train", "translate.hg", folder=tmp_path)
    write_lines(tmp_path / "pairs.jsonl", [{"word": "eins", "expected": "two"}])
    hdsl("train", "translate.hg", folder=tmp_path)
    assert learned(tmp_path) == {"eins": "one"}


def test_what_a_hand_has_changed_since_is_judged_anew(tmp_path):
    project(tmp_path, [("eins", "one")] * 3, batch=1, epochs=1)
    hdsl("train", "translate.hg", folder=tmp_path)
    (tmp_path / "translate.experience" / "words" / "storage" / "2" / "data").write_text("uno")
    write_lines(tmp_path / "pairs.jsonl", [{"word": "eins", "expected": "uno"}, {"word": "eins", "expected": "uno"}])
    hdsl("train", "translate.hg", folder=tmp_path)
    assert learned(tmp_path) == {"eins": "uno"}


def misleading(folder: Path, keep: str) -> dict[str, object]:
    """Trains on examples that say otherwise than those that validate."""
    folder.mkdir()
    _, validating = split(range(8), 0.5, seed=0)
    pairs = [("eins", "two" if number in validating else "one") for number in range(8)]
    project(folder, pairs, '[("eins", "eins", "two")]', valid=0.5, keep=f'"{keep}"', batch=1, epochs=1)
    found: dict[str, object] = hdsl("train", "translate.hg", "--json", folder=folder).json
    return found


def test_a_step_that_makes_validation_worse_is_taken_back_unless_all_are_kept(tmp_path):
    always, not_worse, better = (misleading(tmp_path / keep, keep) for keep in ("always", "not_worse", "better"))
    assert (always["taken_back"], always["validation"]) == (0, [None, None])
    assert learned(tmp_path / "always") == {"eins": "one"}
    for keep, found in (("not_worse", not_worse), ("better", better)):
        assert (found["taken_back"], found["validation"]) == (4, [0.0, 0.0])
        assert not (tmp_path / keep / "translate.experience" / "words").exists()


def test_a_step_that_changes_nothing_for_validation_is_kept_by_not_worse_and_taken_back_by_better(tmp_path):
    for keep, taken_back in (("not_worse", 0), ("better", 2)):
        folder = tmp_path / keep
        folder.mkdir()
        project(folder, [*NUMBERS.items(), ("x", "y")], keep=f'"{keep}"', valid=0.25, batch=2, epochs=1)
        found = hdsl("train", "translate.hg", "--json", folder=folder).json
        assert (found["taken_back"], found["tables"]["words"]["rows"]) == (taken_back, 0 if taken_back else 3)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_killed_twenty_times_it_ends_with_the_same_tables(tmp_path):
    pairs = [(f"word{number} {number * 7 % 5}", f"value {number % 9}") for number in range(30)]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        project(folder, pairs, batch=1, epochs=3, valid=0.2, keep='"not_worse"')
    assert hdsl("train", "translate.hg", folder=whole).code == 0
    command = ["-m", "tests.learn.killed_training", "20", "7"]
    ended = warm.run(command, killed, {"PYTHONPATH": str(REPOSITORY)})
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout.splitlines()[-1]) == 20
    rows = [list(read_rows(folder / "translate.experience" / "words")) for folder in (whole, killed)]
    assert rows[0] == rows[1]
    assert len(rows[0]) > 0
    histories = [read_history(folder / "translate.experience") for folder in (whole, killed)]
    assert [entry.changes for entry in histories[0]] == [entry.changes for entry in histories[1]]


def test_a_step_that_a_killed_process_left_half_made_is_read_whole_and_finished(tmp_path):
    project(tmp_path, epochs=1)
    hdsl("train", "translate.hg", folder=tmp_path)
    folder = ExperienceFolder(tmp_path / "translate.experience")
    (entry,) = folder.history()
    (folder.folder / "history.jsonl").unlink()
    (folder.folder / PENDING).write_bytes(as_bytes(entry))
    (folder.folder / "words" / "shape").write_text("[1, 3]")
    assert hdsl("run", "translate.hg", "--word", "drei", folder=tmp_path).out == "three\n"
    with folder.locked():
        assert learned(tmp_path) == NUMBERS
    assert folder.history() == [entry]
    assert not (folder.folder / PENDING).exists()


def test_what_pends_and_cannot_be_read_is_told_by_all_who_need_it(tmp_path):
    project(tmp_path, epochs=1)
    hdsl("train", "translate.hg", folder=tmp_path)
    (tmp_path / "translate.experience" / PENDING).write_text("half of a st")
    for words in (
        ("run", "translate.hg", "--word", "eins"),
        ("train", "translate.hg"),
        ("experience", "log", "translate.hg"),
    ):
        ended = hdsl(*words, folder=tmp_path)
        assert (ended.code, "pending.json: this is not a step of a history" in ended.err) == (1, True)


def test_interrupted_it_says_how_to_go_on(tmp_path):
    # The last word means two things, so that no epoch is without a loss and it does not end before it is interrupted.
    project(tmp_path, [*((f"word{number}", "x") for number in range(60)), ("word59", "y")], batch=1, epochs=5000)
    process = start("train", "translate.hg", folder=tmp_path)
    assert until(lambda: any((tmp_path / "runs").glob("*/steps.jsonl")))
    process.send_signal(2)
    ended = finish(process)
    assert ended.code == 130
    (run,) = re.findall(r"resume with: hdsl train --resume (\S+)", ended.err)
    resumed = hdsl("train", "--resume", run, "--epochs", "1", "--json", folder=tmp_path)
    assert (resumed.code, resumed.json["tables"]["words"]["added"]) == (0, 60)


def test_a_training_whose_files_have_changed_is_not_gone_on_with(tmp_path):
    project(tmp_path, epochs=1)
    hdsl("train", "translate.hg", folder=tmp_path)
    project(tmp_path, [("fünf", "five")])
    ended = hdsl("train", "--resume", run_of(tmp_path).name, folder=tmp_path)
    assert (ended.code, "have changed since" in ended.err) == (2, True)


def test_a_training_that_is_over_is_told_again_the_same(tmp_path):
    project(tmp_path, [*NUMBERS.items(), ("vier", "four")], valid=0.25, keep='"not_worse"')
    first = hdsl("train", "translate.hg", "--json", folder=tmp_path).json
    again = hdsl("train", "--resume", run_of(tmp_path).name, "--json", folder=tmp_path).json
    assert first["calls"] > 0
    assert {**again, "seconds": 0} == {**first, "seconds": 0}


def test_two_trainings_at_once_are_told_apart(tmp_path):
    project(tmp_path)
    with ExperienceFolder(tmp_path / "translate.experience").locked():
        ended = hdsl("train", "translate.hg", folder=tmp_path)
    assert ended.code == 2
    assert "another process is changing" in ended.err


def test_each_change_is_shown_and_asked_about(tmp_path):
    project(tmp_path, epochs=1)
    ended = hdsl("train", "translate.hg", "--review", "--json", folder=tmp_path, stdin=b"y\nn\ne\nFIRST\n")
    assert ended.code == 0
    assert "words, row 1 (new)" in ended.err
    assert ended.out.count("take it?") == 3
    assert sorted(learned(tmp_path).values())[0] == "FIRST"
    assert len(learned(tmp_path)) == 2


def test_a_review_that_ends_early_ends_the_training(tmp_path):
    project(tmp_path, epochs=1)
    ended = hdsl("train", "translate.hg", "--review", folder=tmp_path, stdin=b"y\n")
    assert ended.code == 130
    assert not (tmp_path / "translate.experience" / "words").exists()


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        (lambda folder: (folder / "translate.hg").write_text("hdsl 1\n"), 2, "has no train block"),
        (lambda folder: (folder / "translate.hg").unlink(), 2, "there is no file"),
        (lambda folder: (folder / "pairs.jsonl").write_text('{"word": "x"}\n'), 1, "HG732"),
        (lambda folder: (folder / "pairs.jsonl").write_text(""), 2, "has no examples"),
        (lambda folder: (folder / "pairs.jsonl").unlink(), 1, "HG801"),
    ],
)
def test_what_cannot_be_trained_is_told_before_anything_runs(tmp_path, change, code, reason):
    project(tmp_path)
    change(tmp_path)
    ended = hdsl("train", "translate.hg", folder=tmp_path)
    assert (ended.code, ended.out) == (code, "")
    assert reason in ended.err
    assert not (tmp_path / "runs").exists()


def test_words_that_are_no_options_are_told(tmp_path):
    project(tmp_path)
    for words, reason in [
        (("--epochs", "0"), "a whole number from 1"),
        (("--harness", "translat"), "Did you mean `translate`?"),
        (("--kernel", "nearst"), "did you mean 'nearest'?"),
        (("--resume", "nowhere"), "is not there"),
    ]:
        ended = hdsl("train", "translate.hg", *words, folder=tmp_path)
        assert (ended.code, reason in ended.err) == (2, True), ended.err


def test_a_harness_without_experience_has_nothing_to_learn(tmp_path):
    project(tmp_path)
    text = (tmp_path / "translate.hg").read_text(encoding="utf-8")
    text = text.replace("expert(word, words)", "llm(word)").replace("experience words: text -> text = []", "")
    (tmp_path / "translate.hg").write_text(text, encoding="utf-8")
    ended = hdsl("train", "translate.hg", folder=tmp_path)
    assert (ended.code, "reaches no experience" in ended.err) == (2, True)


def test_a_server_that_is_not_there_ends_it_and_keeps_what_was_learned(tmp_path):
    project(tmp_path, batch=1, epochs=1)
    answers = iter(["?", "?"])
    with ScriptedServer(lambda request: next(answers)) as server:
        url = server.url
        environment = {**reached(url), "HDSL_RETRIES": "0"}
        ended = hdsl("train", "translate.hg", "--kernel", "openai", folder=tmp_path, environment=environment)
    assert ended.code == 5
    assert len(learned(tmp_path)) == 2
    assert "resume with" in ended.err


def test_a_spent_budget_ends_it(tmp_path):
    project(tmp_path)
    text = (tmp_path / "translate.hg").read_text(encoding="utf-8")
    body = "  budget(llm_calls=1, seconds=0.2)\n\n  held: text[1] = hold(word)\n  result: text[1] = expert(held, words)"
    text = text.replace("  result: text[1] = expert(word, words)", body)
    text = text.replace("harness", 'op hold(x: text[*S]) -> text[*S] = "holding:hold"\n\nharness', 1)
    (tmp_path / "translate.hg").write_text(text, encoding="utf-8")
    (tmp_path / "holding.py").write_text(
        "import asyncio\nasync def hold(x):\n    await asyncio.sleep(1)\n    return x\n"
    )
    ended = hdsl("train", "translate.hg", folder=tmp_path)
    assert (ended.code, "the budget is spent: 0.2 s" in ended.err) == (4, True)


def test_a_loss_of_ones_own_scores_and_teaches(tmp_path):
    project(tmp_path, [("eins", "ONE")], seed='[("eins", "eins", "two")]', loss="same_letters", epochs=2)
    text = (tmp_path / "translate.hg").read_text(encoding="utf-8")
    declared = 'op same_letters(actual: text[*S], expected: text[*S]) -> score[*S] = "own:same_letters"\n\nharness'
    (tmp_path / "translate.hg").write_text(text.replace("harness", declared, 1), encoding="utf-8")
    (tmp_path / "own.py").write_text(
        "def same_letters(actual, expected):\n    return str(float(actual.lower() != expected.lower()))\n"
    )
    assert hdsl("train", "translate.hg", "--json", folder=tmp_path).json["epochs"] == [1.0, 0.0]
    assert learned(tmp_path) == {"eins": "ONE"}
    text = (tmp_path / "translate.hg").read_text(encoding="utf-8")
    (tmp_path / "translate.hg").write_text(text.replace("own:same_letters", "vague:much"), encoding="utf-8")
    (tmp_path / "vague.py").write_text("def much(actual, expected):\n    return 'much'\n")
    ended = hdsl("train", "translate.hg", folder=tmp_path)
    assert (ended.code, "the loss `same_letters` failed" in ended.err) == (3, True)


def test_the_same_from_python(tmp_path, monkeypatch):
    project(tmp_path)
    monkeypatch.chdir(tmp_path)
    steps = []
    training = api.train(tmp_path / "translate.hg", epochs=1, watch=steps.append)
    assert [step.loss for step in steps] == [1.0]
    assert learned(tmp_path) == NUMBERS
    assert training.epoch_loss(0) == 1.0


def test_a_module_is_trained_by_hand(tmp_path):
    project(tmp_path)
    kernel = ScriptedKernel(lambda request: request.rows[0].value if request.rows else "?")
    with api.load(tmp_path / "translate.hg", kernel=kernel) as module:
        optimizer = api.StSGD(module.parameters(), lr=1.0)
        assert [name for name, _ in module.named_parameters()] == ["words"]
        for expected in ("?", "two"):
            result = module(word="zwei")
            result.ft_forward()
            assert api.read_texts(result.ft_static_tensor) == [expected]
            loss = api.get_edit_distance_ratio(result, api.make_tensor(["two"], module.home)).mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    assert not (tmp_path / "translate.experience").exists()


def test_a_module_tells_what_does_not_fit(tmp_path):
    project(tmp_path)
    with api.load(tmp_path / "translate.hg") as module:
        for values, reason in [
            ({}, "needs `word`"),
            ({"word": "x", "wrod": "y"}, "has no input or option `wrod`"),
            ({"word": ["x", "y"]}, r"has the shape \[1\], and \[2\] is given"),
            ({"word": 3}, "not int"),
        ]:
            with pytest.raises(ValueError, match=reason):
                module(**values)
    (tmp_path / "translate.hg").write_text("hdsl 1\nharness", encoding="utf-8")
    with pytest.raises(api.CheckError, match="does not check"):
        api.load(tmp_path / "translate.hg")


def test_an_example_costs_one_call_and_what_is_expected_needs_no_reflection(tmp_path, monkeypatch):
    project(tmp_path, epochs=1)
    monkeypatch.chdir(tmp_path)
    seen: list[Request] = []
    training = api.train(tmp_path / "translate.hg", kernel=ScriptedKernel(lambda request: seen.append(request) or "?"))
    assert [request.kind for request in seen] == ["expert"] * 3
    assert (training.calls, training.reflections) == (3, 0)


def test_steps_are_recorded_with_what_was_refused(tmp_path):
    project(tmp_path, [("eins", "one"), ("drei", "three")], epochs=1)
    text = (tmp_path / "translate.hg").read_text(encoding="utf-8")
    text = text.replace("# Words", 'type Number { "one", "two" }\n\n# Words').replace("text -> text", "text -> Number")
    answer = "  answer: Number[1] = expert(word, words)\n  result: text[1] = join(answer)"
    text = text.replace("  result: text[1] = expert(word, words)", answer)
    (tmp_path / "translate.hg").write_text(text, encoding="utf-8")
    assert hdsl("train", "translate.hg", folder=tmp_path).code == 0
    (line,) = (run_of(tmp_path) / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    assert learned(tmp_path) == {"eins": "one"}
    assert [refused["better"] for refused in json.loads(line)["refused"]] == ["three"]
