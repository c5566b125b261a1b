"""The one reader of responses: whatever JSON a server sends, its text, its usage and how it ended, or what is missing.

Servers that call themselves compatible send the content of a message as a text, as parts, as an object or not at all,
and gateways wrap the answers of other interfaces. No shape of a value makes this raise.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hdsl.kernel.body import Values, without_halves
from hdsl.kernel.complaints import Complaint, complaint_of
from hdsl.kernel.custom_tool import input_of
from hdsl.kernel.reasoning import without_reasoning
from hdsl.kernel.token_counts import Counts, counts_reasoning, token_counts

End = Literal["", "cut", "filtered", "error"]

_CUT = ("length", "max_tokens", "model_length", "max_output_tokens", "max_length", "incomplete", "limit")
_FILTERED = (
    *("content_filter", "content_filtered", "safety", "refusal", "recitation", "prohibited_content"),
    *("blocklist", "spii", "guardrail_intervened", "sensitive", "blocked", "error_toxic"),
)
_FAILED = ("error", "failed", "network_error", "insufficient_system_resource", "cancelled")
_ENDS: Mapping[str, End] = {
    **dict.fromkeys(_CUT, "cut"),
    **dict.fromkeys(_FILTERED, "filtered"),
    **dict.fromkeys(_FAILED, "error"),
}
_FINISH = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "stop_type")
_REASONING = ("reasoning_content", "reasoning", "thinking", "thought")
_TOOLS = ("tool_calls", "function_call", "tool_use", "tool_call", "functionCall", "toolUse")
_TEXTS = ("text", "output_text", "content", "value", "parts", "message", "generated_text", "outputText")
_ANSWERS = (
    *("message", "messages", "content", "text", "response", "output", "result", "data", "candidates"),
    *("generated_text", "completion", "results", "output_text", "outputText", "answer"),
)
_COMPLAINTS = ("error", "errors", "detail", "error_message", "errorMessage")
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """What a response says. `missing`: why there is no text, in one sentence, if there is none."""

    text: str
    missing: str
    end: End
    refusal: str
    complaint: Complaint | None
    tokens: Counts
    completed: bool
    """Whether there was a message of a model at all, empty or not."""
    reasoned: bool = False
    """Whether the model has reasoned before it answered."""
    ended: bool = True
    """Whether an answer that came in pieces came to its end."""
    called: bool = False
    """Whether it is what the model gave to a tool."""


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    texts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    reasoned: bool = False
    tool: str | None = None
    called: bool = False
    end: End = ""
    message: bool = False
    complaint: Complaint | None = None
    tokens: Counts = (0, 0)
    ended: bool = True


def read(values: Values) -> Reading:
    """Reads a response. The pieces of a stream are put together; of several whole answers the first one counts."""
    found = _Found(ended=not values.streamed or values.done)
    pieces = 0
    for value in values.values:
        known = len(found.texts)
        tokens = token_counts(value)
        found.reasoned = found.reasoned or counts_reasoning(value)
        found.tokens = (max(found.tokens[0], tokens[0]), max(found.tokens[1], tokens[1]))
        if not found.texts or _is_piece(value):
            _read_response(value, found)
        pieces += len(found.texts) > known
    if len(values.values) > 1 and not found.tokens[1]:
        found.tokens = (found.tokens[0], pieces)  # a piece is a token at least
    text = without_halves("".join(found.texts))
    answer = without_reasoning(text)
    if not answer and text.strip():
        found.reasoned = True
    refusal = without_halves("".join(found.refusals)).strip()
    completed = found.message or bool(text)
    reasoned = found.reasoned or answer != text.strip()
    return Reading(
        answer,
        _missing(answer, found),
        found.end,
        refusal,
        found.complaint,
        found.tokens,
        completed,
        reasoned,
        found.ended,
        found.called,
    )


def _missing(answer: str, found: _Found) -> str:
    if answer:
        return ""
    if found.tool is not None:
        return f"the model called a tool{f' ({found.tool})' if found.tool else ''} instead of answering"
    if found.reasoned:
        return "the model answered nothing but reasoning"
    if found.message:
        return "the model answered nothing"
    return "the server sent JSON that holds no answer of a model"


def _is_piece(value: Any) -> bool:
    """Whether a value is a piece of a stream, and not an answer of its own."""
    if not isinstance(value, dict):
        return False
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    has_delta = isinstance(first, dict) and ("delta" in first or ("text" in first and "message" not in first))
    return has_delta or "done" in value or "delta" in value or any(value.get(name) for name in _COMPLAINTS)


def _read_response(value: Any, found: _Found, depth: int = 0) -> None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        found.texts.append(value)
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    if _complains(value):
        found.complaint = complaint_of(value)
        return
    _read_end(value, found)
    choices = value.get("choices")
    if choices or isinstance(choices, str):
        _read_choice(_first_choice(choices), found)
        return
    if isinstance(value.get("delta"), dict):
        _read_message(value["delta"], found)
        return
    for name in _ANSWERS:
        if value.get(name) not in (None, [], {}):
            _read_answer(name, value, found, depth)
            return


def _complains(value: Mapping[str, Any]) -> bool:
    """Whether a response is an error, although its status was fine."""
    base = value.get("base_resp")
    if isinstance(base, dict) and base.get("status_code") not in (0, None, "0"):
        return True
    if value.get("choices"):
        return bool(value.get("error"))
    if any(value.get(name) for name in _COMPLAINTS) or value.get("type") == "error":
        return True
    return isinstance(value.get("message"), str) and not any(name in value for name in ("role", "response", "content"))


def _first_choice(choices: Any) -> Any:
    """The first choice that holds something, of a list, of an object of choices, or of a choice alone."""
    if isinstance(choices, dict):
        is_choice = any(name in choices for name in ("message", "delta", "text", "content"))
        choices = [choices] if is_choice else list(choices.values())
    if not isinstance(choices, list):
        return choices
    return next((choice for choice in choices if choice), None)


def _read_choice(choice: Any, found: _Found) -> None:
    if not isinstance(choice, dict):
        _read_content(choice, found, 0)
        return
    if choice.get("error"):
        found.complaint = complaint_of(choice)
        return
    _read_end(choice, found)
    for name in ("message", "delta", "messages", "text", "content"):
        value = choice.get(name)
        if value not in (None, [], {}) or (name == "message" and isinstance(value, dict)):
            _read_answer(name, choice, found, 0)
            return


def _read_answer(name: str, holder: Mapping[str, Any], found: _Found, depth: int) -> None:
    """Reads what stands under `name`: a message, the content of one, or another response."""
    value = holder[name]
    if name in ("message", "delta") and isinstance(value, dict):
        _read_message(value, found)
    elif name in ("result", "data", "response", "output", "candidates") and not isinstance(value, str):
        nested = value[0] if isinstance(value, list) and value and name != "output" else value
        if isinstance(nested, dict):
            _read_response(nested, found, depth + 1)
        else:
            _read_content(nested, found, 0)
    elif name == "messages" and isinstance(value, list):
        _read_answer("message", {"message": value[-1]}, found, depth)
    else:
        _read_message({**{other: holder.get(other) for other in (*_REASONING, *_TOOLS)}, "content": value}, found)


def _read_message(message: Mapping[str, Any], found: _Found) -> None:
    found.message = True
    before = len(found.texts)
    for name in ("content", "text", "output_text", "parts", "value"):
        if message.get(name) not in (None, "", [], {}):
            _read_content(message[name], found, 0)
            break
    if message.get("refusal"):
        _refuse(message["refusal"], found)
    found.reasoned = found.reasoned or any(message.get(name) for name in _REASONING)
    given = input_of(message.get("tool_calls"))
    if given is not None:
        found.called = True
        found.texts.append(given)
    if len(found.texts) == before:
        for name in _TOOLS:
            if message.get(name):
                found.tool = _tool_name(message[name])


def _read_content(value: Any, found: _Found, depth: int) -> None:
    """The text of a content: itself, of its parts, or the JSON that it is."""
    if isinstance(value, str):
        found.texts.append(value)
        found.message = True
    elif value is None or depth > _DEEPEST:
        return
    elif isinstance(value, list):
        for part in value:
            _read_content(part, found, depth + 1)
    elif isinstance(value, dict):
        _read_part(value, found, depth)
    else:
        found.texts.append(json.dumps(value))


def _read_part(part: Mapping[str, Any], found: _Found, depth: int) -> None:
    kind = part.get("type")
    kind = kind.lower() if isinstance(kind, str) else ""
    if kind.endswith(("thinking", "reasoning", "thought", "reasoning_content")) or part.get("thought") is True:
        found.reasoned = True
    elif kind == "refusal" or (part.get("refusal") and "text" not in part):
        _refuse(part.get("refusal") or part.get("text"), found)
    elif kind in _TOOLS or (not kind and any(part.get(name) for name in _TOOLS)):
        found.tool = _tool_name(part)
    else:
        name = next((name for name in _TEXTS if part.get(name) is not None), None)
        if name is not None:
            _read_content(part[name], found, depth + 1)
        elif not kind and part and not any(name in part for name in _REASONING):
            found.texts.append(_as_json(part))  # the model's own object, which its server has parsed
        elif not kind:
            found.reasoned = True


def _refuse(value: Any, found: _Found) -> None:
    inner = _Found()
    _read_content(value, inner, 0)
    found.refusals += inner.texts or ["it gave no reason"]


def _read_end(holder: Mapping[str, Any], found: _Found) -> None:
    for name in _FINISH:
        reason = holder.get(name)
        if isinstance(reason, dict):
            reason = reason.get("type") or reason.get("reason")
        if isinstance(reason, str) and reason:
            found.end = _ENDS.get(reason.lower(), found.end)
            found.ended = True
    for name in ("incomplete_details", "promptFeedback"):
        details = holder.get(name)
        if isinstance(details, dict):
            why = str(details.get("reason") or details.get("blockReason") or "")
            found.end = _ENDS.get(why.lower(), "filtered" if why else found.end)
            found.message = found.message or bool(why)


def _tool_name(value: Any) -> str:
    """The name of the first tool that is called, or nothing."""
    if isinstance(value, list):
        value = value[0] if value else None
    for _ in range(2):
        if isinstance(value, dict):
            name = value.get("name")
            if isinstance(name, str):
                return name[:60]
            value = next((value[inner] for inner in ("function", *_TOOLS) if isinstance(value.get(inner), dict)), None)
    return ""


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
