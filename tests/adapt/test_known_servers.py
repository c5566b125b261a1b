"""Servers that others wrote, as modules: the official file system server (npm) and time server (PyPI), for real.

`make test-servers` installs both in `build/servers` and runs this.
"""

import json
import runpy
from importlib.util import find_spec
from pathlib import Path

import pytest

from hdsl.cli.emitted import main
from tests.commands import REPOSITORY, Recorded, hdsl

SERVERS = REPOSITORY / "build" / "servers"
FILES = SERVERS / "node_modules" / ".bin" / "mcp-server-filesystem"
CLOCK = SERVERS / "venv" / "bin" / "mcp-server-time"
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(find_spec("mcp") is None, reason="mcp is not installed"),
    pytest.mark.skipif(not (FILES.exists() and CLOCK.exists()), reason="needs the servers of `make test-servers`"),
]

DESK = r"""hdsl 1

use "files.hg" as files

experience where: text -> files.ReadTextFile = [
  ("opening hours open", "When are you open?", "{\"path\": \"hours.txt\"}"),
  ("password users secret", "What is the password?", "{\"path\": \"/etc/passwd\"}"),
]

experience what: text -> files.WriteFile = [
  ("closed holiday", "Say that it is closed.", "{\"path\": \"hours.txt\", \"content\": \"closed\"}"),
]

# Answers questions from the files that say it.
harness answer(question: text[B]) -> text[B] {
  budget(llm_calls=1, seconds=60, per=[B])

  file:    files.ReadTextFile[B]       = expert(question, where)
  found:   files.ReadTextFileResult[B] = files.read_text_file(file)
  content: text[B]                     = "{found.content}"
  return content
}

# Writes what it is told, as often as it is told.
harness announce(request: text[1], T: dim = 2) -> text[1, T] {
  budget(llm_calls=2, seconds=120)

  requests: text[1, T]                  = expand(request, to=[1, T])
  file:     files.WriteFile[1, T]       = expert(requests, what)
  written:  files.WriteFileResult[1, T] = files.write_file(file)
  said:     text[1, T]                  = "{written.content}"
  return said
}
"""

TOKYO = r"""hdsl 1

use "clock.hg" as clock

experience when: text -> clock.ConvertTime = [
  ("noon Tokyo UTC", "What is noon UTC in Tokyo?",
    "{\"source_timezone\": \"Etc/UTC\", \"time\": \"12:00\", \"target_timezone\": \"Asia/Tokyo\"}"),
]

harness convert(question: text[1]) -> text[1] {
  budget(llm_calls=1, seconds=60)

  asked: clock.ConvertTime[1]       = expert(question, when)
  found: clock.ConvertTimeResult[1] = clock.convert_time(asked)
  said:  text[1]                    = "{found.time_difference} {found.target.timezone}"
  return said
}
"""


def test_the_file_system_server_of_the_npm_registry_is_a_module(tmp_path: Path) -> None:
    hours = tmp_path / "box" / "hours.txt"
    hours.parent.mkdir()
    hours.write_text("9 to 5\n")
    (tmp_path / "desk.hg").write_text(DESK)
    command = f"node {FILES} box"
    added = hdsl("add-tools", command, "--as", "files", "--trust-read-only", "read_text_file", folder=tmp_path)
    assert added.code == 0 and "secure-filesystem-server" in (tmp_path / "files.hg").read_text(), added.err
    operations = json.loads((tmp_path / "files.lock").read_text())["tools"]
    assert {"read_text_file", "write_file", "edit_file", "move_file", "directory_tree"} <= set(operations)
    checked = hdsl("check", "desk.hg", "files.hg", folder=tmp_path)
    assert checked.code == 0, checked.out

    asked = ("run", "desk.hg", "--harness", "answer", "--question", "When are you open?")
    ran = hdsl(*asked, "--question", "What is the password?", folder=tmp_path)
    assert ran.code == 3 and ran.out.startswith("9 to 5\n"), ran.err
    assert "access denied" in ran.err.lower()  # by the server: it was given one folder

    said = ("run", "desk.hg", "--harness", "announce", "--request", "Say that it is closed.")
    large = hdsl(*said, "--T", "3", folder=tmp_path)
    assert large.code == 4 and "the budget is 2 model calls" in large.err and hours.read_text() == "9 to 5\n"
    spent = hdsl(*said, "--max-calls", "1", folder=tmp_path)
    assert spent.code == 4 and hours.read_text() in ("9 to 5\n", "closed"), spent.err
    hours.write_text("9 to 5\n")
    (tmp_path / "hdsl.toml").write_text('[policy]\ndeny = ["mcp files write_*"]\n')
    denied = hdsl(*said, folder=tmp_path)
    assert denied.code == 3 and "`mcp files write_file` was not called" in denied.err, denied.err
    assert hours.read_text() == "9 to 5\n"
    assert hdsl(*asked, folder=tmp_path).out == "9 to 5\n\n"
    (tmp_path / "hdsl.toml").unlink()
    written = hdsl(*said, folder=tmp_path)
    assert written.code == 0 and hours.read_text() == "closed", written.err
    run = max((tmp_path / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert Recorded(run).json["bounds"]["llm_calls"] == {"bound": "2", "actual": 2}


def test_the_time_server_of_pypi_is_a_module_and_emitted_python_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tokyo.hg").write_text(TOKYO)
    added = hdsl("add-tools", str(CLOCK), "--as", "clock", folder=tmp_path)
    assert added.code == 0 and "mcp-time" in (tmp_path / "clock.hg").read_text(), added.err
    assert hdsl("check", "tokyo.hg", "clock.hg", folder=tmp_path).code == 0
    words = ["--question", "What is noon UTC in Tokyo?"]
    ran = hdsl("run", "tokyo.hg", *words, folder=tmp_path)
    assert (ran.code, ran.out) == (0, "+9.0h Asia/Tokyo\n"), ran.err
    emitted = hdsl("compile", "tokyo.hg", "--emit", "python", "--out", "tokyo.py", folder=tmp_path)
    assert emitted.code == 0, emitted.err
    monkeypatch.chdir(tmp_path)
    assert main(runpy.run_path("tokyo.py")["HARNESS"], words) == 0
    assert capsys.readouterr().out == "+9.0h Asia/Tokyo\n"
