"""`hdsl experience export` and `import`: what goes out comes in as the same rows, as one step."""

import pytest

from tests.cli.learned import experience, project, rows, steps, stored, train, write_rows


@pytest.mark.parametrize("target", ["out.jsonl", "out.csv", "out.tsv", "out"])
def test_what_is_exported_imports_as_the_same_rows(tmp_path, target):
    train(project(tmp_path))
    odd = ("q\r\n\r", 'k"\t,', "no newline at the end\n\n 😀")
    write_rows(tmp_path / "odd.jsonl", odd, odd)
    experience(tmp_path, "import", "words", "odd.jsonl")
    ended = experience(tmp_path, "export", "words", target)
    assert (ended.code, ended.out, ended.err) == (0, f"{target}: 5 rows of words\n", "")
    other = project(tmp_path / "other")
    assert experience(other, "import", "words", f"../{target}").out.endswith(f"4 rows added of 5 in ../{target}\n")
    assert stored(other / "main.experience" / "words") == stored(tmp_path / "main.experience" / "words")


def test_an_import_adds_what_is_not_there_yet_and_can_be_taken_back(tmp_path):
    write_rows(project(tmp_path) / "rows.jsonl", ("eins", "eins", "one"), ("z", "zwei", "two"))
    ended = experience(tmp_path, "import", "words", "rows.jsonl")
    (step,) = steps(tmp_path)
    assert ended.out == f"step {step['id']}\n  words: 1 row added of 2 in rows.jsonl\n"
    assert step["why"] == "import of rows.jsonl"
    assert rows(tmp_path) == [("eins", "one"), ("zwei", "two")]
    ended = experience(tmp_path, "import", "words", "rows.jsonl")
    assert (ended.code, ended.out) == (0, "words has every row of rows.jsonl already\n")
    assert len(steps(tmp_path)) == 1
    experience(tmp_path, "undo")
    assert rows(tmp_path) == [("eins", "one")]


def test_a_table_of_a_module_learns_beside_the_module(tmp_path):
    write_rows(project(tmp_path) / "rows.jsonl", ("x", "a word", "other"))
    assert experience(tmp_path, "import", "lib.kinds", "rows.jsonl").code == 0
    assert stored(tmp_path / "lib.experience" / "kinds")[1:] == [("x", "a word", "other")]
    assert [step["tables"] for step in steps(tmp_path)] == [{"lib.kinds": {"added": 1, "changed": 0, "dropped": 0}}]
