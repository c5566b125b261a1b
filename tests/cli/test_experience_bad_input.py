"""`hdsl experience` with what it cannot use: an exit code, a sentence with the place, and nothing changed."""

import json
from itertools import cycle

import pytest

from hdsl.experience.folder import ExperienceFolder
from tests.cli.learned import LIB, experience, project, rows, stored, train, write_rows
from tests.commands import Ended, hdsl

COMMANDS = {
    "show": (),
    "log": (),
    "diff": (),
    "undo": (),
    "merge": ("theirs.experience",),
    "dedupe": (),
    "import": ("words", "rows.jsonl"),
    "export": ("words", "rows.csv"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_not_there_or_does_not_check(files, command):
    ended = hdsl("experience", command, "missing.hg", *COMMANDS[command], folder=files)
    assert ended == Ended(2, "", "hdsl experience: there is no file missing.hg\n")
    ended = hdsl("experience", command, "wrong.hg", *COMMANDS[command], folder=files)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.endswith("hdsl experience: wrong.hg does not check\n")
    ended = hdsl("experience", command, "twin.hg", *COMMANDS[command], folder=files)
    assert ended == Ended(2, "", "hdsl experience: twin.hg reaches no experience\n")


def test_a_table_that_there_is_not(tmp_path):
    project(tmp_path)
    write_rows(tmp_path / "rows.jsonl", ("q", "k", "v"))
    for words in (("show", "wrds"), ("dedupe", "wrds"), ("import", "wrds", "rows.jsonl"), ("export", "wrds", "r.csv")):
        said = "hdsl experience: there is no experience `wrds`. Did you mean `words`?\n"
        assert experience(tmp_path, *words) == Ended(2, "", said)
    said = "hdsl experience: there is no experience `zzz`. There are `words`, `lib.kinds`.\n"
    assert experience(tmp_path, "show", "zzz") == Ended(2, "", said)


def test_a_step_that_there_is_not(tmp_path):
    run = train(project(tmp_path))
    for command in ("diff", "undo"):
        said = f"hdsl experience: there is no step or run `{run}/9`. Did you mean "
        ended = experience(tmp_path, command, f"{run}/9")
        assert (ended.code, ended.out, ended.err.startswith(said)) == (2, "", True)
        said = "hdsl experience: there is no step or run `x`. `hdsl experience log FILE` lists them.\n"
        assert experience(tmp_path, command, "x") == Ended(2, "", said)


def test_experience_that_another_process_changes(tmp_path):
    train(project(tmp_path))
    write_rows(tmp_path / "rows.jsonl", ("q", "k", "v"))
    with ExperienceFolder(tmp_path / "main.experience").locked():
        for words in (("undo",), ("import", "words", "rows.jsonl")):
            ended = experience(tmp_path, *words)
            assert ended == Ended(2, "", "hdsl experience: another process is changing main.experience\n")
        assert experience(tmp_path, "show").code == 0


MALFORMED = [
    "{",
    "[]",
    "{}",
    '{"id": 1, "time": "", "why": "", "undoes": "", "changes": [], "votes": []}',
    '{"id": "1", "time": "", "why": "", "undoes": "", "changes": [], "votes": [["words", "0", "v"]]}',
    '{"id": "1", "time": "", "why": "", "undoes": "", "votes": [],'
    ' "changes": [{"table": "words", "rows": [1, 1], "cells": [["0", null, "x"]]}]}',
]


def test_a_history_that_is_malformed(tmp_path):
    train(project(tmp_path))
    history = tmp_path / "main.experience" / "history.jsonl"
    whole = history.read_text(encoding="utf-8")
    for line, command in zip(MALFORMED, cycle(["show", "log", "undo"]), strict=False):
        history.write_text(f"{line}\n{whole}", encoding="utf-8")
        ended = experience(tmp_path, command)
        assert (ended.code, ended.out) == (1, ""), line
        place = "hdsl experience: main.experience/history.jsonl:1: "
        assert ended.err.startswith(f"{place}this is not a step of a history: ")


def test_a_step_that_pends_and_is_malformed(tmp_path):
    train(project(tmp_path))
    (tmp_path / "main.experience" / "pending.json").write_text("{", encoding="utf-8")
    ended = experience(tmp_path, "undo")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("hdsl experience: main.experience/pending.json: this is not a step of a history: ")


def test_experience_that_is_malformed(tmp_path):
    train(project(tmp_path))
    (tmp_path / "main.experience" / "words" / "shape").write_text("[2, 4]", encoding="utf-8")
    ended = experience(tmp_path, "show")
    assert (ended.code, ended.out) == (1, "")
    assert "main.experience/words/shape:1:1: an experience has the shape [N, 3], not [2, 4]" in ended.err


def test_rows_whose_values_are_no_labels_are_not_imported(tmp_path):
    project(tmp_path)
    write_rows(tmp_path / "rows.jsonl", ("q", "k", "other"), ("q", "k", "numbr"))
    ended = experience(tmp_path, "import", "lib.kinds", "rows.jsonl")
    said = 'rows.jsonl:2:1: \'numbr\' is not a `Kind`: a value of `lib.kinds` is one of "number", "other"\n'
    assert ended == Ended(1, "", f"hdsl experience: {said}")
    assert rows(tmp_path, "lib.kinds") == [("a number", "number")]
    assert not list(tmp_path.glob("*.experience"))


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("rows.jsonl", '{"query": "q"}\n', 1, 'rows.jsonl:1:1: "key" is missing'),
        (
            "rows.jsonl",
            json.dumps({"query": "q", "key": "\ud800", "value": "v"}),
            1,
            "rows.jsonl:1:1: this row has half",
        ),
        ("rows.csv", 'query,key,value\n"a', 1, "rows.csv:2:1: this is not a table: "),
        ("rows.txt", "", 1, "rows.txt:1:1: rows are read from .jsonl, .csv and .tsv, not from .txt"),
        ("folder/x", "", 1, "folder:1:1: this folder is not a text tensor"),
        ("", "", 2, "missing.jsonl cannot be used: No such file or directory"),
    ],
)
def test_a_source_that_cannot_be_imported(tmp_path, name, text, code, said):
    project(tmp_path)
    if name:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = experience(tmp_path, "import", "words", name.partition("/")[0] or "missing.jsonl")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(f"hdsl experience: {said}")
    assert not list(tmp_path.glob("*.experience"))


def test_a_target_that_cannot_be_written(tmp_path):
    project(tmp_path)
    (tmp_path / "there").mkdir()
    for target, said in {
        "there": "there is a folder already; name one that is not there",
        "nowhere/rows.csv": "there is no folder nowhere",
        "rows.txt": "rows.txt: rows are written to .jsonl, .csv and .tsv files, and to folders without a suffix",
    }.items():
        assert experience(tmp_path, "export", "words", target) == Ended(2, "", f"hdsl experience: {said}\n")
    assert not list(tmp_path.glob(".*rows*"))


def test_a_value_longer_than_spreadsheet_readers_like_is_exported_and_read_back(tmp_path):
    project(tmp_path)
    write_rows(tmp_path / "rows.jsonl", ("q", "k", "x" * 140_000))
    experience(tmp_path, "import", "words", "rows.jsonl")
    assert experience(tmp_path, "export", "words", "rows.csv").code == 0
    assert stored(tmp_path / "rows.csv")[-1] == ("q", "k", "x" * 140_000)


def test_others_that_cannot_be_merged(tmp_path):
    train(project(tmp_path))
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    for other, said in {
        "missing": "missing is not there",
        "a.txt": "a.txt is neither a STEM.experience folder nor a .hg file",
        "empty": "empty has no table: it is not an experience folder",
        "main.experience/words": "main.experience/words is one table: name the folder that it lies in, or import it",
        "main.experience": "main.experience is the experience of main.hg itself",
        "main.hg": "main.hg is the experience of main.hg itself",
    }.items():
        assert experience(tmp_path, "merge", other) == Ended(2, "", f"hdsl experience: {said}\n")


def test_rows_of_theirs_that_a_table_of_ours_cannot_hold_are_not_merged(tmp_path):
    ours, theirs = project(tmp_path / "ours"), project(tmp_path / "theirs")
    (theirs / "lib.hg").write_text(LIB.replace('"other"', '"word"'), encoding="utf-8")
    write_rows(theirs / "rows.jsonl", ("q", "k", "word"))
    assert experience(theirs, "import", "lib.kinds", "rows.jsonl").code == 0
    ended = experience(ours, "merge", "../theirs/main.hg")
    assert (ended.code, ended.out) == (1, "")
    assert "theirs/lib.experience/kinds:2:1: 'word' is not a `Kind`" in ended.err
    assert not list(ours.glob("*.experience"))
