"""Responses in every shape that servers, gateways and accidents have: each is an answer, a refusal or an end."""

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.kernel.body import NotJson, Values, text_of, values_of
from hdsl.kernel.reading import read
from hdsl.kernel.request import KernelUnreachable
from hdsl.kernel.token_counts import token_counts
from tests.kernel.asking import ask, configured
from tests.servers.scripted_openai import Reply, ScriptedServer

RETRIES = 2


@dataclass(frozen=True)
class Shape:
    """A response and what it must come to: a text, a cause of failure, or the end of the run."""

    body: Any
    text: str = ""
    refused: str = ""
    unreachable: str = ""
    asked: int = 1
    content_type: str = "application/json"
    encoding: str = ""
    status: int = 200

    def reply(self) -> Reply:
        body = self.body if isinstance(self.body, str | bytes) else json.dumps(self.body)
        headers = {"content-encoding": self.encoding} if self.encoding else {}
        return Reply(body=body, content_type=self.content_type, headers=headers, status=self.status)


def message(**parts: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", **parts}, "finish_reason": "stop"}]}


def content(value: Any) -> dict[str, Any]:
    return message(content=value)


def choice(**parts: Any) -> dict[str, Any]:
    return {"choices": [parts]}


def events(*values: Any) -> str:
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values) + "data: [DONE]\n\n"


def deltas(*pieces: str) -> list[dict[str, Any]]:
    return [choice(index=0, delta={"content": piece}, finish_reason=None) for piece in pieces]


SHAPES: dict[str, Shape] = {
    # the content of a message
    "text": Shape(content("hello"), "hello"),
    "parts of text": Shape(content([{"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}]), "hello"),
    "output_text": Shape(content([{"type": "output_text", "text": "hello"}]), "hello"),
    "texts as parts": Shape(content(["hel", "lo"]), "hello"),
    "thinking and text": Shape(
        content(
            [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "hello"}]
        ),
        "hello",
    ),
    "reasoning and text": Shape(
        content([{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "hello"}]), "hello"
    ),
    "redacted thinking": Shape(
        content([{"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": "hello"}]), "hello"
    ),
    "text in a value": Shape(content([{"type": "text", "text": {"value": "hello", "annotations": []}}]), "hello"),
    "only thinking": Shape(
        content([{"type": "thinking", "thinking": "hm"}]), refused="the model answered nothing but reasoning"
    ),
    "refusal as a part": Shape(
        content([{"type": "refusal", "refusal": "I will not"}]), refused="the model refused: I will not"
    ),
    "integer": Shape(content(42), "42"),
    "fraction": Shape(content(0.5), "0.5"),
    "truth": Shape(content(True), "true"),
    "object with text": Shape(content({"type": "text", "text": "hello"}), "hello"),
    "object of the model": Shape(content({"label": "spam", "score": 1}), '{"label": "spam", "score": 1}'),
    "null with reasoning_content": Shape(
        message(content=None, reasoning_content="hm"), refused="the model answered nothing but reasoning"
    ),
    "text beside reasoning_content": Shape(message(content="hello", reasoning_content="hm"), "hello"),
    "null with reasoning": Shape(message(content=None, reasoning="hm"), refused="nothing but reasoning"),
    "null with refusal": Shape(message(content=None, refusal="No."), refused="the model refused: No."),
    "null with tool calls": Shape(
        message(content=None, tool_calls=[{"type": "function", "function": {"name": "bash", "arguments": "{}"}}]),
        refused="the model called a tool (bash) instead of answering",
    ),
    "function call": Shape(message(content="", function_call={"name": "ls"}), refused="called a tool (ls)"),
    "text beside tool calls": Shape(message(content="hello", tool_calls=[{"function": {"name": "x"}}]), "hello"),
    "null": Shape(content(None), refused="the model answered nothing"),
    "blank": Shape(content(" \n "), refused="the model answered nothing"),
    "no parts": Shape(content([]), refused="the model answered nothing"),
    "nested parts": Shape(content([[{"text": "hel"}], {"content": [{"text": "lo"}]}]), "hello"),
    # choices
    "choices as an object of choices": Shape({"choices": {"0": {"message": {"content": "hello"}}}}, "hello"),
    "choices as one choice": Shape({"choices": {"message": {"content": "hello"}}}, "hello"),
    "choices as texts": Shape({"choices": ["hello"]}, "hello"),
    "an empty choice first": Shape({"choices": [None, {"message": {"content": "hello"}}]}, "hello"),
    "no choices": Shape({"choices": []}, refused="holds no answer of a model", asked=RETRIES + 1),
    "choices null": Shape({"id": "x", "choices": None}, refused="holds no answer of a model", asked=RETRIES + 1),
    "nothing at all": Shape({}, refused="holds no answer of a model", asked=RETRIES + 1),
    "a list of nothing": Shape([], refused="holds no answer of a model", asked=RETRIES + 1),
    "null alone": Shape("null", refused="holds no answer of a model", asked=RETRIES + 1),
    "message null": Shape(choice(message=None), refused="holds no answer of a model", asked=RETRIES + 1),
    "message as text": Shape(choice(message="hello"), "hello"),
    "messages": Shape(choice(messages=[{"content": "no"}, {"content": "hello"}]), "hello"),
    "legacy completion": Shape(choice(text="hello", finish_reason="stop"), "hello"),
    "delta without a stream": Shape(choice(delta={"content": "hello"}), "hello"),
    # other interfaces behind the same address
    "Ollama chat": Shape({"message": {"role": "assistant", "content": "hello"}, "done": True}, "hello"),
    "Ollama generate": Shape({"response": "hello", "done": True, "done_reason": "stop"}, "hello"),
    "Ollama thinking": Shape(
        {"message": {"content": "", "thinking": "hm"}, "done": True}, refused="nothing but reasoning"
    ),
    "Anthropic": Shape({"type": "message", "content": [{"type": "text", "text": "hello"}]}, "hello"),
    "Gemini": Shape({"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": "hi"}]}}]}, "hi"),
    "Gemini blocked": Shape({"promptFeedback": {"blockReason": "SAFETY"}}, refused="its content filter"),
    "Responses": Shape(
        {
            "output": [
                {"type": "reasoning", "summary": []},
                {"type": "message", "content": [{"type": "output_text", "text": "hello"}]},
            ],
            "error": None,
        },
        "hello",
    ),
    "Bedrock": Shape({"output": {"message": {"content": [{"text": "hello"}]}}, "stopReason": "end_turn"}, "hello"),
    "Cohere": Shape({"message": {"role": "assistant", "content": [{"type": "text", "text": "hello"}]}}, "hello"),
    "Cloudflare": Shape({"result": {"response": "hello"}, "success": True, "errors": []}, "hello"),
    "DashScope": Shape({"output": {"text": "hello", "finish_reason": "stop"}}, "hello"),
    "Hugging Face": Shape([{"generated_text": "hello"}], "hello"),
    "llama.cpp": Shape({"content": "hello", "stop": True}, "hello"),
    "wrapped in data": Shape({"data": content("hello")}, "hello"),
    "wrapped in a list": Shape([content("hello")], "hello"),
    # usage
    "usage as text": Shape({**content("hello"), "usage": "12 tokens"}, "hello"),
    "usage null": Shape({**content("hello"), "usage": None}, "hello"),
    "usage a list": Shape({**content("hello"), "usage": [1, 2]}, "hello"),
    "usage huge": Shape('{"choices":[{"text":"hello"}],"usage":{"prompt_tokens":1e999}}', "hello"),
    "usage of 5,000 digits": Shape('{"choices":[{"text":"hello"}],"created":' + "9" * 5000 + "}", "hello"),
    # bytes
    "Latin-1": Shape('{"choices":[{"text":"caf\xe9"}]}'.encode("latin-1"), "café"),
    "Latin-1 that is declared": Shape(
        '{"choices":[{"text":"caf\xe9"}]}'.encode("latin-1"), "café", content_type="application/json; charset=latin1"
    ),
    "an unknown character set": Shape(
        '{"choices":[{"text":"caf\xe9"}]}'.encode("latin-1"), "café", content_type="application/json; charset=klingon"
    ),
    "byte order mark": Shape(b"\xef\xbb\xbf" + json.dumps(content("hello")).encode(), "hello"),
    "UTF-16": Shape(json.dumps(content("hello")).encode("utf-16"), "hello"),
    "half a character": Shape('{"choices":[{"text":"a\\ud83d!"}]}', "a\ufffd!"),
    "two halves of a character": Shape(content(["\ud83d", "\ude00"]), "😀"),
    "raw control characters": Shape('{"choices":[{"text":"a\nb\tc"}]}', "a\nb\tc"),
    "NaN": Shape('{"choices":[{"text":"hello","logprob":NaN}],"score":-Infinity}', "hello"),
    "deep JSON": Shape('{"a":' * 100_000, refused="nested too deeply"),
    "deep content": Shape(content(json.loads("[" * 500 + '"x"' + "]" * 500)), refused="the model answered nothing"),
    "gzip unasked": Shape(gzip.compress(json.dumps(content("hello")).encode()), "hello", encoding="gzip"),
    "gzip undeclared": Shape(gzip.compress(json.dumps(content("hello")).encode()), "hello"),
    "gzip that is none": Shape(json.dumps(content("hello")), "hello", encoding="gzip"),
    "deflate": Shape(zlib.compress(json.dumps(content("hello")).encode()), "hello", encoding="deflate"),
    "raw deflate": Shape(zlib.compress(json.dumps(content("hello")).encode(), wbits=-15), "hello", encoding="deflate"),
    "a damaged gzip": Shape(
        gzip.compress(json.dumps(content("hello" * 99)).encode())[:40], unreachable="cut short", asked=RETRIES + 1
    ),
    "a gzip bomb": Shape(gzip.compress(b" " * (64 << 20), compresslevel=1), refused="more than 16 MB", encoding="gzip"),
    "garbage behind": Shape(json.dumps(content("hello")) + "\n<!-- served by x -->", "hello"),
    "white space and zeros around": Shape("\n\n" + json.dumps(content("hello")) + "\0\0\n", "hello"),
    "two answers": Shape(json.dumps(content("hello")) + json.dumps(content("twice")), "hello"),
    # streams that nobody asked for
    "events": Shape(events(*deltas("hel", "lo")), "hello", content_type="text/event-stream"),
    "events with a comment": Shape(": ping\n\n" + events(*deltas("hel", "lo")), "hello"),
    "events without blank lines": Shape(events(*deltas("hel", "lo")).replace("\n\n", "\n"), "hello"),
    "events with CRLF": Shape(events(*deltas("hel", "lo")).replace("\n", "\r\n"), "hello"),
    "one whole event": Shape(events(content("hello")), "hello"),
    "an error in events": Shape(
        events(*deltas("hel"), {"error": {"message": "the worker died"}}), refused="the worker died", asked=RETRIES + 1
    ),
    "events cut": Shape("data: {", unreachable="cut short", asked=RETRIES + 1),
    "NDJSON": Shape(
        '{"message":{"content":"hel"},"done":false}\n{"message":{"content":"lo"},"done":true,"eval_count":2}\n', "hello"
    ),
    # how it ended
    "cut": Shape(choice(message={"content": "half"}, finish_reason="length"), "half", refused="the answer was cut"),
    "cut, with nothing": Shape(choice(message={"content": ""}, finish_reason="length"), refused="the answer was cut"),
    "cut, as Gemini says": Shape(choice(message={"content": "a"}, finishReason="MAX_TOKENS"), "a", refused="was cut"),
    "cut, as Responses say": Shape(
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}, refused="was cut"
    ),
    "filtered": Shape(
        choice(message={"content": "half"}, finish_reason="content_filter"), "half", refused="its content filter"
    ),
    "an error as finish": Shape(
        choice(message={"content": "half"}, finish_reason="error"),
        refused="the server ended the answer with an error",
        asked=RETRIES + 1,
    ),
    "a finish that is not text": Shape(choice(message={"content": "hello"}, finish_reason=7), "hello"),
    # errors that call themselves a success
    "error with status 200": Shape({"error": {"message": "it broke"}}, refused="it broke", asked=RETRIES + 1),
    "error as a text": Shape({"error": "it broke"}, refused="it broke", asked=RETRIES + 1),
    "error with a code": Shape(
        {"error": {"message": "no provider", "code": 502}}, unreachable="HTTP 502: no provider", asked=RETRIES + 1
    ),
    "error in a choice": Shape(
        choice(error={"message": "upstream", "code": 400}, message={"content": ""}), refused="HTTP 400: upstream"
    ),
    "error of the key": Shape({"error": {"message": "Invalid API key"}}, unreachable="set OPENAI_API_KEY"),
    "error that overflows": Shape({"error": "the input length exceeds the context length"}, refused="context length"),
    "an empty error": Shape({**content("hello"), "error": {}}, "hello"),
    "MiniMax": Shape(
        {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}},
        refused="login fail",
        asked=RETRIES + 1,
    ),
    "Cloudflare's error": Shape(
        {"result": None, "success": False, "errors": [{"code": 7000, "message": "No route"}]},
        refused="No route",
        asked=RETRIES + 1,
    ),
    # no JSON
    "a page": Shape(
        "<html><head><title>Log in</title></head></html>", unreachable="not answer in JSON, but 'Log in'; check OPENAI"
    ),
    "plain words": Shape("Ollama is running", unreachable="but 'Ollama is running'", content_type="text/plain"),
    "empty": Shape("", unreachable="the answer is empty", asked=RETRIES + 1),
    "no content": Shape("", unreachable=r"the answer is empty \(HTTP 204\)", asked=RETRIES + 1, status=204),
    "half an object": Shape('{"choices":[{"te', unreachable="cut short or is not JSON", asked=RETRIES + 1),
    "Python's own writing": Shape("{'choices': []}", unreachable="not JSON", asked=RETRIES + 1),
    "JSON text": Shape('"hello"', "hello"),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_response_is_an_answer_a_refusal_or_an_end_and_never_an_exception(shape: Shape) -> None:
    with ScriptedServer([shape.reply()]) as server:
        if shape.unreachable:
            with pytest.raises(KernelUnreachable, match=shape.unreachable):
                ask(configured(server.url, retries=RETRIES))
        else:
            [answer] = ask(configured(server.url, retries=RETRIES))
            assert answer.text == shape.text
            assert bool(answer.refused) == bool(shape.refused), answer.refused
            assert shape.refused in answer.refused
            assert answer.usage.calls == 1
            assert answer.usage.retries == shape.asked - 1
        assert len(server.requests) == shape.asked


@pytest.mark.parametrize(
    ("response", "tokens"),
    [
        ({"usage": {"prompt_tokens": 3, "completion_tokens": 4}}, (3, 4)),
        ({"usage": {"prompt_tokens": "3", "completion_tokens": 4.0}}, (3, 4)),
        ({"usage": {"input_tokens": 3, "output_tokens": 4}}, (3, 4)),
        ({"usage": '{"prompt_tokens": 3, "completion_tokens": 4}'}, (3, 4)),
        ({"usage": {"tokens": {"input": 3, "output": 4}}}, (3, 4)),
        ({"usage": {"prompt_tokens": 3, "completion_tokens": None, "prompt_tokens_details": {"audio": 9}}}, (3, 0)),
        ({"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}, (3, 4)),
        ({"prompt_eval_count": 3, "eval_count": 4, "message": {"content": "prompt"}}, (3, 4)),
        ({"meta": {"billed_units": {"input_tokens": 3, "output_tokens": 4}}}, (3, 4)),
        ({"result": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}, (3, 4)),
        ({"usage": "many"}, (0, 0)),
        ({"usage": {"prompt_tokens": -3, "completion_tokens": True}}, (0, 0)),
        ({"usage": {"prompt_tokens": float("inf"), "completion_tokens": float("nan")}}, (0, 0)),
        ([], (0, 0)),
    ],
)
def test_tokens_are_counted_under_any_name(response: Any, tokens: tuple[int, int]) -> None:
    assert token_counts(response) == tokens


NAMES = (
    *("choices", "message", "content", "text", "delta", "type", "error", "refusal", "tool_calls", "usage", "output"),
    *("parts", "response", "data", "thinking", "prompt_tokens", "base_resp", "promptFeedback", "done", "finish_reason"),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(ANY_JSON, min_size=1, max_size=3), st.booleans())
@settings(deadline=None)
def test_no_shape_of_json_makes_the_reader_raise(values: list[Any], streamed: bool) -> None:
    reading = read(Values(tuple(values), streamed))
    reading.text.encode("utf-8")
    assert reading.text or reading.missing


@given(st.binary(max_size=60), st.sampled_from(["", "text/html; charset=utf-8", "application/json; charset=\x00"]))
@settings(deadline=None)
def test_no_bytes_make_the_reader_raise(body: bytes, content_type: str) -> None:
    try:
        read(values_of(text_of(body, content_type)))
    except NotJson as error:
        assert not error.deep
