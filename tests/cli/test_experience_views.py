"""`hdsl experience show`, `log` and `diff`."""

import re

import pytest

from tests.cli.learned import experience, project, steps, train, write_rows
from tests.commands import hdsl


def test_a_file_that_has_not_learned_shows_its_seeds_and_those_of_its_modules(tmp_path):
    ended = experience(project(tmp_path), "show")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "words: 1 row, the seed, in main.hg\n"
        "  row  query  key   value\n"
        "    1  eins   eins  one\n"
        "\n"
        "lib.kinds: 1 row, the seed, in lib.hg\n"
        "  row  query           key       value\n"
        "    1  eins zwei drei  a number  number\n"
    )
    assert experience(tmp_path, "log").out == "main.hg has learned nothing yet\n"
    assert experience(tmp_path, "diff").out == ""
    assert not list(tmp_path.glob("*.experience"))


def test_what_was_learned_is_shown_with_its_votes(tmp_path):
    train(project(tmp_path))
    train(tmp_path, ("zwei", "two"), ("zwei", "deux"))
    lines = experience(tmp_path, "show", "words").out.splitlines()
    assert lines[0] == "words: 3 rows, learned, in main.experience/words"
    assert lines[1].split() == ["row", "query", "key", "value", "votes"]
    table = experience(tmp_path, "show", "words", "--json").json["tables"][0]
    assert (table["learned"], table["place"]) == (True, "main.experience/words")
    assert {row["key"]: row["votes"] for row in table["rows"]} == {
        "eins": {},
        "zwei": {"two": 2, "deux": 1},
        "drei": {"three": 1},
    }
    assert "2 of 3" in experience(tmp_path, "show", "words", "--find", "zwei").out


def test_find_shows_rows_in_which_all_words_stand(tmp_path):
    write_rows(project(tmp_path) / "rows.jsonl", ("q", "Red Fox", "a"), ("q", "red hen", "b"))
    experience(tmp_path, "import", "words", "rows.jsonl")
    found = experience(tmp_path, "show", "words", "--find", "fox RED", "--json").json["tables"][0]["rows"]
    assert found == [{"row": 2, "query": "q", "key": "Red Fox", "value": "a", "votes": {}}]
    ended = experience(tmp_path, "show", "words", "--find", "owl")
    assert (ended.code, ended.out) == (0, "words: 0 rows with 'owl', learned, in main.experience/words\n")


def test_long_texts_and_controls_stay_on_one_line(tmp_path):
    write_rows(project(tmp_path) / "rows.jsonl", ("a\nb", "one\ntwo\x1b[31m\r", "x" * 500))
    experience(tmp_path, "import", "words", "rows.jsonl")
    line = experience(tmp_path, "show", "words").out.splitlines()[3]
    assert re.split("  +", line.strip()) == ["2", "a b", "one ⏎ two\\x1b[31m\\x0d", "x" * 35 + "…"]


def test_the_log_tells_steps_newest_first_and_sums_up_those_that_only_counted(tmp_path):
    first = train(project(tmp_path))
    second = train(tmp_path)
    lines = experience(tmp_path, "log").out.splitlines()
    assert lines[:2] == [f"{second}/1 … /2", "  2 steps that changed no row: 2 votes counted"]
    assert lines[2].startswith(f"{first}/2  20")
    assert "pairs.jsonl, line" in lines[3]
    assert lines[4] == "  words: 1 row added"
    told = steps(tmp_path)
    assert [step["id"] for step in told] == [f"{second}/2", f"{second}/1", f"{first}/2", f"{first}/1"]
    assert [step["tables"] for step in told[1:3]] == [{}, {"words": {"added": 1, "changed": 0, "dropped": 0}}]


def test_steps_that_were_taken_back_are_marked(tmp_path):
    run = train(project(tmp_path), ("zwei", "two"))
    experience(tmp_path, "undo")
    lines = experience(tmp_path, "log").out.splitlines()
    assert [line.strip() for line in lines[1:3]] == [f"undo of {run}/1", "words: 1 row dropped"]
    assert lines[3].startswith(f"{run}/1 ") and lines[3].endswith("(taken back)")
    assert [(step["undoes"], step["taken_back"]) for step in steps(tmp_path)] == [(f"{run}/1", False), (None, True)]


def test_diff_shows_what_learning_changed_in_the_seed_and_what_a_step_did(tmp_path):
    run = train(project(tmp_path), ("zwei", "two"))
    train(tmp_path, ("eins", "ONE"))
    assert experience(tmp_path, "diff").out == (
        "--- words, seed\n"
        "+++ words, learned\n"
        "@@ row 1 @@\n"
        "-query: eins\n"
        "+query: eins one\n"
        " key: eins\n"
        "-value: one\n"
        "+value: ONE\n"
        "@@ row 2, new @@\n"
        "+query: two zwei\n"
        "+key: zwei\n"
        "+value: two\n"
    )
    ended = experience(tmp_path, "diff", run)
    assert ended.out.splitlines()[1:] == [
        "--- words",
        "+++ words",
        "@@ row 2, new @@",
        "+query: two zwei",
        "+key: zwei",
        "+value: two",
    ]
    assert ended.out == experience(tmp_path, "diff", f"{run}/1").out


def test_the_diff_of_a_step_that_dropped_rows_shows_those_and_no_others(tmp_path):
    write_rows(project(tmp_path) / "rows.jsonl", ("eins", "eins", "one"), ("z", "zwei", "two"), ("z", "zwei", "two"))
    experience(tmp_path, "import", "words", "rows.jsonl")
    experience(tmp_path, "dedupe")
    step = steps(tmp_path)[0]
    shown = experience(tmp_path, "diff", step["id"]).out.splitlines()
    dropped = ["@@ row 3, dropped @@", "-query: z", "-key: zwei", "-value: two"]
    assert shown == [f"step {step['id']}: dedupe", "--- words", "+++ words", *dropped]
    experience(tmp_path, "undo")
    again = experience(tmp_path, "diff", steps(tmp_path)[0]["id"]).out.splitlines()
    assert again[3:] == ["@@ row 3, new @@", "+query: z", "+key: zwei", "+value: two"]


@pytest.mark.parametrize("command", ["show", "log", "diff", "undo", "merge", "dedupe", "import", "export"])
def test_each_subcommand_has_an_example(tmp_path, command):
    ended = hdsl("experience", command, "--help", folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert f"example: hdsl experience {command} " in " ".join(ended.out.split())
