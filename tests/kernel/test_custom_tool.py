"""A text that is held to a grammar by OpenAI's custom tool: what is sent, what is read, and what stands in for it."""

import json
from collections.abc import Callable

import pytest
from lark import Lark

from hdsl.kernel.request import Request
from tests.kernel.test_constraints import one_by_one
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

FILE = 'hdsl 1\n\nharness a(x: text[1]) -> text[1] {\n  b: text[1] = llm(x, task="{}")\n  return b\n}'
WRITE = Request("llm", "write", grammar="hg")


def call(text: str, **more: object) -> dict[str, object]:
    return {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "write_file", "input": text}, **more}


def whole(_: Body) -> Reply:
    message = {"role": "assistant", "content": None, "tool_calls": [call(FILE)]}
    return Reply(body=json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}))


def in_pieces(_: Body) -> Reply:
    pieces = [FILE[:9], FILE[9:40], FILE[40:]]
    deltas: list[dict[str, object]] = [{"role": "assistant", "content": None}]
    deltas += [{"tool_calls": [call(piece)]} for piece in pieces]
    events = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return Reply(body="".join([*lines, "data: [DONE]\n\n"]), content_type="text/event-stream")


def as_a_function(_: Body) -> Reply:
    function = {"name": "write_file", "arguments": json.dumps({"input": FILE})}
    message = {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
    return Reply(body=json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}))


@pytest.mark.parametrize("script", [whole, in_pieces, as_a_function])
def test_what_the_model_gives_to_the_tool_is_the_answer(script: Callable[[Body], Reply]) -> None:
    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, WRITE, WRITE)
    assert [(answer.text, answer.refused) for answer in answers] == [(FILE, "")] * 2
    for body in server.requests:
        [tool] = body["tools"]
        assert (tool["type"], tool["custom"]["name"]) == ("custom", "write_file")
        assert body["tool_choice"] == {"type": "custom", "custom": {"name": "write_file"}}
        grammar = tool["custom"]["format"]
        assert (grammar["type"], grammar["grammar"]["syntax"]) == ("grammar", "lark")
        assert "grammar" not in body
        Lark(grammar["grammar"]["definition"], parser="lalr").parse(FILE + "\n")


@pytest.mark.parametrize(
    ("message", "parameter"),
    [
        ("Invalid value: 'custom'. Supported values are: 'function'.", "tools[0].type"),
        ("Unknown parameter: 'tool_choice.custom'.", "tool_choice.custom"),
        ("Unsupported tool type: custom", None),
        ("This model does not support tool calling", None),
    ],
)
def test_a_server_that_refuses_it_is_told_the_grammar_another_way_from_then_on(message, parameter) -> None:
    def script(body: Body) -> Reply | str:
        if "tools" not in body:
            return FILE
        error = {"message": message, "type": "invalid_request_error", "param": parameter, "code": None}
        return Reply(status=400, body=json.dumps({"error": error}))

    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, WRITE, WRITE)
    assert [answer.text for answer in answers] == [FILE, FILE]
    assert [("tools" in body, "tool_choice" in body, "grammar" in body) for body in server.requests] == [
        (True, True, False),
        (False, False, True),
        (False, False, True),
    ]


def test_a_server_that_ignores_it_is_told_the_grammar_another_way_the_next_time() -> None:
    with ScriptedServer([FILE]) as server:
        answers = one_by_one(server.url, WRITE, WRITE)
    assert [answer.text for answer in answers] == [FILE, FILE]
    assert [("tools" in body, "grammar" in body) for body in server.requests] == [(True, False), (False, True)]


def test_other_trouble_does_not_count_against_it() -> None:
    with ScriptedServer([failure(503), whole({})]) as server:
        [answer] = one_by_one(server.url, WRITE, retries=1)
    assert answer.text == FILE
    assert all("tools" in body for body in server.requests)


def test_nothing_is_held_to_a_grammar_where_the_settings_say_so() -> None:
    with ScriptedServer([FILE]) as server:
        one_by_one(server.url, WRITE, constraints=False)
    assert not {"tools", "grammar"} & server.requests[0].keys()
