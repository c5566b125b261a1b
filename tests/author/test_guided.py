"""Authoring with a model on this machine, whose server writes random texts of the grammars that it is sent."""

import asyncio
import json
from random import Random
from threading import Lock

from hdsl.author.judging import judged
from hdsl.author.request import request_for
from hdsl.configuration.settings import Settings
from hdsl.kernel.guided import GuidedWriter
from hdsl.kernel.request import Answer
from tests.author.test_guide import random_text
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

DESCRIPTION = "answer letters {politely}\nuntil it is good"


class Writing:
    """A server that writes by llguidance; `tokens`: how many it says that each segment had."""

    def __init__(self, tokens: int = 5) -> None:
        self.tokens, self.random, self.lock = tokens, Random(1), Lock()

    def __call__(self, body: Body) -> Reply:
        if "messages" in body:
            return Reply(body=json.dumps({"prompt": "<user>write<assistant>"}))
        notation, _, grammar = body["grammar"].partition("\n")
        assert notation == "%llguidance {}"
        with self.lock:
            content = random_text(grammar, self.random)
        return Reply(body=json.dumps({"content": content, "tokens_predicted": self.tokens, "tokens_evaluated": 100}))


def written(server: ScriptedServer, max_tokens: int = 2048) -> Answer:
    async def ask() -> Answer:
        writer = GuidedWriter(server.url.removesuffix("/v1"), "key", Settings(kernel="local", timeout=5.0))
        request = request_for(DESCRIPTION, 1, None, max_tokens, guided=True)
        assert request.guide is not None
        try:
            return await writer.answer(request, request.guide())
        finally:
            await writer.close()

    return asyncio.run(ask())


def test_a_file_is_written_in_segments_each_behind_those_before() -> None:
    with ScriptedServer(Writing()) as server:
        answer = written(server)
    assert not answer.refused
    assert "# Answer letters politely until it is good.\n" in answer.text
    assert "recurrent(" in answer.text
    assert not judged(answer.text).errors
    segments = [body for body in server.requests if "prompt" in body]
    assert segments[-1]["prompt"].startswith(f"<user>write<assistant>{segments[0]['prompt'][22:]}hdsl 1\n")
    assert all(body["temperature"] == 0.3 for body in segments)
    assert (answer.usage.calls, answer.usage.prompt_tokens) == (1, 100)
    assert answer.usage.completion_tokens == 5 * len(segments)


def test_a_file_that_gets_too_long_is_kept_as_far_as_it_got() -> None:
    with ScriptedServer(Writing(tokens=600)) as server:
        answer = written(server)
    assert answer.cut and "HDSL_MAX_TOKENS" in answer.refused
    assert answer.text.startswith("hdsl 1\n")


def test_what_the_server_refuses_is_said() -> None:
    with ScriptedServer([failure(400, "the request exceeds the available context size")]) as server:
        answer = written(server)
    assert "the request exceeds the available context size" in answer.refused
    assert answer.overflowed and not answer.text
