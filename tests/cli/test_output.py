"""What commands print: by one module, byte-exact where nobody looks, safe on a terminal, to any stream."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import warm
from tests.commands import REPOSITORY, finish, hdsl, start_cold

NASTY = "\x1b]52;c;ZXZpbA==\x07evil\x1b[2J"
PROGRAM = """hdsl 1

op say(line: text[*S]) -> text[*S] = "says:say"

harness says(line: text[B]) -> text[B] {
  out: text[B] = say(line)
  return out
}
"""
SAYS = f"""
def say(line):
    if line == "bad":
        raise ValueError({NASTY!r})
    return line.replace("nasty", {NASTY!r}) + "é"
"""


@pytest.fixture
def says(tmp_path: Path) -> Path:
    (tmp_path / "says.hg").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "says.py").write_text(SAYS, encoding="utf-8")
    return tmp_path


def test_no_other_module_of_the_commands_prints() -> None:
    printing = re.compile(r"(?<![\w.])print\(|sys\.std(?:out|err)\.write|\.buffer\.write")
    files = [file for file in (REPOSITORY / "hdsl" / "cli").glob("*.py") if file.name != "output.py"]
    assert len(files) > 20
    assert [file.name for file in files if printing.search(file.read_text(encoding="utf-8"))] == []


def test_a_batch_prints_each_element_in_its_place(says: Path) -> None:
    ended = hdsl("run", "says.hg", "--line", "a", "--line", "bad", "--line", "c", folder=says)
    assert (ended.code, ended.out) == (3, "aé\n\ncé\n")
    assert ended.err.startswith("hdsl run: says [1] failed: ValueError: \\x1b]52;c;ZXZpbA==\\x07evil\\x1b[2J\n")


def test_a_result_is_byte_exact_where_stdout_is_no_terminal(says: Path) -> None:
    assert hdsl("run", "says.hg", "--line", "nasty", folder=says).out == f"{NASTY}é\n"


def test_a_result_cannot_act_on_a_terminal(says: Path) -> None:
    master, terminal = pty.openpty()
    words = ["-m", "hdsl", "run", "says.hg", "--line", "nasty", "--line", "bad"]
    process = warm.start(words, says, stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""
    ends = time.monotonic() + 100
    while time.monotonic() < ends and select.select([master], [], [], 100)[0]:
        try:
            shown += os.read(master, 4096)
        except OSError:
            break
    assert process.wait() == 3
    assert b"\\x1b]52;c;ZXZpbA==\\x07evil\\x1b[2J" in shown
    assert b"\x1b]52" not in shown and b"\x1b[2J" not in shown


@pytest.mark.parametrize(
    "encoding",
    [{"PYTHONIOENCODING": "ascii"}, pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0"}, marks=pytest.mark.slow)],
)
def test_a_stream_without_letters_ends_no_run(says: Path, encoding: dict[str, str]) -> None:
    environment = {"PYTHONCOERCECLOCALE": "0", **encoding}
    ended = finish(start_cold("run", "says.hg", "--line", "a", folder=says, environment=environment))
    assert (ended.code, ended.out) == (0, "a\\xe9\n")


@pytest.mark.parametrize(
    ("shell", "reason"),
    [
        (">/dev/full", "the output cannot be written: No space left on device; the result is in runs/"),
        pytest.param(">&-", "there is no standard output to write to; the result is in runs/", marks=pytest.mark.slow),
    ],
)
def test_a_result_that_cannot_be_printed_is_in_the_record(says: Path, shell: str, reason: str) -> None:
    command = f'"{sys.executable}" -m hdsl run says.hg --line a {shell}'
    ended = subprocess.run(["sh", "-c", command], cwd=says, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"hdsl run: {reason}")
