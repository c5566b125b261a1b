"""Answers of a model on this machine, written in segments, each held to a grammar that depends on those before it.

The grammars are llguidance's, with which this llama.cpp is built. The server keeps what it has read, so a segment costs
little more than its own tokens.
"""

import asyncio
import json
from typing import Any

from hdsl.configuration.settings import Settings
from hdsl.kernel.address import server_address
from hdsl.kernel.body import NotJson, text_of, values_of
from hdsl.kernel.complaints import complaint_of
from hdsl.kernel.credentials import authorization
from hdsl.kernel.limits import answer_limit
from hdsl.kernel.prompt import render
from hdsl.kernel.request import Answer, Guide, Request, Usage
from hdsl.kernel.transport import Reply, Transport
from hdsl.kernel.wordings import overflows

_NOTATION = "%llguidance {}\n"


class Refused(Exception):  # noqa: N818 - says what happened
    """Why there is no more of an answer."""

    def __init__(self, reason: str, *, overflowed: bool = False) -> None:
        super().__init__(reason)
        self.overflowed = overflowed


class GuidedWriter:
    """Lets the model behind an address write such answers, one at a time."""

    def __init__(self, address: str, key: str, settings: Settings) -> None:
        headers = authorization(server_address(address), key)
        self._template = Transport(f"{address}/apply-template", headers, None)
        self._completion = Transport(f"{address}/completion", headers, None)
        self._settings = settings
        self._one = asyncio.Lock()

    async def answer(self, request: Request, guide: Guide) -> Answer:
        """The answer, complete; or as far as it got, and why it ends there."""
        left = answer_limit(request, self._settings.max_tokens)
        text, usage = "", Usage(calls=1)
        async with self._one:
            try:
                prompt = await self._prompt(request)
                while guide.grammar is not None:
                    said = await self._segment(prompt + text, guide.grammar, left, request)
                    segment, counted = str(said.get("content", "")), int(said.get("tokens_predicted", 0))
                    text += segment
                    left -= counted
                    read = int(said.get("tokens_evaluated", 0)) if usage.prompt_tokens == 0 else 0
                    usage += Usage(prompt_tokens=read, completion_tokens=counted)
                    if left <= 0 or said.get("stop_type") == "limit":
                        cause = "the answer was longer than it may be (HDSL_MAX_TOKENS), or than the model's context"
                        return Answer(text, cause, usage=usage, cut=True)
                    guide.take(segment)
            except Refused as refused:
                return Answer(text, str(refused), refused.overflowed, usage, cut=bool(text))
        return Answer(text, usage=usage)

    async def close(self) -> None:
        """Closes the connections."""
        await self._template.close()
        await self._completion.close()

    async def _prompt(self, request: Request) -> str:
        messages = [{"role": each.role, "content": each.content} for each in render(request).messages]
        return str((await self._post(self._template, {"messages": messages}))["prompt"])

    async def _segment(self, text: str, grammar: str, left: int, request: Request) -> dict[str, Any]:
        temperature = request.temperature if request.temperature is not None else self._settings.temperature
        asked = {
            "prompt": text,
            "grammar": _NOTATION + grammar,
            "n_predict": left,
            "cache_prompt": True,
            "seed": request.seed,
            "temperature": temperature or 0.0,
        }
        return await self._post(self._completion, asked)

    async def _post(self, carrier: Transport, body: dict[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._settings.timeout):
                reply = await carrier.post(json.dumps(body).encode(), lambda _: True)
        except TimeoutError:
            raise Refused(f"no answer within {self._settings.timeout:g} seconds (HDSL_TIMEOUT)") from None
        if not isinstance(reply, Reply):
            raise Refused(reply.reason)
        try:
            value = values_of(text_of(reply.body, reply.headers.get("Content-Type", ""))).values[0]
        except NotJson:
            raise Refused("the model's server did not answer in JSON") from None
        if reply.status != 200 or not isinstance(value, dict):
            complaint = complaint_of(value)
            raise Refused(f"the model's server refused: {complaint.message}", overflowed=overflows(complaint))
        return value
