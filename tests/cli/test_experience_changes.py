"""`hdsl experience undo`, `dedupe` and `merge`: one step each, in the history, that can be taken back."""

import shutil

from tests.cli.learned import experience, project, rows, steps, train, votes, write_rows

SEED = ("eins", "one")


def test_undo_takes_back_the_last_step_that_stands_and_then_the_one_before(tmp_path):
    run = train(project(tmp_path))
    assert len(rows(tmp_path)) == 3
    ended = experience(tmp_path, "undo")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"took back {run}/2, as step {steps(tmp_path)[0]['id']}\n"
    assert len(rows(tmp_path)) == 2
    experience(tmp_path, "undo")
    assert (rows(tmp_path), votes(tmp_path)) == ([SEED], [{}])
    ended = experience(tmp_path, "undo")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "hdsl experience: there is no step to take back\n"


def test_a_run_is_taken_back_whole_and_its_undo_can_be_taken_back(tmp_path):
    run = train(project(tmp_path))
    learned = rows(tmp_path)
    experience(tmp_path, "undo", run)
    assert rows(tmp_path) == [SEED]
    hand = steps(tmp_path)[0]["id"].partition("/")[0]
    assert hand.startswith("hand-")
    experience(tmp_path, "undo", hand)
    assert rows(tmp_path) == learned
    assert sorted(map(str, votes(tmp_path))) == ["{'three': 1}", "{'two': 1}", "{}"]
    ended = experience(tmp_path, "undo", run)
    assert (ended.code, ended.err) == (1, f"hdsl experience: `{run}` was taken back already\n")


def test_where_a_later_step_is_in_the_way_nothing_changes(tmp_path):
    first = train(project(tmp_path), ("eins", "ONE"))
    second = train(tmp_path, ("eins", "uno"), ("eins", "uno"))
    before, history = rows(tmp_path), steps(tmp_path)
    assert before == [("eins", "uno")]
    ended = experience(tmp_path, "undo", first)
    assert (ended.code, ended.out) == (1, "")
    assert f"step {second}/" in ended.err and "changed row 1 of `words`; take that one back first" in ended.err
    assert (rows(tmp_path), steps(tmp_path)) == (before, history)


def test_rows_that_say_the_same_are_dropped_and_their_votes_stay(tmp_path):
    write_rows(project(tmp_path) / "rows.jsonl", ("eins one", "eins", "one"), ("q", "vier", "four"))
    experience(tmp_path, "import", "words", "rows.jsonl")
    train(tmp_path, ("vier", "four"), ("eins", "one"))
    assert votes(tmp_path) == [{"one": 1}, {}, {"four": 1}]
    ended = experience(tmp_path, "dedupe", "words")
    (step, *_) = steps(tmp_path)
    assert ended.out == (f"step {step['id']}\n  words: dropped row 1, which says what row 2 says: 'eins' → 'one'\n")
    assert (rows(tmp_path), votes(tmp_path)) == ([("eins", "one"), ("vier", "four")], [{"one": 1}, {"four": 1}])
    train(tmp_path, ("vier", "four"))
    assert votes(tmp_path) == [{"one": 1}, {"four": 2}]
    assert experience(tmp_path, "dedupe").out == "there are no duplicate rows\n"
    ended = experience(tmp_path, "undo", step["id"])
    assert (ended.code, "counted votes for it" in ended.err) == (1, True)
    experience(tmp_path, "undo")
    experience(tmp_path, "undo")
    assert votes(tmp_path) == [{"one": 1}, {}, {"four": 1}]


def test_two_peoples_experience_is_merged_rows_by_what_they_answer(tmp_path):
    ours, theirs = project(tmp_path / "ours"), project(tmp_path / "theirs")
    train(ours, ("zwei", "two"), ("drei", "three"))
    train(theirs, ("zwei", "two"), ("vier", "four"))
    before = rows(ours)
    ended = experience(ours, "merge", "../theirs/main.experience")
    assert (ended.code, ended.err) == (0, "")
    assert "words: 1 row added, 2 votes counted" in ended.out
    assert rows(ours) == [*before, ("vier", "four")]
    assert dict(zip(map(str, rows(ours)), votes(ours), strict=True))["('zwei', 'two')"] == {"two": 2}
    again = experience(ours, "merge", "../theirs/main.hg")
    assert again.out == "../theirs/main.hg has nothing that is not here already\n"
    experience(ours, "undo")
    assert rows(ours) == before
    assert experience(ours, "merge", "../theirs/main.hg").out.startswith("step hand-")


def test_of_two_values_the_one_with_more_votes_stays_and_of_equals_ours(tmp_path):
    ours, theirs = project(tmp_path / "ours"), project(tmp_path / "theirs")
    train(ours, ("zwei", "two"), ("drei", "three"))
    train(theirs, ("zwei", "TWO"), ("drei", "THREE"))
    train(theirs, ("zwei", "TWO"))
    ended = experience(ours, "merge", "../theirs/main.experience")
    assert dict(rows(ours)) == {"eins": "one", "zwei": "TWO", "drei": "three"}
    assert "for 'zwei' 'TWO' (2 votes) stays, 'two' (1) does not" in ended.err
    assert "for 'drei' 'three' (1 vote) stays, 'THREE' (1) does not" in ended.err
    experience(ours, "undo")
    assert dict(rows(ours))["zwei"] == "two"


def test_steps_that_both_have_count_once(tmp_path):
    ours = project(tmp_path / "ours")
    train(ours, ("zwei", "two"))
    theirs = tmp_path / "theirs"
    shutil.copytree(ours, theirs)
    train(theirs, ("zwei", "two"))
    experience(ours, "merge", "../theirs/main.experience")
    assert votes(ours) == [{}, {"two": 2}]
    experience(theirs, "merge", "../ours/main.experience")
    assert votes(theirs) == [{}, {"two": 2}]


def test_a_step_over_tables_of_several_modules_is_one_step(tmp_path):
    ours, theirs = project(tmp_path / "ours"), project(tmp_path / "theirs")
    write_rows(theirs / "words.jsonl", ("z", "zwei", "two"))
    write_rows(theirs / "kinds.jsonl", ("x", "a word", "other"))
    experience(theirs, "import", "words", "words.jsonl")
    experience(theirs, "import", "lib.kinds", "kinds.jsonl")
    experience(ours, "merge", "../theirs/main.hg")
    (step,) = steps(ours)
    assert sorted(step["tables"]) == ["lib.kinds", "words"]
    assert sorted(folder.name for folder in ours.glob("*.experience")) == ["lib.experience", "main.experience"]
    shown = experience(ours, "diff", step["id"]).out
    assert "+++ words" in shown and "+++ lib.kinds" in shown
    assert experience(ours, "undo").out.count("took back") == 1
    assert (rows(ours), rows(ours, "lib.kinds")) == ([SEED], [("a number", "number")])


def test_a_step_that_a_killed_process_left_is_told_and_can_be_taken_back(tmp_path):
    run = train(project(tmp_path), ("zwei", "two"))
    folder = tmp_path / "main.experience"
    (folder / "history.jsonl").rename(folder / "pending.json")
    (folder / "words" / "shape").write_text("[1, 3]", encoding="utf-8")
    assert rows(tmp_path) == [SEED, ("zwei", "two")]
    assert [step["id"] for step in steps(tmp_path)] == [f"{run}/1"]
    assert votes(tmp_path) == [{}, {"two": 1}]
    assert experience(tmp_path, "undo").code == 0
    assert rows(tmp_path) == [SEED]


def test_training_goes_on_from_what_was_merged(tmp_path):
    ours, theirs = project(tmp_path / "ours"), project(tmp_path / "theirs")
    train(theirs, ("zwei", "two"))
    train(theirs, ("zwei", "two"))
    experience(ours, "merge", "../theirs/main.experience")
    train(ours, ("zwei", "deux"))
    assert (rows(ours), votes(ours)) == ([SEED, ("zwei", "two")], [{}, {"two": 2, "deux": 1}])
