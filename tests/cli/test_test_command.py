"""`hdsl test`: what it says of tests that hold, that do not, and that cannot be judged."""

from pathlib import Path

from tests.commands import hdsl

TESTS = """hdsl 1

harness same(line: text[B]) -> text[B] {
  out: text[B] = first_line(line)
  return out
}

harness strict(line: text[B]) -> text[B] {
  out: text[B] = until_match(line, pattern="^a")
  return out
}

test "holds" {
  out: text[2] = same(["a", "b"])
  expect exact_match(out, ["a", "b"])
  expect contains(out, "")
}

test "does not hold" {
  out: text[2] = same(["a", "b"])
  expect exact_match(out, "a")
}

test "cannot be judged" {
  out: text[1] = strict(["b"])
  expect contains(out, "b")
}
"""


def test_each_test_is_a_line_and_a_failed_one_says_why(tmp_path: Path) -> None:
    (tmp_path / "tests.hg").write_text(TESTS, encoding="utf-8")
    ended = hdsl("test", ".", folder=tmp_path)
    assert (ended.code, ended.err) == (1, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("ok     tests.hg: holds (")
    assert lines[1].startswith("FAILED tests.hg: does not hold (")
    assert lines[2].endswith("[1] is 1, not 0")
    assert lines[3].startswith("FAILED tests.hg: cannot be judged (")
    assert lines[4].endswith("[0] failed: the pattern '^a' is not found")
    assert lines[5] == "1 passed, 2 failed"


def test_a_file_without_tests_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "none.hg").write_text(TESTS.partition("test")[0], encoding="utf-8")
    ended = hdsl("test", "none.hg", folder=tmp_path)
    assert (ended.code, ended.out) == (0, "0 passed, 0 failed\n")
    assert ended.err == "hdsl test: there is no test block here\n"


def test_the_tests_in_a_folder_of_several_files_are_all_run(files: Path, tmp_path: Path) -> None:
    (tmp_path / "twin.hg").write_bytes((files / "twin.hg").read_bytes())
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "twin.hg").write_bytes((files / "twin.hg").read_bytes())
    ended = hdsl("test", ".", folder=tmp_path)
    assert ended.code == 0
    assert ended.out.endswith("2 passed, 0 failed\n")
