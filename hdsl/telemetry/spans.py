"""Spans of one command: itself, each node that its runs evaluate, each question, under the node that asked it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic_ns, time_ns
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from hdsl.configuration.kernel_tables import AGENTS
from hdsl.configuration.kernels import settings_of
from hdsl.configuration.settings import Settings
from hdsl.future.context import AskRecord, PullRecord
from hdsl.graph.program import Program
from hdsl.kernel.prompt import Message, render
from hdsl.kernel.request import Request, Usage
from hdsl.structure.structures import OneOf
from hdsl.telemetry import names

_WORLD = frozenset({"write", "open", "read"})
_WAITING = 10_000
"""Questions of a run whose node has not ended yet that are kept at most; those beyond stand under the command."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How spans are made: by which settings, and what hides secrets in the texts that are sent."""

    settings: Settings
    redact: Callable[[str], str] = str

    @property
    def content(self) -> bool:
        """Whether spans hold the texts of prompts and answers."""
        return self.settings.otel_content

    def text(self, text: str) -> str:
        """A text as it is sent: without secrets, and without halves of characters, which cannot be encoded."""
        return self.redact(text).encode("utf-8", "replace").decode("utf-8")


class CommandSpans:
    """The spans of a command, from its beginning until `end`. It takes no time but that of making spans."""

    def __init__(self, tracer: Tracer, command: str, manner: Manner, parent: Context | None = None) -> None:
        self.tracer = tracer
        self.manner = manner
        self.shift = time_ns() - monotonic_ns()
        """What a reading of the monotonic clock lacks to be a time."""
        self._is_named = False
        self._usage = Usage()
        self._lock = threading.Lock()
        attributes = {names.OPERATION: names.WORKFLOW, names.COMMAND: command}
        self._root = tracer.start_span(f"{names.WORKFLOW} {command}", parent, SpanKind.INTERNAL, attributes)
        self.within = set_span_in_context(self._root, parent)

    def on_program(self, program: Program) -> None:
        """Takes which program is asked for: the first one names the span of the command."""
        with self._lock:
            is_first, self._is_named = not self._is_named, True
        if is_first:
            self._root.update_name(f"{names.WORKFLOW} {program.name}")
            self._root.set_attributes({names.AGENT_NAME: program.name, names.FILE: program.module})

    def on_asked(self, record: AskRecord) -> None:
        """Makes the span of a question."""
        self.count(record)
        self.ask(record, self.within)

    def for_run(self) -> "RunSpans":
        """The spans of one run of the command."""
        return RunSpans(self)

    def on_end(self, run: str, code: int, reason: str) -> None:
        """Takes how a run ended."""
        self._root.set_attributes({names.CONVERSATION: run, names.EXIT: code})
        if code:
            self._root.set_attribute(names.ERROR_TYPE, str(code))
            self._root.set_status(Status(StatusCode.ERROR, self.manner.text(reason)))

    def end(self, error: str = "") -> None:
        """Ends the span of the command. `error`: the name of what ended the command, if something did."""
        usage = self._usage
        self._root.set_attributes(
            {names.CALLS: usage.calls, names.INPUT_TOKENS: usage.prompt_tokens,
             names.OUTPUT_TOKENS: usage.completion_tokens, names.COST: usage.cost}
        )  # fmt: skip
        if error:
            self._root.set_attribute(names.ERROR_TYPE, error)
            self._root.set_status(Status(StatusCode.ERROR))
        self._root.end()

    def count(self, record: AskRecord) -> None:
        """Adds what a question cost to what the command did."""
        if record.answer is not None:
            with self._lock:
                self._usage += record.answer.usage

    def ask(self, record: AskRecord, within: Context) -> None:
        """Makes the span of a question under another one."""
        attributes = dict(_about(record, self.manner))
        operation, model = attributes[names.OPERATION], attributes.get(names.REQUEST_MODEL, "")
        start = record.started + self.shift
        span: Span = self.tracer.start_span(
            f"{operation} {model}".strip(), within, SpanKind.CLIENT, attributes, start_time=start
        )
        if record.answer is None or record.answer.refused:
            why = record.error if record.answer is None else record.answer.refused
            span.set_status(Status(StatusCode.ERROR, self.manner.text(why)))
        span.end(start + record.duration_ns)


class RunSpans:
    """The spans of one run: each node that is evaluated, and under it what it asked."""

    def __init__(self, command: CommandSpans) -> None:
        self._command = command
        self._nodes: dict[str, tuple[str, frozenset[str]]] = {}
        self._waiting: dict[str, list[AskRecord]] = {}
        self._count = 0
        self._has_ended = False
        self._lock = threading.Lock()

    def on_program(self, program: Program) -> None:
        """Takes which program is run."""
        self._command.on_program(program)
        for path, node in program.nodes.items():
            self._nodes[path] = (node.shown, frozenset(effect.name for effect in node.effects))

    def on_asked(self, record: AskRecord) -> None:
        """Takes a question; its span is made when its node has ended."""
        self._command.count(record)
        with self._lock:
            is_kept = self._count < _WAITING and not self._has_ended
            if is_kept:
                self._waiting.setdefault(record.request.place, []).append(record)
                self._count += 1
        if not is_kept:
            self._command.ask(record, self._command.within)

    def for_run(self) -> "RunSpans":
        """Itself."""
        return self

    def on_pull(self, record: PullRecord) -> None:
        """Makes the span of a node, and those of what it asked."""
        command, manner = self._command, self._command.manner
        with self._lock:
            asked = self._waiting.pop(f"{record.node}{list(record.coordinates)}", [])
            self._count -= len(asked)
        operation, effects = self._nodes.get(record.node, ("", frozenset()))
        is_tool = bool(effects & _WORLD)
        attributes: dict[str, Any] = {names.NODE: record.node, names.COORDINATES: list(record.coordinates)}
        if operation:
            attributes[names.NODE_OPERATION] = operation
        if is_tool:
            attributes |= {names.OPERATION: names.TOOL, names.TOOL_NAME: operation, names.TOOL_TYPE: "function"}
        if record.status.failed:
            attributes[names.ERROR_TYPE] = "failed"
        elif 0 < record.status.coefficient < 1:
            attributes[names.CONFIDENCE] = record.status.coefficient
        if manner.content:
            attributes[names.TOOL_RESULT if is_tool else names.NODE_TEXT] = manner.text(record.text)
        start = record.started + command.shift
        name = f"{names.TOOL} {operation}" if is_tool else f"node {record.node}"
        span = command.tracer.start_span(name, command.within, SpanKind.INTERNAL, attributes, start_time=start)
        within = set_span_in_context(span, command.within)
        for each in asked:
            command.ask(each, within)
        if record.status.failed:
            span.set_status(Status(StatusCode.ERROR, manner.text(record.status.cause)))
        span.end(start + record.duration_ns)

    def on_end(self, run: str, code: int, reason: str) -> None:
        """Takes how the run ended. What was asked by nodes that did not end stands under the command."""
        with self._lock:
            self._has_ended = True
            left = [record for each in self._waiting.values() for record in each]
            self._waiting.clear()
            self._count = 0
        for record in left:
            self._command.ask(record, self._command.within)
        self._command.on_end(run, code, reason)


def _about(record: AskRecord, manner: Manner) -> Iterator[tuple[str, Any]]:
    """What is said of a question, by the conventions."""
    request, answer = record.request, record.answer
    kernel = request.model or manner.settings.kernel
    own = settings_of(manner.settings, kernel)
    yield names.OPERATION, names.AGENT if own.kernel in AGENTS else names.CHAT
    yield names.PROVIDER, "openai" if own.kernel == "openai" else f"hdsl.{own.kernel.partition(':')[0]}"
    yield names.REQUEST_MODEL, own.model or kernel
    yield names.KIND, request.kind
    yield names.NODE, request.name
    yield names.ROWS, len(request.rows)
    yield names.REQUEST_SEED, request.seed
    yield names.OUTPUT_TYPE, "text" if request.form is None or isinstance(request.form, OneOf) else "json"
    if request.max_tokens is not None:
        yield names.REQUEST_MAX_TOKENS, request.max_tokens
    temperature = own.temperature if request.temperature is None else request.temperature
    if temperature is not None:
        yield names.REQUEST_TEMPERATURE, temperature
    if own.kernel == "openai" and own.base_url:
        yield from _server(own.base_url)
    if answer is None:
        yield names.ERROR_TYPE, "unreachable"
    else:
        usage = answer.usage
        yield names.INPUT_TOKENS, usage.prompt_tokens
        yield names.OUTPUT_TOKENS, usage.completion_tokens
        yield names.FINISH_REASONS, ["length" if answer.cut or answer.overflowed else "stop"]
        for name, value in ((names.RETRIES, usage.retries), (names.CACHED, usage.cached), (names.COST, usage.cost)):
            if value:
                yield name, value
        if answer.refused:
            yield names.ERROR_TYPE, "refused"
    if manner.content:
        yield from _content(request, None if answer is None else answer.text, manner)


def _server(address: str) -> Iterator[tuple[str, Any]]:
    with suppress(ValueError):
        parts = urlsplit(address if "//" in address else f"//{address}")
        if parts.hostname:
            yield names.SERVER_ADDRESS, parts.hostname
        if parts.port:
            yield names.SERVER_PORT, parts.port


def _content(request: Request, answer: str | None, manner: Manner) -> Iterator[tuple[str, str]]:
    prompt = render(request, manner.settings.prompt)
    system = [{"type": "text", "content": manner.text(prompt.system)}]
    yield names.SYSTEM_INSTRUCTIONS, json.dumps(system, ensure_ascii=False)
    asked = [_message(each, manner) for each in prompt.messages if each.role != "system"]
    yield names.INPUT_MESSAGES, json.dumps(asked, ensure_ascii=False)
    if answer is not None:
        said = {**_message(Message("assistant", answer), manner), "finish_reason": "stop"}
        yield names.OUTPUT_MESSAGES, json.dumps([said], ensure_ascii=False)


def _message(message: Message, manner: Manner) -> Mapping[str, Any]:
    return {"role": message.role, "parts": [{"type": "text", "content": manner.text(message.content)}]}
