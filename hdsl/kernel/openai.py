"""The openai kernel: any server that speaks OpenAI's chat completions (a hosted one, vLLM, Ollama, llama.cpp)."""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hdsl.configuration.settings import Settings
from hdsl.ground.display import one_line
from hdsl.kernel.address import server_address
from hdsl.kernel.body import NotJson, text_of, values_of
from hdsl.kernel.complaints import Complaint, complaint_of
from hdsl.kernel.credentials import authorization, check_key, hider
from hdsl.kernel.faults import Fault, Final, Refusal, fault_of, reason_phrase
from hdsl.kernel.parameters import LENGTHS, Options, messages
from hdsl.kernel.prompt import Prompt, render
from hdsl.kernel.proxies import proxy_for
from hdsl.kernel.reading import Reading, read
from hdsl.kernel.request import Answer, KernelNotConfigured, KernelUnreachable, Request, Usage
from hdsl.kernel.retry import RetryPolicy, TransientFailure, with_retries
from hdsl.kernel.transport import Reply, Transport

_OPENAI, _OPENAI_HOST = "https://api.openai.com/v1", "api.openai.com"
_TAKES_NEW_NAME = (_OPENAI_HOST, ".openai.azure.com")
"""Hosts whose models take `max_completion_tokens`; others know `max_tokens`."""
_OF_THE_USER = {"temperature": "HDSL_TEMPERATURE", **dict.fromkeys(LENGTHS, "HDSL_MAX_TOKENS")}

_log = logging.getLogger(__name__)


class OpenAIKernel:
    """Answers by a model server. At most `settings.concurrency` questions are open at once; waits do not count.

    Raises KernelNotConfigured where the model, or the key of OpenAI's own server, is missing, and SettingsError where
    the address, the key or the proxy cannot be used.
    """

    name = "openai"

    def __init__(self, settings: Settings, policy: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._address = server_address(settings.base_url or _OPENAI)
        self._check()
        self._hide = hider(self._address, settings.api_key)
        self._policy = policy or RetryPolicy(settings.retries)
        self._open = asyncio.Semaphore(settings.concurrency)
        self._refused: frozenset[str] = frozenset()
        self._told: set[str] = set()
        self._length_name = "max_completion_tokens" if self._address.host.endswith(_TAKES_NEW_NAME) else "max_tokens"
        self._transport = Transport(
            self._address.endpoint,
            authorization(self._address, settings.api_key),
            proxy_for(self._address, os.environ),
        )

    async def answer(self, request: Request) -> Answer:
        """The model's answer; refused where there is none, or where it was cut or filtered.

        Raises KernelUnreachable after all retries, and at once where the server will not have us.
        """
        prompt = render(request)
        try:
            asked = await with_retries(lambda: self._attempt(prompt, request.seed), self._policy)
        except TransientFailure as failure:
            if failure.answered:
                return Answer("", failure.reason, usage=Usage(1, self._policy.retries))
            raise self._unreachable(failure.reason, "check that it runs, and OPENAI_BASE_URL; or try later") from None
        if isinstance(asked.value, Refusal):
            cause = f"the server refused the request: {asked.value.reason}"
            return Answer("", cause, asked.value.overflowed, Usage(1, asked.retries))
        return _answer_of(asked.value, asked.retries, self._shown)

    async def close(self) -> None:
        """Closes the connections."""
        await self._transport.close()

    async def _attempt(self, prompt: Prompt, seed: int) -> Reading | Refusal:
        """Asks once, and again without what the server refuses; raises TransientFailure or KernelUnreachable."""
        dropped: frozenset[str] = frozenset()
        while True:
            options, found = await self._exchange(prompt, seed)
            if isinstance(found, Reading):
                self._tell(dropped)
                return found
            if isinstance(found, _Complained):
                refused = options.refused_by(found.status, found.complaint)
                if refused is not None and refused not in dropped:
                    dropped |= {refused}
                    self._refused |= {refused}
                    continue
                fault = self._fault(found)
            else:
                fault = found
            if isinstance(fault, TransientFailure):
                raise fault
            self._refused -= dropped  # the server's trouble was another one
            if isinstance(fault, Final):
                raise self._unreachable(fault.reason, fault.fix)
            return fault

    def _options(self, seed: int) -> Options:
        settings = self._settings
        values: dict[str, Any] = {"seed": seed}
        if settings.temperature is not None:
            values["temperature"] = settings.temperature
        if settings.max_tokens is not None:
            values[self._length_name] = settings.max_tokens
        return Options(values, self._refused)

    def _tell(self, dropped: frozenset[str]) -> None:
        """Warns of settings of the user that the server turned out not to take."""
        still_sent = {_OF_THE_USER.get(name) for name in self._options(0).sent()}
        lost = {_OF_THE_USER[name] for name in dropped if name in _OF_THE_USER} - still_sent - self._told
        self._told |= lost
        for setting in sorted(lost):
            _log.warning("the model server at %s refuses %s: it is asked without", self._address.shown, setting)

    async def _exchange(self, prompt: Prompt, seed: int) -> "tuple[Options, Reading | _Complained | Fault]":
        try:
            async with self._open:
                options = self._options(seed)  # what others have learned of the server while this one waited
                content = self._content(prompt, options)
                async with asyncio.timeout(self._settings.timeout):
                    reply = await self._transport.post(content)
        except TimeoutError:
            return options, TransientFailure(f"no answer within {self._settings.timeout:g} seconds (HDSL_TIMEOUT)")
        return options, self._read(reply) if isinstance(reply, Reply) else reply

    def _content(self, prompt: Prompt, options: Options) -> bytes:
        body = {
            "model": self._settings.model,
            "messages": messages(prompt.system, prompt.user, options.refused),
            **options.sent(),
        }
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")

    def _read(self, reply: Reply) -> "Reading | _Complained | Fault":
        text = text_of(reply.body, reply.headers.get("Content-Type", ""))
        if not 200 <= reply.status < 300:
            return _Complained(reply.status, _complaint(text), reply)
        try:
            reading = read(values_of(text))
        except NotJson as error:
            return self._not_json(text, reply, error)
        if reading.complaint is not None:
            return _Complained(reading.complaint.status or reply.status, reading.complaint, reply)
        if reading.end == "error":
            return TransientFailure("the server ended the answer with an error", answered=True)
        if not (reading.text or reading.completed or reading.refusal or reading.end):
            return TransientFailure(reading.missing, answered=True)
        return reading

    def _not_json(self, text: str, reply: Reply, error: NotJson) -> Fault:
        if error.deep:
            return Refusal("the server sent JSON that is nested too deeply")
        if reply.cut or error.cut or not text.strip():
            what = "the answer was cut short or is not JSON" if reply.cut or text.strip() else "the answer is empty"
            return TransientFailure(f"{what}{'' if reply.status == 200 else f' (HTTP {reply.status})'}")
        said = self._shown(complaint_of(text).message)
        return Final(
            f"it did not answer in JSON, but {said!r}" if said else "it did not answer in JSON",
            "check OPENAI_BASE_URL (it often ends in /v1)",
        )

    def _fault(self, found: "_Complained") -> Fault:
        said = self._shown(found.complaint.message) or reason_phrase(found.status) or "no reason given"
        reason = f"HTTP {found.status}: {said}" if found.status >= 400 else said
        return fault_of(found.status, found.complaint, reason, found.reply.headers)

    def _shown(self, text: str) -> str:
        """A server's words, safe to show: without the key, which a server may repeat, before anything is cut."""
        return one_line(self._hide(text))

    def _check(self) -> None:
        if not self._settings.model:
            raise KernelNotConfigured("the openai kernel needs a model: set HDSL_MODEL, or model in hdsl.toml")
        check_key(self._settings.api_key)
        if self._address.host == _OPENAI_HOST and not self._settings.api_key:
            raise KernelNotConfigured(
                "the openai kernel needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs none"
            )

    def _unreachable(self, reason: str, fix: str) -> KernelUnreachable:
        return KernelUnreachable(
            f"the model server at {self._address.shown} (model {self._settings.model!r}) does not answer: "
            f"{reason}; {fix}"
        )


@dataclass(frozen=True, slots=True)
class _Complained:
    """A reply that says what is wrong."""

    status: int
    complaint: Complaint
    reply: Reply


def _complaint(text: str) -> Complaint:
    """The complaint in a body, JSON or not."""
    try:
        return complaint_of(values_of(text).values[0])
    except NotJson:
        return complaint_of(text)


def _answer_of(reading: Reading, retries: int, shown: Callable[[str], str]) -> Answer:
    usage = Usage(1, retries, *reading.tokens)
    cause = ""
    if reading.end == "cut":
        cause = "the answer was cut at the longest the server or HDSL_MAX_TOKENS allows"
    elif reading.end == "filtered" or reading.refusal:
        cause = f"the model refused: {shown(reading.refusal) or 'its content filter'}"
    elif not reading.text:
        cause = shown(reading.missing)
    return Answer(reading.text, cause, usage=usage)
