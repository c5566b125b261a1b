"""How long an answer may be and take: limits in tokens, streams that never stop, and how a stream may end."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hdsl.kernel.limits import ROOM, answer_limit
from hdsl.kernel.request import Correction, KernelUnreachable, Label, Request
from tests.kernel.asking import REQUEST, ask, configured
from tests.servers.raw_server import Connection, RawServer, Talk
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

DESK = Request("llm", "x", labels=(Label("billing"), Label("technical")))
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


def event(content: str = "", **choice: Any) -> str:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': content}, **choice}]})}\n\n"


USAGE = f"data: {json.dumps({'choices': [], 'usage': {'prompt_tokens': 7, 'completion_tokens': 2}})}\n\n"
DONE = "data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("request_", "limit"),
    [
        (REQUEST, 1000),
        (DESK, len("technical") + ROOM),
        (replace(DESK, labels=(Label("x" * 300),)), 300 + ROOM),
        (replace(DESK, labels=(Label("é" * 10),)), 20 + ROOM),
        (replace(DESK, labels=(Label("text:"), Label("stop"))), 1000),
        (replace(DESK, max_tokens=5), 5),
        (replace(REQUEST, max_tokens=5000), 5000),
        (replace(REQUEST, kind="gradient", correction=Correction("value", "x" * 3000)), 2000),
    ],
)
def test_each_answer_has_a_limit_by_its_type(request_: Request, limit: int) -> None:
    assert answer_limit(request_, 1000) == limit
    with ScriptedServer(["billing"]) as server:
        ask(configured(server.url, max_tokens=1000, constraints=False), request_)
    assert server.requests[0]["max_tokens"] == limit


def test_the_temperature_of_a_node_goes_before_that_of_the_settings() -> None:
    with ScriptedServer(["x"]) as server:
        ask(configured(server.url, temperature=0.5, concurrency=1), replace(REQUEST, temperature=0.0), REQUEST)
    assert [body["temperature"] for body in server.requests] == [0.0, 0.5]


def test_labels_are_asked_for_at_temperature_0_unless_another_is_set() -> None:
    labelled = replace(REQUEST, labels=(Label("billing"),))
    with ScriptedServer(lambda body: "billing") as server:
        ask(configured(server.url, concurrency=1, constraints=False), labelled, REQUEST)
        ask(configured(server.url, concurrency=1, constraints=False, temperature=0.7), labelled)
    assert [body.get("temperature") for body in server.requests] == [0.0, None, 0.7]


def test_a_cut_answer_says_so_and_how_to_have_a_longer_one() -> None:
    with ScriptedServer([Reply("half", finish_reason="length")]) as server:
        [answer] = ask(configured(server.url))
    assert answer.text == "half"
    assert answer.cut
    assert "cut at 1,024 tokens" in answer.refused
    assert "max_tokens" in answer.refused


def test_a_stream_is_put_together_and_counted() -> None:
    stream = HEAD + event("hel") + event("lo") + event(finish_reason="stop") + USAGE + DONE
    with RawServer(lambda connection: connection.send(stream)) as server:
        [answer] = ask(configured(server.url))
    assert (answer.text, answer.refused) == ("hello", "")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 2)
    assert b'"stream": true' in server.requests[0]


def pouring(block: str, head: str = HEAD) -> Talk:
    def talk(connection: Connection) -> None:
        connection.send(head)
        connection.pour(block.encode())

    return talk


ENDLESS = {
    "small pieces": pouring(event("blah ")),
    "empty pieces": pouring(event("")),
    "reasoning": pouring(event("", delta={"reasoning_content": "hm "})),
    "huge pieces": pouring(event("blah " * 100_000)),
}


@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_server_that_never_stops_talking_costs_at_most_the_limit(talk: Talk) -> None:
    with RawServer(talk) as server:
        [answer] = ask(configured(server.url, timeout=60.0, max_tokens=50, reasoning_tokens=0))
    assert "cut at 50 tokens" in answer.refused
    assert len(answer.text) <= 50 * 32
    assert answer.usage.completion_tokens == 50
    assert len(server.requests) == 1


def test_pieces_count_where_the_server_counts_nothing() -> None:
    stream = HEAD + event("a ") * 60 + event(finish_reason="stop") + DONE
    with RawServer(lambda connection: connection.send(stream)) as server:
        [answer] = ask(configured(server.url, max_tokens=50))
        [longer] = ask(configured(server.url, max_tokens=60))
    assert "cut at 50 tokens" in answer.refused
    assert (longer.refused, longer.usage.completion_tokens) == ("", 60)


def test_an_answer_longer_than_its_limit_is_cut_whatever_the_server_does_with_the_limit() -> None:
    with ScriptedServer(["word " * 5000]) as server:
        [answer] = ask(configured(server.url, max_tokens=100))
    assert "cut at 100 tokens" in answer.refused
    assert len(answer.text) <= 3200


def test_the_timeout_counts_from_the_last_piece_of_a_stream() -> None:
    """Twenty pieces, each sent a while after the one before: together they take longer than the timeout.

    Asking again would not help if it counted from the start; it does where this machine stands still for so long.
    """

    def slowly(connection: Connection) -> None:
        connection.send(HEAD)
        for _ in range(20):
            threading.Event().wait(0.1)
            connection.send(event("a"))
        connection.send(event(finish_reason="stop") + DONE)

    with RawServer(slowly) as server:
        [answer] = ask(configured(server.url, timeout=1.9, retries=5))
    assert answer.text == "a" * 20


SILENT: dict[str, Callable[[Connection], None]] = {
    "hangs in the stream": lambda connection: (connection.send(HEAD + event("a")), connection.hang()),  # type: ignore[func-returns-value]
    "drips comments": lambda connection: (connection.send(HEAD), connection.drip(b": keep-alive\n\n")),  # type: ignore[func-returns-value]
    "drips half an event": lambda connection: (connection.send(HEAD + "data: "), connection.drip(b"x")),  # type: ignore[func-returns-value]
}


@pytest.mark.parametrize("talk", SILENT.values(), ids=SILENT.keys())
def test_what_is_no_piece_of_an_answer_does_not_count(talk: Talk) -> None:
    with RawServer(talk) as server, pytest.raises(KernelUnreachable, match=r"no answer within 0\.2 seconds"):
        ask(configured(server.url, timeout=0.2, retries=0))


@pytest.mark.parametrize("end", ["", ": bye\n\n", 'data: {"choi'], ids=["nothing", "a comment", "half an event"])
def test_a_stream_that_breaks_off_is_asked_for_again(end: str) -> None:
    whole = HEAD + event("whole", finish_reason="stop") + DONE
    with RawServer(
        lambda connection: connection.send(HEAD + event("ha") + end), lambda connection: connection.send(whole)
    ) as server:
        [answer] = ask(configured(server.url))
    assert (answer.text, answer.usage.retries) == ("whole", 1)


@pytest.mark.parametrize("end", [event(finish_reason="stop"), DONE, event("", finish_reason="stop") + DONE])
def test_a_stream_that_says_it_has_ended_is_whole(end: str) -> None:
    with RawServer(lambda connection: connection.send(HEAD + event("whole") + end)) as server:
        [answer] = ask(configured(server.url))
    assert (answer.text, answer.usage.retries) == ("whole", 0)


@pytest.mark.parametrize(
    "said",
    [
        "Streaming is not supported",
        "Unsupported value: 'stream' does not support true with this model.",
        "stream=true is not allowed",
        "This model doesn't support streaming",
    ],
)
def test_a_server_that_does_not_stream_is_asked_without(said: str) -> None:
    def script(body: Body) -> Reply | str:
        return failure(400, said) if "stream" in body else "answer"

    with ScriptedServer(script) as server:
        answers = ask(configured(server.url, concurrency=1), REQUEST, REQUEST)
    assert [answer.text for answer in answers] == ["answer", "answer"]
    assert ["stream" in body for body in server.requests][-2:] == [False, False]
    assert "stream_options" not in server.requests[-1]
    assert "seed" in server.requests[-1]


def thinking(needed: int, answer: str) -> Callable[[Body], Reply]:
    """A model that reasons for so many tokens before it answers."""

    def script(body: Body) -> Reply:
        enough = body["max_tokens"] > needed
        message = {"content": answer if enough else None, "reasoning_content": "hm " * min(needed, body["max_tokens"])}
        usage = {"completion_tokens": min(needed + 1, body["max_tokens"]), "prompt_tokens": 1}
        choice = {"message": message, "finish_reason": "stop" if enough else "length"}
        return Reply(body=json.dumps({"choices": [choice], "usage": usage}))

    return script


def test_a_model_that_reasons_has_room_for_it_beside_the_answer() -> None:
    with ScriptedServer(thinking(2000, "billing")) as server:
        settings = configured(server.url, concurrency=1, constraints=False)
        answers = ask(settings, DESK, DESK)
    assert [(answer.text, answer.refused) for answer in answers] == [("billing", "")] * 2
    limits = [body["max_tokens"] for body in server.requests]
    assert limits == [73, 73 + 4096, 73 + 4096]


def test_a_model_that_reasons_beyond_all_measure_is_cut() -> None:
    with ScriptedServer(thinking(100_000, "billing")) as server:
        [answer] = ask(configured(server.url, constraints=False), DESK)
    assert "cut at 4,169 tokens" in answer.refused
    assert len(server.requests) == 2


def test_an_answer_has_less_room_where_the_context_has_no_more() -> None:
    """As vLLM counts: what is asked and what may be answered have to fit together."""

    def script(body: Body) -> Reply | str:
        if body["max_tokens"] > 500:
            return failure(
                400,
                "This model's maximum context length is 2048 tokens. However, you requested 2572 tokens "
                f"(1548 in the messages, {body['max_tokens']} in the completion). Please reduce the length.",
            )
        return "answer"

    with ScriptedServer(script) as server:
        [answer] = ask(configured(server.url))
        [refused] = ask(configured(server.url), replace(REQUEST, max_tokens=700))
    assert (answer.text, answer.usage.calls) == ("answer", 1)
    assert refused.overflowed
    assert [body["max_tokens"] for body in server.requests] == [1024, 256, 700]
