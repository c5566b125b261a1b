"""`hdsl check --fix`: writes what it fixes, says so, and leaves the rest as it is."""

import stat
from pathlib import Path

import pytest

from tests.commands import hdsl

RIGHT = """hdsl 1

# Joins twice.
harness twin(line: text[1]) -> text[1] {
  first: text[1] = first_line(line)
  return first
}
"""
WRONG = RIGHT.replace("first_line", "frist_line").replace("hdsl 1\n\n", "")
HOPELESS = RIGHT.replace("first_line", "something_else")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wrong.hg").write_text(WRONG, encoding="utf-8")
    (tmp_path / "right.hg").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "hopeless.hg").write_text(HOPELESS, encoding="utf-8")
    return tmp_path


def test_it_fixes_what_it_can_says_what_and_checks_the_rest(folder: Path) -> None:
    (folder / "wrong.hg").chmod(0o640)
    before = {name: (folder / name).stat().st_mtime_ns for name in ("right.hg", "hopeless.hg")}
    ended = hdsl("check", ".", "--fix", folder=folder)
    assert ended.err == (
        "fixed wrong.hg:2: HG004: Start the file with `hdsl 1`\nfixed wrong.hg:3: HG109: Write `first_line`\n"
    )
    assert ended.code == 1
    assert "3 files checked: 1 error." in ended.out and "hopeless.hg:5:20" in ended.out
    assert (folder / "wrong.hg").read_text(encoding="utf-8") == RIGHT
    assert stat.S_IMODE((folder / "wrong.hg").stat().st_mode) == 0o640
    assert {name: (folder / name).stat().st_mtime_ns for name in before} == before
    assert sorted(path.name for path in folder.iterdir()) == ["hopeless.hg", "right.hg", "wrong.hg"]


def test_a_second_time_it_does_nothing(folder: Path) -> None:
    hdsl("check", "wrong.hg", "--fix", folder=folder)
    again = hdsl("check", "wrong.hg", "--fix", folder=folder)
    assert (again.code, again.err) == (0, "")
    assert again.out == "1 file checked: no errors.\n"


def test_the_remaining_faults_come_in_the_format_asked_for(folder: Path) -> None:
    ended = hdsl("check", ".", "--fix", "--format", "json", folder=folder)
    assert ended.json["summary"] == {"errors": 1, "warnings": 0}


def test_a_mark_at_the_beginning_and_line_ends_stay(folder: Path) -> None:
    (folder / "wrong.hg").write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    assert hdsl("check", "wrong.hg", "--fix", folder=folder).code == 0
    assert (folder / "wrong.hg").read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()


def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "link.hg").symlink_to("wrong.hg")
    assert hdsl("check", "link.hg", "--fix", folder=folder).code == 0
    assert (folder / "link.hg").is_symlink()
    assert (folder / "wrong.hg").read_text(encoding="utf-8") == RIGHT


def test_only_the_files_that_are_named_are_fixed(folder: Path) -> None:
    (folder / "user.hg").write_text(
        RIGHT.replace("hdsl 1\n", 'hdsl 1\n\nuse "wrong.hg" as other\n').replace("first_line", "other.twim"),
        encoding="utf-8",
    )
    ended = hdsl("check", "user.hg", "--fix", folder=folder)
    assert ended.code == 1
    assert (folder / "wrong.hg").read_text(encoding="utf-8") == WRONG


def test_what_is_excluded_or_off_is_not_fixed(folder: Path) -> None:
    unused = RIGHT.replace("  return", "  spare: text[1] = first_line(first)\n  return")
    (folder / "right.hg").write_text(unused, encoding="utf-8")
    (folder / "hdsl.toml").write_text('exclude = ["wrong.hg"]\n[levels]\nHG104 = "off"\n', encoding="utf-8")
    hdsl("check", ".", "--fix", folder=folder)
    assert (folder / "wrong.hg").read_text(encoding="utf-8") == WRONG
    assert (folder / "right.hg").read_text(encoding="utf-8") == unused


def test_a_file_that_is_no_text_is_reported_and_left(folder: Path) -> None:
    (folder / "wrong.hg").write_bytes(b"hdsl 1\n\xff")
    ended = hdsl("check", "wrong.hg", "--fix", folder=folder)
    assert (ended.code, ended.err) == (1, "")
    assert (folder / "wrong.hg").read_bytes() == b"hdsl 1\n\xff"


def test_a_file_that_cannot_be_written_is_left_and_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    ended = hdsl("check", "wrong.hg", "--fix", folder=folder)
    assert (ended.code, ended.err) == (2, "hdsl check: wrong.hg cannot be written: Permission denied\n")
    assert (folder / "wrong.hg").read_text(encoding="utf-8") == WRONG
    assert sorted(path.name for path in folder.iterdir()) == ["hopeless.hg", "right.hg", "wrong.hg"]


def test_it_does_not_go_with_watch(folder: Path) -> None:
    ended = hdsl("check", ".", "--fix", "--watch", folder=folder)
    assert (ended.code, ended.err) == (2, "hdsl check: --fix cannot be combined with --watch\n")
