"""The acp kernel: an agent's files, terminals and permissions; faults of agents, limits, and that nothing is left."""

import asyncio
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import load_settings
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Answer, KernelUnreachable, LimitReached, Request
from tests.commands import hdsl

pytestmark = pytest.mark.skipif(find_spec("acp") is None, reason="needs pip install 'hdsl[acp]'")
SERVERS = Path(__file__).parents[1] / "servers"
FAULTS = ("crash", "version", "login", "endless", "costly", "shape", "garbage", "refuse")


def table(name: str, script: str, *words: str, **more: object) -> str:
    command = " ".join([sys.executable, str(SERVERS / script), *words])
    values = {"kernel": "acp", "acp_command": command, **more}
    return f"[kernels.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


async def asked(folder: Path, *models: str) -> list[Answer | BaseException]:
    kernel = make_kernel(load_settings(folder), models)
    try:
        questions = (kernel.answer(Request("llm", "the input", task="Try it.", model=model)) for model in models)
        return await asyncio.gather(*questions, return_exceptions=True)
    finally:
        await kernel.close()


def test_an_agent_works_in_its_folder_and_in_terminals_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("MY_TOKEN", "tok-9f8e7d6c5b4a")
    monkeypatch.setenv("THEIR_KEY", "key-1a2b3c4d5e6f")
    (tmp_path / "hdsl.toml").write_text(table("peer", "acp_agent.py", api_key_env="THEIR_KEY"))
    (answer,) = asyncio.run(asked(tmp_path, "peer"))
    assert isinstance(answer, Answer), answer
    found = json.loads(answer.text)
    assert "Try it." in found["prompt"] and "answer.txt" in found["prompt"]
    assert (found["secret"], found["input"]) == (None, "the input")
    assert found["key"] == "key-1a2b3c4d5e6f"
    assert found["exit"] == [3, "a\nb", False]
    assert found["words"][:2] == [0, "a b|$HOME|"]
    assert found["variable"][1] == "a 'b'"
    assert found["state"][0] == 0 and found["state"][1].strip().endswith("/work")
    assert found["cut"] == [0, "\n1000", True]
    assert found["killed"] == [None, "SIGKILL"]
    for refused in ("outside", "above", "git", "denied", "elsewhere", "gone"):
        assert str(found[refused]).startswith("error: "), (refused, found[refused])
    may = {name: said for name, said in found.items() if name.startswith("may ")}
    assert may == {
        "may ls": "allow_once",
        "may rm": "reject_once",
        "may edit": "allow_once",
        "may edit outside": "reject_once",
        "may edit nothing": "reject_once",
        "may fetch": "reject_once",
    }
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (50, 20)
    with pytest.raises(ProcessLookupError):
        os.kill(found["orphan"], 0)
    assert not list(tmp_path.glob("hdsl-agent-*"))


def test_what_is_wrong_with_an_agent_is_said(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("HDSL_AGENT_TURNS", "3")
    (tmp_path / "hdsl.toml").write_text("\n".join(table(how, "acp_faults.py", how) for how in FAULTS))
    found = dict(zip(FAULTS, asyncio.run(asked(tmp_path, *FAULTS)), strict=True))
    for how, kind, said in (
        ("crash", KernelUnreachable, "exit code 1: boom"),
        ("version", KernelUnreachable, "speaks version 9"),
        ("login", KernelUnreachable, "not logged in: Authentication required"),
        ("endless", LimitReached, "agent_turns"),
        ("costly", LimitReached, "agent_cost"),
        ("shape", KernelUnreachable, "another form than the protocol's"),
    ):
        assert isinstance(found[how], kind) and said in str(found[how]), (how, found[how])
    assert "refused" in found["refuse"].refused
    assert "it said: I thought about it." in found["garbage"].refused
    assert "Traceback" not in capfd.readouterr().err


def test_a_command_that_cannot_be_used_is_said_before_anything_is_asked(tmp_path):
    (tmp_path / "a.hg").write_text(
        "hdsl 1\n\nharness a(x: text[1]) -> text[1] {\n  y: text[1] = llm(x)\n  return y\n}\n"
    )
    for command, said in (("", "needs the command"), ("'", "is not a command"), ("no-such-agent --acp", "no program")):
        (tmp_path / "hdsl.toml").write_text(f'kernel = "acp"\nacp_command = "{command}"\n')
        with pytest.raises(SettingsError, match=said):
            make_kernel(load_settings(tmp_path))
    ran = hdsl("run", "a.hg", "--x", "x", "--kernel", "acp", folder=tmp_path)
    assert (ran.code, "no-such-agent" in ran.err, "Traceback" in ran.err) == (2, True, False)


def test_what_an_agent_did_is_captured_and_a_fresh_coder_does_it_again(tmp_path):
    goal = "Count the fruits in the basket file"
    agent = (sys.executable, str(SERVERS / "acp_faults.py"), "works")
    captures = {"HDSL_CAPTURES": str(tmp_path / "captures")}
    ran = hdsl("capture", "acp", "--goal", goal, *agent, folder=tmp_path, environment=captures)
    assert (ran.code, ran.out) == (0, "Three fruits.\n"), ran.err
    assert (tmp_path / "basket.txt").read_text() == "apple\npear\nplum\n"
    (trajectory,) = tmp_path.glob("captures/*/trajectory.json")
    written = "".join(path.read_text() for path in (tmp_path / "captures").rglob("*") if path.is_file())
    assert "Ab3Ab3" not in written and "[secret]" in written
    shown = hdsl("sessions", "show", str(trajectory), "--json", folder=tmp_path).json["sessions"][0]
    assert shown["goal"] == goal
    assert [step["text"] for step in shown["steps"][1:2]] == ["Write three fruits to the basket"]
    imported = hdsl("sessions", "import", str(tmp_path / "captures"), "--out", "learned", folder=tmp_path)
    assert (imported.json["calls"], imported.json["kept"], imported.json["avoided"]) == (5, 3, 1), imported.json
    again = tmp_path / "again"
    again.mkdir()
    done = hdsl("run", str(tmp_path / "learned" / "coder.hg"), "--task", goal, folder=again)
    assert (done.code, (again / "basket.txt").read_text()) == (0, "apple\npear\nplum\n"), done.err
