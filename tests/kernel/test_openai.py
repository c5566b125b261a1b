"""The openai kernel over real HTTP against a scripted server."""

import logging
import threading
import traceback
from dataclasses import replace
from importlib.util import find_spec

import pytest

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import Settings
from hdsl.kernel.registry import KERNELS, make_kernel
from hdsl.kernel.request import Answer, KernelNotConfigured, KernelUnreachable, Usage
from tests.kernel.asking import KEY, REQUEST, ask, configured
from tests.servers.nobody import port_of_nobody
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure


def test_an_answer_with_its_usage_and_what_was_sent() -> None:
    with ScriptedServer(["<think>hm</think>\n text:echo hello \n"]) as server:
        [answer] = ask(configured(server.url, temperature=0.5, max_tokens=9))
    assert answer.text == "text:echo hello"
    assert not answer.refused
    assert (answer.usage.calls, answer.usage.retries, answer.usage.completion_tokens) == (1, 0, 3)
    assert answer.usage.prompt_tokens > 0
    body = server.requests[0]
    assert (body["model"], body["seed"], body["temperature"], body["max_tokens"]) == ("m", 42, 0.5, 9)
    assert "print hello" in server.prompts()[0]
    assert server.authorizations == [f"Bearer {KEY}"]


def test_an_answer_may_be_computed_from_the_prompt() -> None:
    def script(body: Body) -> str:
        return "seen" if "print hello" in body["messages"][-1]["content"] else "not seen"

    with ScriptedServer(script) as server:
        assert ask(configured(server.url))[0].text == "seen"


@pytest.mark.parametrize(
    "fault",
    [
        failure(429),
        failure(500),
        failure(503),
        Reply("lost", fault="reset"),
        Reply("lost", fault="cut"),
        Reply("lost", fault="truncated"),
        Reply(body="{not json"),
        Reply(body='{"choices": []}'),
    ],
    ids=["429", "500", "503", "reset", "cut", "truncated", "bad JSON", "no choices"],
)
def test_what_may_go_well_another_time_is_asked_again(fault: Reply) -> None:
    waits: list[float] = []
    with ScriptedServer([fault, fault, "answer"]) as server:
        [answer] = ask(configured(server.url, timeout=60.0), waits=waits)
    assert answer.text == "answer"
    assert (answer.usage.calls, answer.usage.retries) == (1, 2)
    assert len(server.requests) == 3
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("headers", "least"),
    [({"retry_after": "3"}, 3.0), ({"retry_after_ms": "2500"}, 2.5), ({"retry_after": "soon"}, 0.25)],
)
def test_retry_after_is_honoured(headers: dict[str, str], least: float) -> None:
    waits: list[float] = []
    with ScriptedServer([failure(429, **headers), "answer"]) as server:
        ask(configured(server.url), waits=waits)
    assert least <= waits[0] <= least + 0.5


def test_after_all_retries_it_is_unreachable_in_one_sentence() -> None:
    with ScriptedServer([failure(503, "overloaded")]) as server, pytest.raises(KernelUnreachable) as error:
        ask(configured(server.url, retries=2))
    assert len(server.requests) == 3
    message = str(error.value)
    assert "overloaded" in message
    assert server.url in message
    assert "OPENAI_BASE_URL" in message
    assert "\n" not in message


@pytest.mark.parametrize(("status", "hint"), [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "HDSL_MODEL")])
def test_where_asking_again_would_not_help_it_ends_at_once(status: int, hint: str) -> None:
    with ScriptedServer([failure(status, "go away")]) as server, pytest.raises(KernelUnreachable, match=hint):
        ask(configured(server.url))
    assert len(server.requests) == 1


def test_a_spent_quota_is_not_asked_again() -> None:
    with (
        ScriptedServer([failure(429, "pay", code="insufficient_quota")]) as server,
        pytest.raises(KernelUnreachable, match="quota"),
    ):
        ask(configured(server.url))
    assert len(server.requests) == 1


def test_a_page_instead_of_json_names_the_base_url() -> None:
    with (
        ScriptedServer([Reply(body="<html></html>", content_type="text/html")]) as server,
        pytest.raises(KernelUnreachable, match="OPENAI_BASE_URL"),
    ):
        ask(configured(server.url))


def test_a_server_that_is_down() -> None:
    with port_of_nobody() as port, pytest.raises(KernelUnreachable, match=f"127.0.0.1:{port}.*connection"):
        ask(configured(f"http://127.0.0.1:{port}/v1", retries=1))


def test_at_most_as_many_questions_are_open_as_allowed() -> None:
    together = threading.Barrier(3, timeout=60)

    def script(body: Body) -> str:
        together.wait()
        return "answer"

    with ScriptedServer(script) as server:
        answers = ask(configured(server.url, concurrency=3, timeout=60.0), *[REQUEST] * 12)
    assert [answer.text for answer in answers] == ["answer"] * 12
    assert server.most_open == 3


@pytest.mark.parametrize(
    ("reply", "overflowed", "cause"),
    [
        (failure(400, "too long", code="context_length_exceeded"), True, "too long"),
        (failure(400, "the request exceeds the available context size"), True, "context size"),
        (failure(413, "too large"), True, "too large"),
        (failure(400, "no", code="content_filter"), False, "no"),
        (Reply("half", finish_reason="length"), False, "cut"),
        (Reply("half", finish_reason="content_filter"), False, "filter"),
        (Reply(""), False, "nothing"),
        (Reply("<think>only"), False, "nothing"),
    ],
)
def test_a_refusal_fails_this_request_alone(reply: Reply, overflowed: bool, cause: str) -> None:
    with ScriptedServer([reply]) as server:
        [answer] = ask(configured(server.url))
    assert cause in answer.refused
    assert answer.overflowed is overflowed
    assert answer.usage.calls == 1
    assert len(server.requests) == 1


def test_a_server_that_knows_no_seed_is_asked_without_one() -> None:
    def script(body: Body) -> Reply | str:
        return failure(422, "Extra inputs are not permitted: 'seed'") if "seed" in body else "answer"

    with ScriptedServer(script) as server:
        answers = ask(configured(server.url, concurrency=1), REQUEST, REQUEST)
    assert [answer.text for answer in answers] == ["answer", "answer"]
    assert ["seed" in body for body in server.requests] == [True, False, False]


def test_a_server_without_usage_counts_the_call() -> None:
    body = '{"id": "x", "object": "chat.completion", "choices": [{"index": 0, "message": {"content": "hi"}}]}'
    with ScriptedServer([Reply(body=body)]) as server:
        [answer] = ask(configured(server.url))
    assert answer == Answer("hi", usage=Usage(calls=1))


def test_the_key_is_printed_nowhere(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        ScriptedServer([failure(401, f"Incorrect API key provided: {KEY}")]) as server,
        pytest.raises(KernelUnreachable) as error,
    ):
        ask(configured(server.url))
    printed = capfd.readouterr()
    shown = "".join(traceback.format_exception(error.value))
    assert KEY not in shown + caplog.text + printed.out + printed.err + repr(configured(server.url))


def test_the_address_is_shown_without_its_password() -> None:
    with pytest.raises(KernelUnreachable) as error:
        ask(configured("http://user:hidden@127.0.0.1:1/v1", retries=0))
    assert "hidden" not in str(error.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(KernelNotConfigured, match="HDSL_MODEL"):
        make_kernel(Settings(kernel="openai", api_key=KEY))
    with pytest.raises(KernelNotConfigured, match="OPENAI_API_KEY"):
        make_kernel(Settings(kernel="openai", model="m"))
    with pytest.raises(SettingsError, match="did you mean 'nearest'"):
        make_kernel(Settings(kernel="nearst"))


def test_a_local_server_needs_no_key() -> None:
    with ScriptedServer(["answer"]) as server:
        [answer] = ask(configured(server.url, api_key=""))
    assert answer.text == "answer"


def test_a_kernel_is_called_what_its_class_says() -> None:
    settings = Settings(model="m", api_key=KEY, acp_command="true")
    packages = {"local": "xllamacpp", "agent": "claude_agent_sdk", "acp": "acp"}
    for name in KERNELS:
        if name not in packages or find_spec(packages[name]):
            assert make_kernel(replace(settings, kernel=name)).name == name
