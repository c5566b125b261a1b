"""Every command with paths and files that are not what they should be: an exit code, a sentence, no traceback."""

import os
from pathlib import Path

import pytest

from tests.commands import Ended, finish, hdsl, start

OF_PATHS = ("check", "fmt", "test")
OF_A_FILE = ("graph", "cost", "run")
COMMANDS = OF_PATHS + OF_A_FILE

FAULTS = {
    "empty.hg": ("HG004", "empty.hg:1:1"),
    "string.hg": ("HG001", "string.hg:3:47"),
    "brace.hg": ("HG002", "brace.hg:3:40"),
    "deep.hg": ("HG001", "deep.hg:3:"),
    "null.hg": ("HG802", "null.hg:2:1"),
    "latin.hg": ("HG802", "latin.hg:2:6"),
    "binary.hg": ("HG802", "binary.hg:2:"),
    "big.hg": ("HG805", "big.hg:1:1"),
    "dense.hg": ("HG805", "dense.hg:1:1"),
}

NOT_SYNTAX = {
    "wrong.hg": ("HG109", "wrong.hg:4:20"),
    "loads.hg": ("HG803", "rows.jsonl:7:27"),
    "one.hg": ("HG111", "one.hg:"),
}


def findings(command: str, ended: Ended) -> str:
    """What was found: the result of `check`, the reason of any other's failure."""
    if command == "check":
        assert ended.err == ""
        return ended.out
    assert ended.out == ""
    return ended.err


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_no_program_is_reported_at_its_place(files: Path, command: str, name: str) -> None:
    ended = hdsl(command, name, folder=files)
    code, place = FAULTS[name]
    assert ended.code == 1
    assert f"error[{code}]" in findings(command, ended)
    assert place in findings(command, ended)


@pytest.mark.parametrize("name", NOT_SYNTAX)
@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "fmt"])
def test_a_program_that_does_not_check_is_neither_shown_nor_run(files: Path, command: str, name: str) -> None:
    ended = hdsl(command, name, folder=files)
    code, place = NOT_SYNTAX[name]
    assert ended.code == 1
    assert f"error[{code}]" in findings(command, ended)
    assert place in findings(command, ended)
    if command != "check":
        assert ended.err.endswith(f"hdsl {command}: {name} does not check\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_path_that_is_not_there(files: Path, command: str) -> None:
    assert hdsl(command, "missing.hg", folder=files) == Ended(2, "", f"hdsl {command}: there is no file missing.hg\n")


@pytest.mark.parametrize("command", OF_PATHS)
def test_a_folder_without_programs(files: Path, command: str) -> None:
    assert hdsl(command, "folder", folder=files) == Ended(2, "", f"hdsl {command}: there is no .hg file in folder\n")


@pytest.mark.parametrize("command", OF_A_FILE)
def test_a_folder_where_a_file_is_wanted(files: Path, command: str) -> None:
    said = f"hdsl {command}: folder is a folder; name a .hg file\n"
    assert hdsl(command, "folder", folder=files) == Ended(2, "", said)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_cannot_be_read(tmp_path: Path, command: str) -> None:
    path = tmp_path / "closed.hg"
    path.write_text("hdsl 1\n", encoding="utf-8")
    path.chmod(0)
    said = f"hdsl {command}: closed.hg cannot be opened: Permission denied\n"
    assert hdsl(command, "closed.hg", folder=tmp_path) == Ended(2, "", said)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_its_path_shows_its_usage(files: Path, command: str) -> None:
    ended = hdsl(command, folder=files)
    assert (ended.code, ended.out) == (2, "")
    assert "PATH" in ended.err or "FILE" in ended.err


@pytest.mark.parametrize("command", [*OF_PATHS, "graph", "cost", "explain", "card", "grammar"])
def test_an_option_that_there_is_not(files: Path, command: str) -> None:
    ended = hdsl(command, "twin.hg", "--colour", "blue", folder=files)
    assert (ended.code, ended.out) == (2, "")
    assert "--colour" in ended.err


@pytest.mark.parametrize(
    "command", ["check", "fmt", "explain", "graph", "cost", "run", "test", "experience", "card", "grammar"]
)
def test_the_help_of_a_command_shows_an_example(files: Path, command: str) -> None:
    ended = hdsl(command, "--help", folder=files)
    assert (ended.code, ended.err) == (0, "")
    assert f"example: hdsl {command}" in ended.out


def test_a_command_that_there_is_not(files: Path) -> None:
    said = "hdsl: unknown command `chekc`. Did you mean `check`?\n"
    assert hdsl("chekc", "twin.hg", folder=files) == Ended(2, "", said)
    assert hdsl("zzz", folder=files) == Ended(2, "", "hdsl: unknown command `zzz`. `hdsl --help` lists them.\n")


def test_no_command_at_all_shows_the_commands(files: Path) -> None:
    ended = hdsl(folder=files)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == hdsl("--help", folder=files).out
    assert "\n  check " in ended.err


def test_the_version(files: Path) -> None:
    from hdsl import __version__

    assert hdsl("--version", folder=files) == Ended(0, f"hdsl {__version__}\n", "")


def test_an_unknown_code_has_no_page(files: Path) -> None:
    ended = hdsl("explain", "HG99", folder=files)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("hdsl explain: unknown code HG99. ")
    assert hdsl("explain", "unclosed-bracket", folder=files).out == hdsl("explain", "HG002", folder=files).out


def test_a_reader_that_has_gone_is_no_fault(files: Path) -> None:
    process = start("explain", "--all", folder=files)
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert finish(process) == Ended(0, "", "")
