"""Embeddings of texts: asked of an OpenAI-compatible server's `/v1/embeddings` in batches, and kept on disk."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hdsl.configuration.files import SettingsError
from hdsl.configuration.kernels import settings_of
from hdsl.configuration.settings import Settings
from hdsl.ground.display import one_line
from hdsl.kernel.address import EMBEDDINGS, server_address
from hdsl.kernel.body import NotJson, text_of, values_of
from hdsl.kernel.complaints import Complaint, complaint_of
from hdsl.kernel.credentials import authorization, check_key, hider
from hdsl.kernel.faults import Fault, Final, Refusal, fault_of, reason_phrase
from hdsl.kernel.proxies import proxy_for
from hdsl.kernel.request import KernelNotConfigured, KernelUnreachable, Usage
from hdsl.kernel.retry import RetryPolicy, TransientFailure, with_retries
from hdsl.kernel.spending import Limits, Prices, Purse, tokens_of_texts
from hdsl.kernel.transport import Reply, Transport
from hdsl.retrieval.vector_store import VectorStore, store_of_model
from hdsl.retrieval.vectors import Vector, unit

_OPENAI, _OPENAI_HOST = "https://api.openai.com/v1", "api.openai.com"
_TEXTS, _CHARACTERS = 64, 48_000
"""The most of one request."""
_LONGEST, _SHORTEST = 32_000, 128
"""Characters of a text that are embedded; a server that finds that too long is given half, down to the shortest."""
_MOST_KNOWN = 1 << 17
"""Texts whose vectors are held in memory."""
_EQUAL = 0.99
"""The cosine from which on two vectors of one text are of the same model: servers do not compute exactly alike."""
_FIX = 'set embedding_model (HDSL_EMBEDDING_MODEL) to a model that embeds texts, or similarity = "words"'


class NotEmbedded(Exception):  # noqa: N818 - says what happened
    """The server will not embed a text; others may go well."""


class Embeddings:
    """Vectors of length 1 for texts. A text is asked for once: its vector is kept in memory, and on disk.

    Raises KernelNotConfigured where the model, or the key of OpenAI's own server, is missing, and SettingsError where
    the kernel is not a server, or its address, key or proxy cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        purse: Purse | None = None,
        *,
        policy: RetryPolicy | None = None,
        store: VectorStore | None = None,
    ) -> None:
        own = server_that_embeds(settings)
        self.model = own.model
        self._address = server_address(own.base_url or _OPENAI, EMBEDDINGS)
        check_key(own.api_key)
        if self._address.host == _OPENAI_HOST and not own.api_key:
            raise KernelNotConfigured(
                'similarity = "embeddings" needs a server: set OPENAI_BASE_URL, or OPENAI_API_KEY for OpenAI\'s own'
            )
        self._timeout = own.timeout
        self._prices = Prices(own.input_price)
        self._purse = purse or Purse()
        self._policy = policy or RetryPolicy(own.retries)
        self._hide = hider(self._address, own.api_key)
        self._transport = Transport(
            self._address.endpoint, authorization(self._address, own.api_key), proxy_for(self._address, os.environ)
        )
        self._store = store_of_model(self._address.shown, self.model) if store is None else store
        self._open = asyncio.Semaphore(own.concurrency)
        self._known: dict[str, Vector] = {}
        self._wanted: set[str] = set()
        self._is_checked = False
        """Whether a vector that was kept has been compared with what the server says now."""
        self._asking = asyncio.Lock()
        self.size = 0
        """The numbers of a vector; 0 until the first is known."""
        self.generation = 0
        """Counts up where the server has another model, and vectors that were given out are of no use any more."""

    async def embed(self, texts: Sequence[str]) -> tuple[dict[str, Vector], Usage]:
        """The vectors of texts, and what asking for those that were not kept cost; blank texts have none.

        What is wanted while a request is under way is asked for together. Raises NotEmbedded, LimitReached, and
        KernelUnreachable after all retries.
        """
        wanted = {text for text in texts if text.strip()}
        self._wanted |= wanted
        usage = Usage()
        async with self._asking:
            if wanted - self._known.keys():
                together, self._wanted = self._wanted, set()
                try:
                    usage = await self._learn(together)
                except NotEmbedded:
                    usage = await self._learn(wanted)  # the text that is refused may be another's
            return {text: self._known[text] for text in wanted}, usage

    async def size_now(self) -> int:
        """The numbers that a vector has, by asking the server for one; raises as `embed` does."""
        vectors, _ = await self._request(["word"])
        if isinstance(vectors, Refusal):
            raise NotEmbedded(f"the server does not embed a text: {vectors.reason}")
        return len(vectors[0])

    async def close(self) -> None:
        """Closes the connections, and the file."""
        await self._transport.close()
        self._store.close()

    async def _learn(self, texts: set[str]) -> Usage:
        """Makes sure that the vectors of some texts are known, all of one model."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        unknown = sorted(texts - self._known.keys())
        kept = self._store.get(unknown)
        missing = [text for text in unknown if text not in kept]
        probed = next(iter(kept), None) if missing and not self._is_checked else None
        found, usage = await self._asked(missing if probed is None else [probed, *missing])
        if not self._fits(kept, found):
            self._store.clear()
            self._known.clear()
            self.generation += 1
            kept = {}
            found, more = await self._asked(unknown)
            usage += more
        sizes = {len(vector) for vector in (*kept.values(), *found.values())}
        if len(sizes) > 1:
            raise self._unreachable("its vectors differ in size", _FIX)
        self.size = next(iter(sizes), self.size)
        self._is_checked = self._is_checked or bool(found)
        self._store.put(found)
        self._known |= kept | found
        return usage

    def _fits(self, kept: Mapping[str, Vector], found: Mapping[str, Vector]) -> bool:
        """Whether what was kept is of the model that the server has now; another one may have the same name."""
        if not found:
            return True
        size = len(next(iter(found.values())))
        if any(len(vector) != size for vector in kept.values()) or (self.size and self.size != size):
            return False
        return all(float(kept[text] @ found[text]) > _EQUAL for text in kept.keys() & found.keys())

    async def _asked(self, texts: Sequence[str]) -> tuple[dict[str, Vector], Usage]:
        """The vectors of texts by the server, batches side by side; what came before a failure is kept."""
        found: dict[str, Vector] = {}

        async def ask(batch: Sequence[str]) -> Usage:
            vectors, usage = await self._batch(batch, _LONGEST)
            found.update(zip(batch, vectors, strict=True))
            return usage

        tasks = [asyncio.ensure_future(ask(batch)) for batch in _batches(texts)]
        try:
            usages = await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._store.put(found)
            raise
        return found, sum(usages, Usage())

    async def _batch(self, texts: Sequence[str], longest: int) -> tuple[list[Vector], Usage]:
        """One request; where the server refuses it, parts of it, and at last parts of a text."""
        value, usage = await self._request([text[:longest] for text in texts])
        if not isinstance(value, Refusal):
            return value, usage
        if len(texts) > 1:
            middle = len(texts) // 2
            first, one = await self._batch(texts[:middle], longest)
            second, other = await self._batch(texts[middle:], longest)
            return first + second, usage + one + other
        length = min(longest, len(texts[0]))
        if not value.overflowed or length <= _SHORTEST:
            raise NotEmbedded(f"the server does not embed a text: {value.reason}")
        vectors, more = await self._batch(texts, max(_SHORTEST, length // 2))
        return vectors, usage + more

    async def _request(self, texts: list[str]) -> tuple[list[Vector] | Refusal, Usage]:
        """Asks, again where that may help; within the limits of the whole run."""
        if self._purse.limits == Limits():
            return await self._sent(texts)
        room = await self._purse.reserve(lambda: tokens_of_texts(texts) + len(texts), 0, self._prices)
        usage = Usage()
        try:
            value, usage = await self._sent(texts)
        finally:
            self._purse.release(room, replace(usage, calls=1))
        return value, usage

    async def _sent(self, texts: list[str]) -> tuple[list[Vector] | Refusal, Usage]:
        try:
            asked = await with_retries(lambda: self._attempt(texts), self._policy)
        except TransientFailure as failure:
            raise self._unreachable(failure.reason, "check that it runs, and its address; or try later") from None
        value, tokens = asked.value
        if isinstance(value, Final):
            raise self._unreachable(value.reason, _FIX if "HDSL_MODEL" in value.fix else value.fix)
        cost = self._prices.cost(tokens, 0)
        return value, Usage(retries=asked.retries, prompt_tokens=tokens, cost=cost)

    async def _attempt(self, texts: list[str]) -> tuple[list[Vector] | Refusal | Final, int]:
        """One request. Raises TransientFailure."""
        body = {"model": self.model, "input": texts, "encoding_format": "float"}
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with self._open, asyncio.timeout(self._timeout):
                reply = await self._transport.post(content, lambda block: True)
        except TimeoutError:
            raise TransientFailure(f"no answer within {self._timeout:g} seconds (HDSL_TIMEOUT)") from None
        found = self._read(reply, len(texts)) if isinstance(reply, Reply) else reply
        if isinstance(found, TransientFailure):
            raise found
        return found if isinstance(found, tuple) else (found, 0)

    def _read(self, reply: Reply, count: int) -> tuple[list[Vector], int] | Fault:
        text = text_of(reply.body, reply.headers.get("Content-Type", ""))
        try:
            value = values_of(text).values[0]
        except NotJson:
            value = None
        if not 200 <= reply.status < 300:
            return self._fault(reply, complaint_of(text if value is None else value))
        vectors = _vectors(value, count)
        if vectors is not None:
            return vectors, _tokens(value)
        if reply.cut or value is None:
            return TransientFailure("the answer was cut short or is not JSON")
        complaint = complaint_of(value)
        if isinstance(value, Mapping) and "error" in value:
            return self._fault(reply, complaint)
        return Final(f"it did not answer with {count} vectors of numbers", _FIX)

    def _fault(self, reply: Reply, complaint: Complaint) -> Fault:
        status = reply.status if reply.status >= 400 else complaint.status or reply.status
        said = one_line(self._hide(complaint.message)) or reason_phrase(status) or "no reason given"
        fault = fault_of(status, complaint, f"HTTP {status}: {said}" if status >= 400 else said, reply.headers)
        if isinstance(fault, Final) and status in (404, 405, 501):
            return Final(f"{fault.reason} (asked for {EMBEDDINGS})", _FIX)
        return fault

    def _unreachable(self, reason: str, fix: str) -> KernelUnreachable:
        where = f"the model server at {self._address.shown} (model {self.model!r})"
        return KernelUnreachable(f"{where} does not embed texts: {reason}; {fix}")


def server_that_embeds(settings: Settings) -> Settings:
    """The settings of the server that is asked for embeddings. SettingsError where it cannot be one."""
    answers = settings_of(settings, settings.kernel)
    name = settings.embedding_kernel or (settings.kernel if answers.kernel == "openai" else "openai")
    own = settings_of(settings, name)
    if own.kernel != "openai":
        raise SettingsError(
            f"embedding_kernel (HDSL_EMBEDDING_KERNEL): {name!r} is not a model server; name a table of [kernels] that "
            "has a base_url, or openai"
        )
    model = settings.embedding_model or own.model
    if not model:
        raise KernelNotConfigured(
            'similarity = "embeddings" needs a model: set HDSL_EMBEDDING_MODEL, or embedding_model in hdsl.toml'
        )
    return replace(own, model=model, input_price=own.input_price if model == own.model else 0.0)


def _batches(texts: Sequence[str]) -> list[list[str]]:
    """Texts in the groups in which they are asked for."""
    groups: list[list[str]] = []
    room = 0
    for text in texts:
        length = min(len(text), _LONGEST)
        if not groups or len(groups[-1]) == _TEXTS or length > room:
            groups.append([])
            room = _CHARACTERS
        groups[-1].append(text)
        room -= length
    return groups


def _vectors(value: Any, count: int) -> list[Vector] | None:
    """So many vectors in the order of their texts, as a server sends them; None where it sends something else."""
    entries = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(entries, list) or len(entries) != count:
        return None
    placed: dict[int, Vector] = {}
    for place, entry in enumerate(entries):
        vector = _vector(entry.get("embedding")) if isinstance(entry, Mapping) else None
        index = entry.get("index", place) if isinstance(entry, Mapping) else None
        if vector is None or not isinstance(index, int) or not 0 <= index < count:
            return None
        placed[index] = vector
    is_whole = len(placed) == count and len({len(vector) for vector in placed.values()}) == 1
    return [placed[index] for index in range(count)] if is_whole else None


def _vector(value: Any) -> Vector | None:
    if not isinstance(value, list) or not value:
        return None
    try:
        vector = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if vector.ndim != 1 or not np.isfinite(vector).all():
        return None
    return unit(vector.astype(np.float32))


def _tokens(value: Any) -> int:
    usage = value.get("usage")
    counted = (usage.get("prompt_tokens") or usage.get("total_tokens")) if isinstance(usage, Mapping) else 0
    return counted if isinstance(counted, int) and counted > 0 else 0
