"""What is kept of a run: run.json, the trace, the texts; and going on from it."""

import hashlib
import shutil
from pathlib import Path

import pytest

from hdsl.ground.json_lines import read_json_lines
from tests.commands import Recorded, hdsl, newest_run
from tests.servers.models import coder_model, reached
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


def test_a_record_says_what_ran_and_how_it_ended(one: Recorded, coder: Path) -> None:
    record = one.json
    source = (coder / "coder.hg").read_bytes()
    assert record["id"] == one.folder.name
    assert (record["state"], record["exit"], record["reason"]) == ("finished", 0, "")
    assert (record["file"], record["harness"]) == ("coder.hg", "coder")
    assert record["hash"] == hashlib.sha256(source).hexdigest()
    assert record["inputs"] == {"task": ["print hello world"]}
    assert (record["dims"], record["kernel"], record["resumed"]) == ({"T": 10}, "nearest", None)
    assert record["seconds"] > 0
    (element,) = record["result"]
    assert (element["node"], element["coordinates"], element["cause"]) == ("done.result", [0], "")
    assert "hello world" in element["text"].splitlines()


def test_a_record_sets_the_bounds_beside_what_was_needed(one: Recorded) -> None:
    record = one.json
    assert record["usage"]["calls"] == 4
    assert record["bounds"]["llm_calls"] == {"bound": "20", "actual": 4}
    assert record["bounds"]["by_node"] == {
        "done.action": {"bound": "10", "actual": 2},
        "done.keys": {"bound": "10", "actual": 2},
    }


def test_a_pull_is_one_line_with_its_text_by_content(one: Recorded) -> None:
    typed = next(pull for pull in one.trace if pull["node"] == "done.typed")
    assert one.text(typed) == "echo hello world"
    assert typed["text"] == hashlib.sha256(b"echo hello world").hexdigest()[:24]
    asked = next(pull for pull in one.trace if pull["node"] == "done.action")
    assert asked["usage"]["calls"] == 1
    judged = next(pull for pull in one.trace if pull["node"] == "done.checked")
    assert (judged["status"] < 0, judged["cause"]) == (True, "the prompt is not empty")


def test_each_text_is_kept_once(two: Recorded) -> None:
    kept = [line.value for line in read_json_lines(two.folder / "texts.jsonl")]
    assert len({line["text"] for line in kept}) == len(kept)
    asked = [line.value for line in read_json_lines(two.folder / "asked.jsonl")]
    named = {pull["text"] for pull in two.trace} | {each["answer"] for each in asked}
    named |= {text for each in asked for row in each["rows"] for text in row}
    named |= {text for each in asked for _, text in each["messages"]}
    assert {line["hash"] for line in kept} == named


def test_a_question_is_one_line_with_its_rows_and_its_prompt(one: Recorded) -> None:
    asked = [line.value for line in read_json_lines(one.folder / "asked.jsonl")]
    assert [each["place"] for each in asked][:2] == ["done.action[0, 0]", "done.keys[0, 0]"]
    texts = {line.value["hash"]: line.value["text"] for line in read_json_lines(one.folder / "texts.jsonl")}
    first = asked[0]
    assert texts[first["answer"]] == "text:print hello world"
    assert [role for role, _ in first["messages"]][-1] == "user"
    assert "print hello world" in texts[first["messages"][-1][1]]
    assert "text:print hello world" in [texts[value] for _, _, value in first["rows"]]


def test_what_was_answered_is_not_asked_again_and_what_was_written_is_written_again(coder: Path) -> None:
    with ScriptedServer(coder_model) as server:
        words = ["run", "coder.hg", "--task", "greet me", "--kernel", "openai"]
        assert hdsl(*words, folder=coder, environment=reached(server.url)).code == 0
        first = newest_run(coder)
        asked = len(server.requests)
        resumed = hdsl(*words, "--resume", first.json["id"], "--json", folder=coder, environment=reached(server.url))
        assert len(server.requests) == asked == 4
    again = newest_run(coder)
    assert resumed.code == 0
    assert resumed.json["usage"]["calls"] == 0
    assert again.json["resumed"] == first.json["id"] != again.json["id"]
    assert again.json["result"][0]["text"] == first.json["result"][0]["text"]
    assert {pull["node"] for pull in again.trace} == {pull["node"] for pull in first.trace}
    assert shell_of(again) != shell_of(first)


def test_a_run_that_a_server_stopped_goes_on_by_its_record_alone(coder: Path) -> None:
    replies = 0

    def two_replies(body: Body) -> Reply | str:
        nonlocal replies
        replies += 1
        return coder_model(body) if replies <= 2 else failure(401, "who are you")

    with ScriptedServer(two_replies) as server:
        words = ["run", "coder.hg", "--task", "greet me", "--kernel", "openai", "--T", "6"]
        stopped = hdsl(*words, folder=coder, environment=reached(server.url))
    assert (stopped.code, stopped.out) == (5, "")
    first = newest_run(coder)
    with ScriptedServer(coder_model) as server:
        resumed = hdsl("run", "--resume", first.json["id"], folder=coder, environment=reached(server.url))
        assert len(server.requests) == 2
    assert resumed.code == 0
    assert "good day" in resumed.out.splitlines()
    assert newest_run(coder).json["dims"] == {"T": 6}


def test_from_the_first_request_that_differs_the_kernel_is_asked(coder: Path) -> None:
    with ScriptedServer(coder_model) as server:
        words = ["run", "coder.hg", "--kernel", "openai", "--task"]
        assert hdsl(*words, "greet me", folder=coder, environment=reached(server.url)).code == 0
        name = newest_run(coder).json["id"]
        other = hdsl(*words, "greet us", "--resume", name, folder=coder, environment=reached(server.url))
        assert (other.code, len(server.requests)) == (0, 8)


def test_a_run_that_is_not_there_cannot_be_resumed(coder: Path) -> None:
    ended = hdsl("run", "coder.hg", "--resume", "yesterday", folder=coder)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("hdsl run: there is no run yesterday in ")


def test_a_record_of_another_signature_asks_for_the_inputs(coder: Path, one: Recorded) -> None:
    ended = hdsl("run", "coder.hg", "--resume", one.json["id"], "--harness", "coder", folder=coder)
    assert ended.code == 0
    (coder / "other.hg").write_text(
        "hdsl 1\n\nharness other(log: text[1]) -> text[1] {\n  cut: text[1] = first_line(log)\n  return cut\n}\n",
        encoding="utf-8",
    )
    ended = hdsl("run", "other.hg", "--resume", one.json["id"], folder=coder)
    assert (ended.code, ended.out) == (2, "")
    assert "usage: hdsl run other.hg --log" in ended.err


def shell_of(run: Recorded) -> str:
    """The handle of the run's session."""
    return next(run.text(pull) for pull in run.trace if pull["node"] == "shell")


def test_a_record_is_its_owners_alone_and_holds_no_secret(tmp_path: Path) -> None:
    secret = "s3cr3t-value-of-a-token"
    (tmp_path / "says.hg").write_text(
        'hdsl 1\n\nop say(line: text[*S]) -> text[*S] = "says:say"\n\n'
        "harness says(line: text[B]) -> text[B] {\n  first: text[B] = first_line(line)\n"
        "  said: text[B] = say(first)\n  out: text[B] = llm(said)\n  return out\n}\n",
        encoding="utf-8",
    )
    (tmp_path / "says.py").write_text("def say(line):\n    return f'{line} {len(line)}'\n", encoding="utf-8")
    with ScriptedServer(lambda body: f"you said: {body['messages'][-1]['content']}") as server:
        environment = {**reached(server.url), "HDSL_KERNEL": "openai", "DEMO_TOKEN": secret}
        ended = hdsl("run", "says.hg", "--line", f"use {secret}", folder=tmp_path, environment=environment)
        assert ended.code == 0
        assert f"use [secret] {len('use [secret]')}" in ended.out
        assert secret not in ended.out + ended.err
        run = newest_run(tmp_path)
        again = hdsl("run", "says.hg", "--resume", run.json["id"], folder=tmp_path, environment=environment)
        assert (again.code, len(server.requests)) == (2, 1)
        assert "--line held a secret, which the record does not have" in again.err
    files = [file for file in run.folder.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"run.json", "trace.jsonl", "texts.jsonl", "answers.jsonl", "pack.sqlite"}
    assert [file.name for file in files if secret.encode() in file.read_bytes()] == []
    assert run.folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("run.json", "[1]", "cannot be read"),
        ("run.json", '{"file": 3}', "cannot be read"),
        ("answers.jsonl", '{"place": "x"}\n', 'answers.jsonl:1: an answer needs "request"'),
        ("answers.jsonl", "[]\n", 'answers.jsonl:1: an answer needs "place"'),
    ],
)
def test_a_record_that_was_edited_by_hand_is_named(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / "a.hg").write_text(
        "hdsl 1\n\nharness a(line: text[1]) -> text[1] {\n  out: text[1] = first_line(line)\n  return out\n}\n",
        encoding="utf-8",
    )
    assert hdsl("run", "a.hg", "--line", "x", folder=tmp_path).code == 0
    run = newest_run(tmp_path).folder
    (run / name).write_text(content, encoding="utf-8")
    ended = hdsl("run", "--resume", run.name, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert reason in ended.err and str(run) in ended.err
