"""The openai kernel: any server that speaks OpenAI's chat completions (a hosted one, vLLM, Ollama, llama.cpp)."""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hdsl.configuration.settings import Settings
from hdsl.ground.display import one_line
from hdsl.kernel.address import server_address
from hdsl.kernel.complaints import Complaint
from hdsl.kernel.constraints import PARAMETERS, Form
from hdsl.kernel.credentials import authorization, check_key, hider
from hdsl.kernel.faults import Fault, Final, Refusal, fault_of, reason_phrase
from hdsl.kernel.limits import SHORT, answer_limit, largest_reply, most_events
from hdsl.kernel.listening import Listener
from hdsl.kernel.parameters import LENGTHS, Options, messages
from hdsl.kernel.prompt import render
from hdsl.kernel.proxies import proxy_for
from hdsl.kernel.reading import Reading
from hdsl.kernel.replies import Complained, read_reply
from hdsl.kernel.request import Answer, KernelNotConfigured, KernelUnreachable, Request, Usage
from hdsl.kernel.retry import RetryPolicy, TransientFailure, with_retries
from hdsl.kernel.server import KnownServer, Undo
from hdsl.kernel.transport import Carrier, Reply, Transport
from hdsl.kernel.wordings import counts_the_answer
from hdsl.structure.structures import Structure
from hdsl.syntax.decoding import decoding_grammar
from hdsl.syntax.export import export_grammar

_OPENAI, _OPENAI_HOST = "https://api.openai.com/v1", "api.openai.com"
_TAKES_NEW_NAME = (_OPENAI_HOST, ".openai.azure.com")
"""Hosts whose models take `max_completion_tokens`; others know `max_tokens`."""
_OF_THE_USER = {"temperature": "HDSL_TEMPERATURE"}
_OF_LABELS = 0.0
"""The temperature of a label or a record, unless another is set: at a server's own, mostly 0.7 to 1, a small model
answered 10 points fewer of the questions of docs/reality.md right."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One way of asking a request: what was sent beside the prompt."""

    options: Options
    form: Form | None
    structure: Structure | None
    """The type that the form holds the answer to."""
    limit: int
    """Tokens of the answer, with the reasoning before it."""


@dataclass(frozen=True, slots=True)
class _Received:
    """An answer of the model. `enforced`: its server has seen to it that it is within the type."""

    reading: Reading
    limit: int
    enforced: bool = False


class OpenAIKernel:
    """Answers by a model server. At most `settings.concurrency` questions are open at once; waits do not count.

    `carrier` and `server`: where a server is reached in another way than by HTTP, and what is known of it already.
    Raises KernelNotConfigured where the model, or the key of OpenAI's own server, is missing, and SettingsError where
    the address, the key or the proxy cannot be used.
    """

    name = "openai"

    def __init__(
        self,
        settings: Settings,
        policy: RetryPolicy | None = None,
        *,
        carrier: Carrier | None = None,
        server: KnownServer | None = None,
    ) -> None:
        self._settings = settings
        self._address = server_address(settings.base_url or _OPENAI)
        self._check()
        self._hide = hider(self._address, settings.api_key)
        self._policy = policy or RetryPolicy(settings.retries)
        self._open = asyncio.Semaphore(settings.concurrency)
        self._server = server or KnownServer()
        self._told: set[str] = set()
        self._length_name = "max_completion_tokens" if self._address.host.endswith(_TAKES_NEW_NAME) else "max_tokens"
        self._carrier = carrier or Transport(
            self._address.endpoint,
            authorization(self._address, settings.api_key),
            proxy_for(self._address, os.environ),
        )

    async def answer(self, request: Request) -> Answer:
        """The model's answer; refused where there is none, or where it was cut or filtered.

        Raises KernelUnreachable after all retries, and at once where the server will not have us.
        """
        try:
            asked = await with_retries(lambda: self._attempt(request), self._policy)
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
        await self._carrier.close()

    async def _attempt(self, request: Request) -> _Received | Refusal:
        """Asks once, and again without what the server refuses; raises TransientFailure or KernelUnreachable."""
        structure = request.wanted
        dropped: frozenset[str] = frozenset()
        undone: list[Undo] = []
        suspected: tuple[Form, Structure, Complaint] | None = None
        most: int | None = None
        while True:
            asked, found = await self._exchange(request, None if suspected else structure, most)
            if isinstance(found, Reading):
                if suspected:
                    self._server.note_refused(suspected[0], suspected[1], suspected[2])
                if self._learns_that_it_reasons(asked, found):
                    continue
                if asked.options.asks_for_a_call and not found.called:
                    self._server.note_not_called()
                received = self._within_type(asked, found)
                if received is None:
                    continue
                self._tell(dropped)
                return received
            if isinstance(found, Complained):
                refused = asked.options.refused_by(found.status, found.complaint)
                if refused in PARAMETERS and asked.form is not None and structure is not None:
                    undone.append(self._server.note_refused(asked.form, structure, found.complaint))
                    continue
                if refused is not None and refused not in dropped:
                    dropped |= {refused}
                    self._server.refused |= {refused}
                    continue
                fault = self._fault(found)
                if most is None and request.max_tokens is None and _has_no_room(fault, found.complaint, asked.limit):
                    most = SHORT
                    continue
                suspect = self._suspect(asked, fault)
                if suspect is not None:
                    suspected = (*suspect, found.complaint)
                    continue
            else:
                fault = found
            if isinstance(fault, TransientFailure):
                raise fault
            self._server.refused -= dropped  # the server's trouble was another one
            for undo in undone:
                undo()
            if isinstance(fault, Final):
                raise self._unreachable(fault.reason, fault.fix)
            return fault

    def _suspect(self, asked: _Asked, fault: Fault) -> tuple[Form, Structure] | None:
        """The form that a server may have refused a request for, and the type that was sent in it."""
        form, structure = asked.form, asked.structure
        if form is None or structure is None or not _may_be_the_form(fault) or self._server.has_worked(form):
            return None
        return form, structure

    def _learns_that_it_reasons(self, asked: _Asked, reading: Reading) -> bool:
        """Whether an answer was cut in the reasoning of a model that was not known to reason: it is asked again."""
        if not reading.reasoned or self._server.reasons:
            return False
        self._server.reasons = True
        return reading.end == "cut" and self._settings.reasoning_tokens > 0

    def _within_type(self, asked: _Asked, reading: Reading) -> _Received | None:
        """The answer as it was enforced, or as it stands where nothing was; None where it has to be asked again."""
        form, structure = asked.form, asked.structure
        if form is None or structure is None or reading.refusal or reading.end == "filtered":
            return _Received(reading, asked.limit)
        if reading.end == "cut":
            return _Received(reading, asked.limit, enforced=self._server.has_worked(form))
        if not reading.text:
            if self._server.has_worked(form, structure):
                return _Received(reading, asked.limit)
            self._server.note_useless(form, structure)  # the model was held to the type as it reasoned, or to no type
            return None
        text = form.answer_in(reading.text, structure)
        if text is None:
            self._server.note_ignored(form)
            return _Received(reading, asked.limit)
        self._server.note_enforced(form, structure)
        return _Received(replace(reading, text=text), asked.limit, enforced=True)

    def _asking(self, request: Request, structure: Structure | None, most: int | None) -> _Asked:
        """How a request is asked, by what others have learned of the server meanwhile, with `most` tokens at most."""
        settings, server = self._settings, self._server
        form = server.form_for(structure) if settings.constraints else None
        limit = answer_limit(request, settings.max_tokens) + (settings.reasoning_tokens if server.reasons else 0)
        limit = limit if most is None else min(limit, most)
        values: dict[str, Any] = {} if form is None or structure is None else form.parameters(structure)
        if request.grammar and settings.constraints:
            values |= server.grammar_parameters(export_grammar("openai"), decoding_grammar())
        values |= {"stream_options": {"include_usage": True}, "seed": request.seed}
        temperature = settings.temperature if request.temperature is None else request.temperature
        if temperature is None and request.wanted is not None:
            temperature = _OF_LABELS
        if temperature is not None:
            values["temperature"] = temperature
        values[self._length_name] = limit
        values["stream"] = True
        refused = server.refused | ({"stream_options"} if "stream" in server.refused else set())
        return _Asked(Options(values, refused), form, structure, limit)

    def _tell(self, dropped: frozenset[str]) -> None:
        """Warns of settings of the user that the server turned out not to take."""
        names = dropped if self._settings.temperature is not None else dropped - {"temperature"}
        lost = {_OF_THE_USER[name] for name in names if name in _OF_THE_USER} - self._told
        if set(LENGTHS) <= self._server.refused:
            lost |= {"HDSL_MAX_TOKENS"} - self._told
        self._told |= lost
        for setting in sorted(lost):
            _log.warning("the model server at %s refuses %s: it is asked without", self._address.shown, setting)

    async def _exchange(
        self, request: Request, structure: Structure | None, most: int | None
    ) -> tuple[_Asked, Reading | Complained | Fault]:
        timeout = self._settings.timeout
        async with self._open:
            asked = self._asking(request, structure, most)
            content = self._content(request, asked)
            listener = Listener(timeout, most_events(asked.limit), largest_reply(asked.limit))
            try:
                async with listener.patience():
                    reply = await self._carrier.post(content, listener.hear)
            except TimeoutError:
                return asked, TransientFailure(f"no answer within {timeout:g} seconds (HDSL_TIMEOUT)")
        if not isinstance(reply, Reply):
            return asked, reply
        return asked, read_reply(reply, asked.limit, self._server, self._shown)

    def _content(self, request: Request, asked: _Asked) -> bytes:
        is_held = asked.form is not None and not asked.form.in_json and not request.rejected
        prompt = render(request, self._settings.prompt, held_to_labels=is_held)
        body = {
            "model": self._settings.model,
            "messages": messages(prompt.messages, asked.options.refused, request.rejected),
            **asked.options.sent(),
        }
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")

    def _fault(self, found: Complained) -> Fault:
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


def _has_no_room(fault: Fault, complaint: Complaint, limit: int) -> bool:
    """Whether a request is too long for the model by the room that was asked for the answer."""
    return isinstance(fault, Refusal) and fault.overflowed and limit > SHORT and counts_the_answer(complaint)


def _may_be_the_form(fault: Fault) -> bool:
    """Whether a server that was never seen to enforce a type may have refused a request for asking it to."""
    return isinstance(fault, Refusal) and not fault.overflowed and not fault.by_policy


def _answer_of(received: _Received, retries: int, shown: Callable[[str], str]) -> Answer:
    reading = received.reading
    usage = Usage(1, retries, *reading.tokens)
    cause, cut = "", reading.end == "cut"
    if cut:
        cause = (
            f"the answer was cut at {received.limit:,} tokens, the longest it may be: "
            "write max_tokens at its node, or set HDSL_MAX_TOKENS"
        )
    elif reading.end == "filtered" or reading.refusal:
        cause = f"the model refused: {shown(reading.refusal) or 'its content filter'}"
    elif not reading.text:
        cause = shown(reading.missing)
    return Answer(reading.text, cause, usage=usage, cut=cut and not received.enforced, final=received.enforced)
