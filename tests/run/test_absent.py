"""Absent elements in a run: printed as null with exit code 0, in its JSON, its record, and what resumes it."""

from pathlib import Path

from tests.commands import hdsl, newest_run

PROGRAM = """hdsl 1

op words(line: text[*S]) -> text[*S, N] = "mine:words"

harness parts(letter: text[B], N: dim = 3) -> text[B, N] {
  part:  text[B, N] = split(letter, at=",")
  first: text[B, N] = first_line(part)
  return first
}

harness last(letter: text[]) -> text[] {
  word: text[3] = words(letter)
  end:  text[]  = word[2]
  return end
}

harness asked(letter: text[]) -> text[] {
  part: text[3] = split(letter, at=",")
  said: text[3] = llm(part)
  all:  text[]  = merge(said, with=" ")
  return all
}

test "an absent element is not what was expected" {
  out: text[1, 3] = parts(["a,b"])
  expect contains(out, "")
}
"""

MINE = """
import hdsl

@hdsl.isolated
def words(line):
    return line.split()
"""


def test_an_absent_result_is_null_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "absent.hg").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    words = ["run", "absent.hg", "--harness"]
    ended = hdsl(*words, "parts", "--letter", "a,b", "--letter", "c,d,e,f", folder=tmp_path)
    assert (ended.code, ended.out) == (3, "a\nb\nnull\n\n\n\n")
    assert "there are 4 parts, and there is room for 3" in ended.err
    ended = hdsl(*words, "last", "--letter", "one two", folder=tmp_path)
    assert (ended.code, ended.out) == (0, "null\n")
    assert hdsl(*words, "last", "--letter", "one two three", folder=tmp_path).out == "three\n"
    ended = hdsl(*words, "parts", "--letter", "a", "--json", folder=tmp_path)
    assert (ended.code, ended.json["exit"]) == (0, 0)
    assert [(each["text"], each["absent"], each["failed"]) for each in ended.json["result"]] == [
        ("a", False, False),
        (None, True, False),
        (None, True, False),
    ]
    record = newest_run(tmp_path)
    assert [each["text"] for each in record.json["result"]] == ["a", None, None]
    assert {pull["status"] for pull in record.trace if pull["coordinates"] == [0, 2]} == {-4.0}
    ended = hdsl("test", "absent.hg", folder=tmp_path)
    assert ended.code == 1
    assert ended.out.splitlines()[1] == "       expect 1 [0, 2] is absent"


def test_absent_elements_are_not_asked_about_nor_by_the_run_that_goes_on(tmp_path: Path) -> None:
    (tmp_path / "absent.hg").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    words = ["run", "absent.hg", "--harness", "asked", "--letter", "a,b"]
    for more in ([], ["--resume"]):
        ended = hdsl(*words, *more, *([newest_run(tmp_path).folder.name] if more else []), folder=tmp_path)
        assert ended.code == 3
        record = newest_run(tmp_path)
        asked = [pull["status"] for pull in record.trace if pull["node"] == "said"]
        assert asked.count(-4.0) == 1
        assert len(asked) == 3
