"""The openai kernel: any server that speaks OpenAI's chat completions (a hosted one, vLLM, Ollama, llama.cpp)."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from hdsl.kernel.faults import Final, Refusal, fault_of, refuses_parameter
from hdsl.kernel.prompt import render
from hdsl.kernel.reasoning import without_reasoning
from hdsl.kernel.request import Answer, KernelNotConfigured, KernelUnreachable, Request, Usage
from hdsl.kernel.retry import RetryPolicy, TransientFailure, with_retries
from hdsl.settings import Settings

_OPENAI = "https://api.openai.com/v1"
_NO_KEY = "none"


class OpenAIKernel:
    """Answers by a model server. At most `settings.concurrency` questions are open at once; waits do not count.

    Raises KernelNotConfigured where the model, or the key of OpenAI's own server, is missing.
    """

    name = "openai"

    def __init__(self, settings: Settings, policy: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._url = settings.base_url or _OPENAI
        self._hosted_by_openai = urlsplit(self._url).hostname == urlsplit(_OPENAI).hostname
        self._check()
        self._policy = policy or RetryPolicy(settings.retries)
        self._open = asyncio.Semaphore(settings.concurrency)
        self._seeds = True
        self._client = AsyncOpenAI(
            api_key=settings.api_key or _NO_KEY, base_url=self._url, timeout=settings.timeout, max_retries=0
        )

    async def answer(self, request: Request) -> Answer:
        """The model's answer; refused where there is none, or where it was cut or filtered.

        Raises KernelUnreachable after all retries, and at once where the server will not have us.
        """
        try:
            asked = await with_retries(lambda: self._attempt(request), self._policy)
        except TransientFailure as failure:
            raise self._unreachable(failure.reason, "check that it runs, and OPENAI_BASE_URL; or try later") from None
        usage = Usage(retries=asked.retries)
        if isinstance(asked.value, Refusal):
            cause = f"the server refused the request: {self._hidden(asked.value.reason)}"
            return Answer("", cause, asked.value.overflowed, usage + Usage(calls=1))
        return _answer_of(asked.value, usage)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _attempt(self, request: Request) -> ChatCompletion | Refusal:
        """Asks once; raises TransientFailure or KernelUnreachable."""
        try:
            return await self._ask(request)
        except TransientFailure:
            raise
        except Exception as error:
            if self._seeds and refuses_parameter(error, "seed"):
                self._seeds = False
                return await self._attempt(request)
            fault = fault_of(error, self._settings.timeout)
        if isinstance(fault, TransientFailure):
            raise fault
        if isinstance(fault, Final):
            raise self._unreachable(fault.reason, fault.mend)
        return fault

    async def _ask(self, request: Request) -> ChatCompletion:
        async with self._open, asyncio.timeout(self._settings.timeout):
            completion = await self._client.chat.completions.create(**self._body(request))
        if not isinstance(completion, ChatCompletion):
            raise self._unreachable("it did not answer in JSON", "check OPENAI_BASE_URL (it often ends in /v1)")
        if not completion.choices or completion.choices[0].message is None:
            raise TransientFailure("the answer is no chat completion")
        return completion

    def _body(self, request: Request) -> dict[str, Any]:
        prompt = render(request)
        settings = self._settings
        body: dict[str, Any] = {
            "model": settings.model,
            "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
        }
        if self._seeds:
            body["seed"] = request.seed
        if settings.temperature is not None:
            body["temperature"] = settings.temperature
        if settings.max_tokens is not None:
            body["max_completion_tokens" if self._hosted_by_openai else "max_tokens"] = settings.max_tokens
        return body

    def _check(self) -> None:
        if not self._settings.model:
            raise KernelNotConfigured("the openai kernel needs a model: set HDSL_MODEL, or model in hdsl.toml")
        if self._hosted_by_openai and not self._settings.api_key:
            raise KernelNotConfigured(
                "the openai kernel needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs none"
            )

    def _unreachable(self, reason: str, mend: str) -> KernelUnreachable:
        place = urlsplit(self._url)
        host = f"{place.hostname}:{place.port}" if place.port else place.hostname
        return KernelUnreachable(
            f"the model server at {place.scheme}://{host}{place.path} (model {self._settings.model!r}) "
            f"does not answer: {self._hidden(reason)}; {mend}"
        )

    def _hidden(self, text: str) -> str:
        """The text without the key, which a server may repeat in what it says."""
        return text.replace(self._settings.api_key, "…") if self._settings.api_key else text


def _answer_of(completion: ChatCompletion, usage: Usage) -> Answer:
    counted = completion.usage
    usage += Usage(
        calls=1,
        prompt_tokens=(counted.prompt_tokens or 0) if counted else 0,
        completion_tokens=(counted.completion_tokens or 0) if counted else 0,
    )
    choice = completion.choices[0]
    text = without_reasoning(choice.message.content or "")
    if choice.finish_reason == "length":
        return Answer(text, "the answer was cut at the longest the server or HDSL_MAX_TOKENS allows", usage=usage)
    if choice.finish_reason == "content_filter" or choice.message.refusal:
        return Answer(text, f"the model refused: {choice.message.refusal or 'its content filter'}", usage=usage)
    if not text:
        return Answer("", "the model answered nothing", usage=usage)
    return Answer(text, usage=usage)
