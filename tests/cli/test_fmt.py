"""`hdsl fmt`, `hdsl card` and `hdsl grammar` as commands; the layout itself is tested in tests/syntax."""

import stat
from pathlib import Path

import pytest

from tests.commands import Ended, hdsl

UNTIDY = "hdsl 1\nharness twin(line:text[1])->text[1]{\n  # kept\n  first:text[1]=first_line(line)\n return first }\n"
TIDY = (
    "hdsl 1\n\nharness twin(line: text[1]) -> text[1] {\n  # kept\n  first: text[1] = first_line(line)\n"
    "  return first\n}\n"
)
BROKEN = "hdsl 1\n\nharness twin(line:text[1]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "untidy.hg").write_text(UNTIDY, encoding="utf-8")
    (tmp_path / "tidy.hg").write_text(TIDY, encoding="utf-8")
    return tmp_path


def test_files_are_laid_out_and_what_is_laid_out_is_left_alone(folder: Path) -> None:
    before = (folder / "tidy.hg").stat().st_mtime_ns
    (folder / "untidy.hg").chmod(0o640)
    assert hdsl("fmt", ".", folder=folder) == Ended(0, "", "formatted untidy.hg\n")
    assert (folder / "untidy.hg").read_text(encoding="utf-8") == TIDY
    assert stat.S_IMODE((folder / "untidy.hg").stat().st_mode) == 0o640
    assert (folder / "tidy.hg").stat().st_mtime_ns == before
    assert hdsl("fmt", ".", folder=folder) == Ended(0, "", "")
    assert sorted(path.name for path in folder.iterdir()) == ["tidy.hg", "untidy.hg"]


def test_check_names_what_would_change_and_changes_nothing(folder: Path) -> None:
    assert hdsl("fmt", "--check", "untidy.hg", "tidy.hg", folder=folder) == Ended(1, "untidy.hg\n", "")
    assert (folder / "untidy.hg").read_text(encoding="utf-8") == UNTIDY
    assert hdsl("fmt", "--check", "tidy.hg", folder=folder) == Ended(0, "", "")


def test_diff_shows_what_would_change_and_changes_nothing(folder: Path) -> None:
    ended = hdsl("fmt", "--diff", ".", folder=folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("--- untidy.hg\n+++ untidy.hg\n@@ ")
    assert "-  first:text[1]=first_line(line)\n" in ended.out
    assert "+  first: text[1] = first_line(line)\n" in ended.out
    assert (folder / "untidy.hg").read_text(encoding="utf-8") == UNTIDY
    assert hdsl("fmt", "--diff", "--check", ".", folder=folder).code == 1


def test_a_diff_shows_a_missing_line_end(folder: Path) -> None:
    (folder / "open.hg").write_text(TIDY.rstrip("\n"), encoding="utf-8")
    assert "-}\n\\ No newline at end of file\n+}\n" in hdsl("fmt", "--diff", "open.hg", folder=folder).out


def test_a_file_that_does_not_parse_is_reported_and_left_and_the_others_are_laid_out(folder: Path) -> None:
    (folder / "broken.hg").write_text(BROKEN, encoding="utf-8")
    ended = hdsl("fmt", ".", folder=folder)
    assert (ended.code, ended.out) == (1, "")
    assert "error[HG002]" in ended.err and "broken.hg:3:13" in ended.err
    assert (folder / "broken.hg").read_text(encoding="utf-8") == BROKEN
    assert (folder / "untidy.hg").read_text(encoding="utf-8") == TIDY


def test_standard_input_goes_to_standard_output(folder: Path) -> None:
    assert hdsl("fmt", "-", folder=folder, stdin=UNTIDY.encode()) == Ended(0, TIDY, "")
    assert hdsl("fmt", "-", "--check", folder=folder, stdin=UNTIDY.encode()) == Ended(1, "-\n", "")
    broken = hdsl("fmt", "-", folder=folder, stdin=BROKEN.encode())
    assert (broken.code, broken.out) == (1, "")
    assert hdsl("fmt", "-", folder=folder, stdin=b"hdsl 1\n# \xff\n").code == 1
    assert hdsl("fmt", "-", "tidy.hg", folder=folder).code == 2


def test_the_line_ends_of_a_file_stay_and_its_byte_order_mark_goes(folder: Path) -> None:
    dos = TIDY.replace("\n", "\r\n").encode()
    (folder / "dos.hg").write_bytes(b"\xef\xbb\xbf" + dos)
    assert hdsl("fmt", "dos.hg", folder=folder).code == 0
    assert (folder / "dos.hg").read_bytes() == dos
    assert hdsl("fmt", "--check", "dos.hg", folder=folder).code == 0


def test_a_text_of_several_lines_keeps_the_line_ends_of_its_file(folder: Path) -> None:
    text = TIDY.replace("first_line(line)", 'llm(line, task="""One.\n\nTwo.""")')
    (folder / "dos.hg").write_bytes(text.replace("\n", "\r\n").encode())
    assert hdsl("fmt", "--check", "dos.hg", folder=folder).code == 0


def test_carriage_returns_alone_are_line_ends(folder: Path) -> None:
    (folder / "mac.hg").write_bytes(TIDY.replace("\n", "\r").encode())
    assert hdsl("fmt", "mac.hg", folder=folder).code == 0
    assert (folder / "mac.hg").read_bytes() == TIDY.encode()
    (folder / "mac.hg").write_bytes(
        f"# A comment.\n{TIDY}".replace("first_line", "no_such").replace("\n", "\r").encode()
    )
    assert "mac.hg:6:" in hdsl("check", "mac.hg", folder=folder).out


def test_an_excluded_file_that_is_named_is_left_out_only_if_that_is_forced(folder: Path) -> None:
    (folder / "hdsl.toml").write_text('exclude = ["untidy.hg"]\n', encoding="utf-8")
    for command in (("fmt", "--check"), ("check", "--strict")):
        assert hdsl(*command, ".", folder=folder).code == 0
        assert "untidy.hg" in hdsl("fmt", "--check", "untidy.hg", folder=folder).out
        assert hdsl(*command, "--force-exclude", "untidy.hg", "tidy.hg", folder=folder).code == 0


def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "link.hg").symlink_to("untidy.hg")
    assert hdsl("fmt", "link.hg", folder=folder).code == 0
    assert (folder / "link.hg").is_symlink()
    assert (folder / "untidy.hg").read_text(encoding="utf-8") == TIDY


def test_the_card_as_text_and_as_data(folder: Path) -> None:
    card = hdsl("card", folder=folder)
    assert (card.code, card.err) == (0, "")
    assert "```hg" in card.out
    operations = {operation["name"] for operation in hdsl("card", "--json", folder=folder).json["operations"]}
    assert {"expert", "recurrent", "send_text"} <= operations
    assert all(name in card.out for name in operations)


def test_the_grammar_for_each_who_reads_it(folder: Path) -> None:
    from hdsl.syntax.grammar import grammar_text

    assert hdsl("grammar", folder=folder) == Ended(0, grammar_text(), "")
    assert hdsl("grammar", "--for", "openai", folder=folder).out == grammar_text()
    assert hdsl("grammar", "--for", "gbnf", folder=folder).out.startswith("root ::=")
    unknown = hdsl("grammar", "--for", "yacc", folder=folder)
    assert (unknown.code, unknown.out) == (2, "")
