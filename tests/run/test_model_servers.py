"""A batch against a model server from the command line: exit codes, what is shown, and what is kept."""

from pathlib import Path

import pytest

from tests.commands import Ended, hdsl
from tests.servers.models import reached, user
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

ASKING = """hdsl 1

harness ask(question: text[B]) -> text[B] {
  answer: text[B] = llm(question, task="Answer it.")
  return answer
}
"""
KEY = "sk-planted-key-of-a-test"


def asked(folder: Path, server: ScriptedServer, *questions: str, **environment: str) -> Ended:
    (folder / "ask.hg").write_text(ASKING)
    words = [word for question in questions for word in ("--question", question)]
    variables = {**reached(server.url), "OPENAI_API_KEY": KEY, "HDSL_RETRIES": "0", **environment}
    return hdsl("run", "ask.hg", *words, "--kernel", "openai", folder=folder, environment=variables)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (failure(400, "prompt is too long: 9 tokens > 8 maximum"), "prompt is too long"),
        (Reply(body='{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}'), "called a tool"),
        (Reply(body='{"choices": {}}'), "holds no answer of a model"),
        (Reply(body='{"error": {"message": "it broke"}}'), "it broke"),
        (Reply(body="[" * 100_000), "nested too deeply"),
    ],
)
def test_one_element_fails_and_the_others_are_answered(tmp_path: Path, reply: Reply, cause: str) -> None:
    def script(body: Body) -> Reply | str:
        return reply if "odd one" in user(body) else "fine"

    with ScriptedServer(script) as server:
        ended = asked(tmp_path, server, "first", "odd one", "last")
    assert ended.code == 3
    assert f"ask [1] failed: {cause}" in ended.err or cause in ended.err
    assert "3 model calls" in ended.err
    assert ended.out.count("fine") == 2
    assert "Traceback" not in ended.err and "Error:" not in ended.err


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (failure(404, 'model "x" not found, try pulling it first'), "set HDSL_MODEL to a model of this server"),
        (
            failure(401, f"Incorrect API key provided: {KEY}"),
            "Incorrect API key provided: [secret]; set OPENAI_API_KEY",
        ),
        (failure(429, "You exceeded your current quota, please check your plan"), "no quota left"),
        (Reply(body="<html><title>Log in</title></html>", content_type="text/html"), "'Log in'"),
        (failure(503, "\x1b]52;c;b3duZWQ=\x07overloaded"), r"\x1b]52;c;b3duZWQ=\x07overloaded"),
    ],
)
def test_what_concerns_every_element_ends_the_run(tmp_path: Path, reply: Reply, words: str) -> None:
    with ScriptedServer([reply]) as server:
        ended = asked(tmp_path, server, "first", "second")
    assert ended.code == 5
    assert words in ended.err
    assert "\x1b" not in ended.err
    written = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert written
    assert all(KEY.encode() not in path.read_bytes() for path in written)
    assert KEY not in ended.err


def test_a_proxy_that_cannot_be_used_is_wrong_usage(tmp_path: Path) -> None:
    with ScriptedServer(["fine"]) as server:
        variables = {"OPENAI_BASE_URL": "https://far.example/v1", "ALL_PROXY": "socks5://127.0.0.1:1080"}
        ended = asked(tmp_path, server, "first", **variables)
    assert ended.code == 2
    assert "a socks5:// proxy cannot be used" in ended.err
    assert ended.err.count("\n") == 1


def test_the_variables_of_other_programs_are_enough(tmp_path: Path) -> None:
    (tmp_path / "ask.hg").write_text(ASKING)
    with ScriptedServer(["fine"]) as server:
        variables = {"LLM_BASE_URL": server.url, "LLM_MODEL": "theirs", "LLM_API_KEY": KEY}
        ended = hdsl("run", "ask.hg", "--question", "x", "--kernel", "openai", folder=tmp_path, environment=variables)
    assert (ended.code, ended.out) == (0, "fine\n")
    assert server.requests[0]["model"] == "theirs"
    assert server.authorizations == [f"Bearer {KEY}"]
