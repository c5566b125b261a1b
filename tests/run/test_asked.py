"""Who is asked and what it may cost, from the command line: kernels by name, limits, prices, recordings, the cache."""

import json
from pathlib import Path

import pytest

from tests.commands import Ended, hdsl, newest_run
from tests.servers.models import reached
from tests.servers.scripted_openai import Body, Reply, ScriptedServer

ASKING = """hdsl 1

harness ask(question: text[B]) -> text[B] {
  answer: text[B] = llm(question, task="Answer it.")
  return answer
}
"""
KEY = "sk-planted-key-of-a-test"


def spoken(content: str, prompt_tokens: int = 100, completion_tokens: int = 10) -> Reply:
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return Reply(body=json.dumps({"choices": [choice], "usage": usage}))


def asked(folder: Path, server: ScriptedServer, questions: int, *words: str, **environment: str) -> Ended:
    (folder / "ask.hg").write_text(ASKING)
    inputs = [word for number in range(questions) for word in ("--question", f"question {number}")]
    variables = {**reached(server.url), "OPENAI_API_KEY": KEY, "HDSL_CONCURRENCY": "1", **environment}
    given = words if "--kernel" in words else (*words, "--kernel", "openai")
    return hdsl("run", "ask.hg", *inputs, *given, folder=folder, environment=variables)


def test_a_run_says_its_tokens_and_at_prices_its_cost(tmp_path: Path) -> None:
    prices = {"HDSL_INPUT_PRICE": "2", "HDSL_OUTPUT_PRICE": "10"}
    with ScriptedServer(lambda body: spoken("fine")) as server:
        ended = asked(tmp_path, server, 2, "--json", **prices)
    assert ended.json["usage"]["prompt_tokens"] == 200
    assert ended.json["usage"]["cost"] == pytest.approx(0.0006)
    assert "200 + 20 tokens, cost 0.0006" in ended.err
    record = newest_run(tmp_path).json
    assert record["usage_by_node"]["answer"]["cost"] == pytest.approx(0.0006)
    assert sum(pull.get("usage", {}).get("cost", 0) for pull in newest_run(tmp_path).trace) == pytest.approx(0.0006)


@pytest.mark.parametrize(
    ("limit", "answered", "reason"),
    [
        (("--max-calls", "2"), 2, "limit of 2 model calls"),
        (("--max-tokens", "700"), 5, "of 700 tokens are spent"),
        (("--max-cost", "0.002"), 5, "of 0.002 is spent"),
    ],
)
def test_a_limit_stops_before_the_call_that_could_pass_it(
    tmp_path: Path, limit: tuple[str, str], answered: int, reason: str
) -> None:
    prices = {"HDSL_INPUT_PRICE": "2", "HDSL_OUTPUT_PRICE": "10"}
    with ScriptedServer(lambda body: spoken("fine")) as server:
        ended = asked(tmp_path, server, 8, *limit, **prices)
    assert ended.code == 4
    usage = newest_run(tmp_path).json["usage"]
    assert usage["calls"] == len(server.requests) >= answered
    assert reason in ended.err and limit[0] in ended.err
    most = {"--max-calls": "calls", "--max-cost": "cost"}.get(limit[0])
    spent = usage[most] if most else usage["prompt_tokens"] + usage["completion_tokens"]
    assert spent <= float(limit[1])


def test_an_answer_has_no_more_than_what_is_left_and_a_cut_one_ends_the_run(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        longest = int(body["max_tokens"])
        cut = longest < 1024
        reply = json.loads(str(spoken("word " * 5, 100, longest).body))
        reply["choices"][0]["finish_reason"] = "length" if cut else "stop"
        return Reply(body=json.dumps(reply))

    with ScriptedServer(script) as server:
        ended = asked(tmp_path, server, 4, "--max-tokens", "2000")
    assert ended.code == 4
    usage = newest_run(tmp_path).json["usage"]
    assert usage["prompt_tokens"] + usage["completion_tokens"] <= 2000
    assert [request["max_tokens"] < 1024 for request in server.requests] == [False, True]


def test_what_was_answered_before_a_limit_is_not_asked_again(tmp_path: Path) -> None:
    with ScriptedServer(lambda body: spoken("fine")) as server:
        assert asked(tmp_path, server, 4, "--max-calls", "2").code == 4
        run = newest_run(tmp_path).folder.name
        ended = asked(tmp_path, server, 4, "--resume", run)
    assert ended.code == 0
    assert len(server.requests) == 4


def test_a_limit_of_cost_needs_prices(tmp_path: Path) -> None:
    with ScriptedServer(lambda body: spoken("fine")) as server:
        ended = asked(tmp_path, server, 1, "--max-cost", "1")
    assert ended.code == 2
    assert "input_price" in ended.err
    assert not server.requests


@pytest.mark.parametrize("limit", [("--max-calls", "0"), ("--max-tokens", "x"), ("--max-cost", "-1")])
def test_a_limit_that_is_none_is_wrong_usage(tmp_path: Path, limit: tuple[str, str]) -> None:
    with ScriptedServer([]) as server:
        assert asked(tmp_path, server, 1, *limit).code == 2


def test_a_recording_answers_without_the_server_and_is_the_same_each_time(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        return spoken(f"{KEY} fine\nfor {body['messages'][-1]['content'][-40:]}")

    with ScriptedServer(script) as server:
        first = asked(tmp_path, server, 3, "--record", "kept.jsonl", HDSL_CONCURRENCY="3")
        again = asked(tmp_path, server, 3, "--record", "again.jsonl", HDSL_CONCURRENCY="3")
    assert (first.code, again.code) == (0, 0)
    kept = (tmp_path / "kept.jsonl").read_text()
    assert kept == (tmp_path / "again.jsonl").read_text()
    assert KEY not in kept
    lines = [json.loads(line) for line in kept.splitlines()]
    assert [line["place"] for line in lines] == ["answer[0]", "answer[1]", "answer[2]"]
    assert lines[0]["asked"] == {"kind": "llm", "input": "question 0", "task": "Answer it.", "name": "answer"}
    assert (tmp_path / "kept.jsonl").stat().st_mode & 0o777 == 0o600
    with ScriptedServer([]) as server:
        replayed = asked(tmp_path, server, 3, "--kernel", "replay:kept.jsonl")
    assert replayed.code == 0
    assert replayed.out == first.out
    assert not server.requests


def test_a_question_that_was_not_recorded_is_shown_beside_the_closest_one(tmp_path: Path) -> None:
    with ScriptedServer(lambda body: spoken("fine")) as server:
        asked(tmp_path, server, 2, "--record", "kept.jsonl")
        (tmp_path / "hdsl.toml").write_text('kernel = "replay:kept.jsonl"\n')
        (tmp_path / "ask.hg").write_text(ASKING.replace("Answer it.", "Answer it soon."))
        ended = hdsl("run", "ask.hg", "--question", "question 1", folder=tmp_path)
    assert ended.code == 5
    assert "line 2 (`answer[1]`)" in ended.err
    assert "task differs at character 10: recorded 'Answer it.', asked 'Answer it soon.'" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        ("{\n", ":1: not JSON"),
        ('{"place": "x"}\n', 'needs "asked"'),
        ('{"place": "x", "asked": {}, "answer": "", "usage": {"calls": "x"}}\n', "whole numbers"),
    ],
)
def test_a_recording_that_cannot_be_used_is_wrong_usage(tmp_path: Path, content: str | None, why: str) -> None:
    (tmp_path / "ask.hg").write_text(ASKING)
    if content is not None:
        (tmp_path / "kept.jsonl").write_text(content + ("{}\n" if content == "{\n" else ""))
    ended = hdsl("run", "ask.hg", "--question", "x", "--kernel", "replay:kept.jsonl", folder=tmp_path)
    assert ended.code == 2
    assert why in ended.err
    assert not (tmp_path / "runs").exists()


def test_the_cache_gives_an_answer_again_to_the_same_question_alone(tmp_path: Path) -> None:
    cached = {"HDSL_CACHE": "true", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with ScriptedServer(lambda body: spoken(f"as {KEY} says")) as server:
        first = asked(tmp_path, server, 2, **cached)
        again = asked(tmp_path, server, 2, "--json", **cached)
        assert len(server.requests) == 2
        asked(tmp_path, server, 2, HDSL_TEMPERATURE="0.5", **cached)
        assert len(server.requests) == 4
        asked(tmp_path, server, 2)
        assert len(server.requests) == 6
    assert first.code == again.code == 0
    assert again.json["usage"] == {**first_usage(), "cached": 2}
    assert "0 model calls, 2 from the cache" in again.err
    kept = tmp_path / "cache" / "hdsl" / "answers.sqlite"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert KEY.encode() not in kept.read_bytes()


def first_usage() -> dict[str, float]:
    return {"calls": 0, "retries": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0}


def test_a_kernel_of_a_name_is_asked_at_its_own_server_with_its_own_key(tmp_path: Path) -> None:
    with ScriptedServer(lambda body: spoken("small")) as small, ScriptedServer(lambda body: spoken("top")) as top:
        (tmp_path / "hdsl.toml").write_text(
            f'[kernels.small]\nmodel = "tiny"\nbase_url = "{small.url}"\napi_key_env = "SMALL_KEY"\n'
        )
        ended = asked(tmp_path, top, 1, "--kernel", "small", SMALL_KEY="small-secret-key")
        assert (ended.code, ended.out.strip()) == (0, "small")
        assert small.authorizations == ["Bearer small-secret-key"]
        assert small.requests[0]["model"] == "tiny"
        missing = asked(tmp_path, top, 1, "--kernel", "small")
        assert missing.code == 5
        assert "set SMALL_KEY" in missing.err
        unknown = asked(tmp_path, top, 1, "--kernel", "smal")
        assert unknown.code == 2
        assert "did you mean 'small'" in unknown.err
        assert not top.requests


TRAINED = """hdsl 1

experience known: text -> text = []

harness ask(question: text[1]) -> text[1] {
  answer: text[1] = expert(question, known, task="Answer it.")
  return answer
}

train ask {
  data = load("pairs.jsonl")
  loss = edit_distance
  valid = 0
  keep = "always"
  epochs = 2
  batch = 1
}
"""


def trained(folder: Path, server: ScriptedServer, *words: str) -> Ended:
    (folder / "ask.hg").write_text(TRAINED)
    pairs = [{"question": f"question {number}", "expected": "fine"} for number in range(3)]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    variables = {**reached(server.url), "OPENAI_API_KEY": KEY, "HDSL_INPUT_PRICE": "2", "HDSL_OUTPUT_PRICE": "10"}
    return hdsl("train", "ask.hg", "--kernel", "openai", *words, folder=folder, environment=variables)


def test_each_step_of_a_training_says_what_it_cost(tmp_path: Path) -> None:
    with ScriptedServer(lambda body: spoken("wrong")) as server:
        ended = trained(tmp_path, server, "--json")
    assert ended.code == 0
    steps = [json.loads(line) for line in newest_steps(tmp_path)]
    assert [step["usage"]["calls"] for step in steps] == [step["calls"] + step["reflections"] for step in steps]
    assert ended.json["usage"]["calls"] == len(server.requests) > 3
    assert ended.json["usage"]["cost"] == pytest.approx(0.0003 * len(server.requests))


def test_a_limit_ends_a_training_that_keeps_its_steps(tmp_path: Path) -> None:
    with ScriptedServer(lambda body: spoken("wrong")) as server:
        whole = trained(tmp_path, server, "--max-calls", "4")
        assert len(server.requests) == 4
    assert whole.code == 4
    assert "limit of 4 model calls" in whole.err
    assert len(newest_steps(tmp_path)) >= 3


def newest_steps(folder: Path) -> list[str]:
    [record] = (folder / "runs").iterdir()
    return (record / "steps.jsonl").read_text().splitlines()


def test_the_tests_of_a_file_are_recorded_together_and_replayed(tmp_path: Path) -> None:
    body = 'out: text[1] = ask(["question {}"])\n  expect contains(out, "fine")'
    tests = "".join(f'\ntest "number {number}" {{\n  {body.format(number)}\n}}\n' for number in range(2))
    (tmp_path / "ask.hg").write_text(ASKING + tests)
    with ScriptedServer(lambda body: spoken("fine")) as server:
        words = ("test", "ask.hg", "--kernel", "openai", "--record", "kept.jsonl")
        assert hdsl(*words, folder=tmp_path, environment=reached(server.url)).code == 0
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 2
    assert hdsl("test", "ask.hg", "--kernel", "replay:kept.jsonl", folder=tmp_path).code == 0


NAMED = """hdsl 1

experience drafts: text -> text = [
  ("q", "q", "large"),
]

experience known: text -> text = [
  ("q large", "large", "small"),
]

harness ask(question: text[1]) -> text[1] {
  draft:  text[1] = expert(question, drafts, task="Draft it.", model="large")
  answer: text[1] = expert(draft, known, task="Answer it.")
  return answer
}

train ask {
  data = load("pairs.jsonl")
  loss = edit_distance
  valid = 0
  keep = "always"
  epochs = 2
  batch = 1
}
"""


def test_nodes_and_roles_are_answered_by_the_kernels_they_name(tmp_path: Path) -> None:
    (tmp_path / "ask.hg").write_text(NAMED)
    (tmp_path / "pairs.jsonl").write_text('{"question": "q", "expected": "fine"}\n')
    with (
        ScriptedServer(lambda body: spoken("large")) as large,
        ScriptedServer(lambda body: spoken("small")) as small,
        ScriptedServer(lambda body: spoken("better")) as teacher,
    ):
        servers = {"large": large, "small": small, "teacher": teacher}
        tables = (f'[kernels.{name}]\nmodel = "{name}"\nbase_url = "{each.url}"\n' for name, each in servers.items())
        (tmp_path / "hdsl.toml").write_text('kernel = "small"\nreflection = "teacher"\n' + "".join(tables))
        ended = hdsl("run", "ask.hg", "--question", "q", folder=tmp_path)
        assert (ended.code, ended.out.strip()) == (0, "small")
        assert [len(each.requests) for each in servers.values()] == [1, 1, 0]
        assert hdsl("train", "ask.hg", folder=tmp_path).code == 0
        assert len(teacher.requests) > 0


def test_a_name_that_there_is_not_is_said_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "ask.hg").write_text(NAMED)
    (tmp_path / "pairs.jsonl").write_text('{"question": "q", "expected": "fine"}\n')
    with ScriptedServer([]) as server:
        (tmp_path / "hdsl.toml").write_text(f'[kernels.larger]\nmodel = "x"\nbase_url = "{server.url}"\n')
        ended = hdsl("run", "ask.hg", "--question", "q", folder=tmp_path)
        assert not server.requests
    assert ended.code == 2
    assert "unknown kernel 'large', did you mean 'larger'?" in ended.err
    assert not (tmp_path / "runs").exists()
