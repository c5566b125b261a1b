"""An agent that speaks the Agent Client Protocol: its files go through us, its commands run in terminals of ours."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, hdsl

AGENT = REPOSITORY / "tests" / "servers" / "acp_agent.py"
TIDY = """hdsl 1

harness tidy(request: text[1]) -> text[1] {
  budget(llm_calls=20)

  done: text[1] = agent(request, task="Tidy up.", folder="project", calls=20)
  return done
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "secret.txt").write_text("no")
    (tmp_path / "tidy.hg").write_text(TIDY)
    program = tmp_path / "agent"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -I -S {AGENT} {tmp_path}/script\n")
    program.chmod(0o700)
    return tmp_path


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_its_files_are_in_the_folder_and_its_commands_in_our_terminals(folder: Path) -> None:
    project = str(folder / "project")
    options = [{"optionId": "yes", "kind": "allow_once"}, {"optionId": "no", "kind": "reject_once"}]
    script = [
        ["fs/read_text_file", {"path": f"{project}/a.txt", "line": 2, "limit": 1}],
        ["fs/read_text_file", {"path": str(folder / "secret.txt")}],
        ["fs/write_text_file", {"path": f"{project}/b.txt", "content": "four\n"}],
        ["fs/write_text_file", {"path": f"{project}/.git/hooks/pre-commit", "content": "x"}],
        ["session/request_permission", {"toolCall": {"kind": "edit"}, "options": options}],
        ["session/request_permission", {"toolCall": {"kind": "fetch"}, "options": options}],
        ["terminal/create", {"command": "sh", "args": ["-c", "cat b.txt; exit 3"]}],
        ["terminal/wait_for_exit", {}],
        ["terminal/output", {}],
        ["terminal/release", {}],
        ["terminal/create", {"command": "rm -rf /"}],
        ["terminal/wait_for_exit", {}],
        ["terminal/output", {}],
        ["terminal/create", {"command": "ls", "cwd": "/"}],
        ["unknown/method", {}],
    ]
    (folder / "script").write_text(json.dumps(script))
    environment = {"HDSL_AGENT_PROTOCOL": "acp", "HDSL_AGENT_PROGRAM": str(folder / "agent")}
    ended = hdsl(*("run", "tidy.hg", "--request", "x", "--kernel", "agent"), folder=folder, environment=environment)
    assert (ended.code, ended.out) == (0, "It is done.\n"), ended.err
    prompt, read, outside, wrote, hook, edit, fetch, first, exited, shown, _, second, _, refused, root, unknown = (
        json.loads((folder / "results").read_text())
    )
    assert "Tidy up." in prompt and read == {"content": "two\n"}
    assert "nothing else may be touched" in outside["message"] and "may not be changed" in hook["message"]
    assert wrote == {} and (folder / "project" / "b.txt").read_text() == "four\n"
    assert (edit["outcome"]["optionId"], fetch["outcome"]["optionId"]) == ("yes", "no")
    assert exited["exitCode"] == 3 and "four" in shown["output"] and first != second
    assert "recursive-delete" in refused["output"]
    assert "not in the working folder" in root["message"] and "there is no" in unknown["message"]


def test_it_is_stopped_at_the_calls_of_its_node(folder: Path) -> None:
    (folder / "script").write_text(json.dumps([["unknown/method", {}]] * 40))
    environment = {"HDSL_AGENT_PROTOCOL": "acp", "HDSL_AGENT_PROGRAM": str(folder / "agent")}
    ended = hdsl(*("run", "tidy.hg", "--request", "x", "--kernel", "agent"), folder=folder, environment=environment)
    assert ended.code == 3 and "not done after 20 calls" in ended.err, ended.err
    assert not (folder / "results").exists()


def test_what_is_missing_is_said(folder: Path) -> None:
    words = ("run", "tidy.hg", "--request", "x", "--kernel", "agent")
    unset = hdsl(*words, folder=folder, environment={"HDSL_AGENT_PROTOCOL": "acp"})
    assert unset.code == 2 and "agent_program" in unset.err
    gone = {"HDSL_AGENT_PROTOCOL": "acp", "HDSL_AGENT_PROGRAM": "/no/agent"}
    ended = hdsl(*words, folder=folder, environment=gone)
    assert ended.code == 5 and "/no/agent" in ended.err and "Traceback" not in ended.err
