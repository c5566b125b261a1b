"""What a server says is wrong, in its own words, in whatever shape it says so."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

_WORDS = (
    *("error", "message", "msg", "detail", "details", "errors", "error_description", "error_message"),
    *("errorMessage", "title", "description", "reason", "status_msg", "statusMessage", "status_message"),
    *("faultstring", "fault", "err", "Message", "Error", "cause", "base_resp", "metadata", "raw"),
    *("body", "response", "innererror"),
)
_CODES = (
    *("code", "type", "status", "error_code", "errorCode", "error_type", "errorType", "__type"),
    *("reason", "status_code", "errorcode", "innererror"),
)
_PARAMETERS = ("param", "parameter", "field", "property", "loc")
_WAITS = {"retryDelay": 1.0, "retry_after": 1.0, "retryAfter": 1.0, "estimated_time": 1.0, "retry_after_ms": 0.001}
_FIELDS_OF = ("errors", "error", "detail", "details")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_DURATION = re.compile(
    r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)(?![a-z])", re.IGNORECASE
)
_WAIT = re.compile(r"(?:again|retry|wait)\b[^.\d]{0,30}?((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+)", re.IGNORECASE)
_DEEPEST = 8
_MOST_WORDS = 8
_LONGEST, _LONGEST_PAGE = 20_000, 4_000
"""Characters of a message and of a page that are looked at; none is shown whole."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A server's complaint. `message` may hold anything that the server repeats, so it is not for showing as it is."""

    message: str
    codes: frozenset[str] = frozenset()
    """Its codes and types, in lower case."""
    parameters: frozenset[str] = frozenset()
    """The parameters that it is about, as the server names them."""
    status: int | None = None
    """The HTTP status that it names in its body."""
    wait: float | None = None
    """The seconds it asks to wait."""


def complaint_of(value: Any) -> Complaint:
    """The complaint in a body: decoded JSON, or a text that is none."""
    words: list[str] = []
    for said in _said(value, 0):
        if said and not any(said in other for other in words):
            words.append(said)
        if len(words) == _MOST_WORDS:
            break
    message = "; ".join(words)[:_LONGEST]
    codes: set[str] = set()
    parameters: set[str] = set()
    waits: list[float] = []
    _collect(value, codes, parameters, waits, 0)
    statuses = [int(code) for code in codes if code.isdigit() and 400 <= int(code[:4]) < 600 and len(code) == 3]
    wait = max(waits) if waits else _wait_in(message)
    return Complaint(message, frozenset(codes), frozenset(parameters), max(statuses, default=None), wait)


def _said(value: Any, depth: int) -> Iterator[str]:
    """The sentences of a body, the likeliest first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _said_in_text(value, depth)
    elif isinstance(value, list):
        for item in value[:_MOST_WORDS]:
            yield from _said(item, depth + 1)
    elif isinstance(value, dict):
        yield from _said_in_object(value, depth)


def _said_in_text(text: str, depth: int) -> Iterator[str]:
    text = text[:_LONGEST].strip()
    if text.startswith(("{", "[")):
        try:
            inner = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            yield text
            return
        yield from _said(inner, depth + 1)
    elif _PAGE.match(text):
        yield _said_on_page(text)
    elif text:
        yield text


def _said_on_page(text: str) -> str:
    text = text[:_LONGEST_PAGE]
    title = _TITLE.search(text)
    words = next((group for group in title.groups() if group and group.strip()), "") if title else ""
    return " ".join(unescape(_TAG.sub(" ", words or text)).split())[:300]


def _said_in_object(value: dict[str, Any], depth: int) -> Iterator[str]:
    if "msg" in value and isinstance(value.get("loc"), list):  # a validation error of FastAPI
        place = ".".join(str(part) for part in value["loc"] if part != "body")
        yield f"{place}: {value['msg']}" if place else str(value["msg"])
        return
    known = [name for name in _WORDS if value.get(name) not in (None, "", [], {}, True)]
    for name in known:
        yield from _said_under(name, value[name], depth)
    if not known and depth == 0 and value:
        yield json.dumps(value, ensure_ascii=False)[:300]


def _said_under(name: str, value: Any, depth: int) -> Iterator[str]:
    if name in _FIELDS_OF and isinstance(value, dict) and not any(word in value for word in _WORDS):
        for field, said in list(value.items())[:_MOST_WORDS]:  # {"errors": {"seed": ["is not allowed"]}}
            words = "; ".join(_said(said, depth + 1))
            if words and field not in _CODES:
                yield f"{field}: {words}"
        return
    yield from _said(value, depth + 1)


def _collect(value: Any, codes: set[str], parameters: set[str], waits: list[float], depth: int) -> None:
    """Gathers codes, parameters and waits from every object of a body."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value[:_LONGEST], strict=False)
        except (ValueError, RecursionError):
            return
    if isinstance(value, list):
        for item in value[:_MOST_WORDS]:
            _collect(item, codes, parameters, waits, depth + 1)
    if not isinstance(value, dict):
        return
    for name, held in value.items():
        if name in _CODES and isinstance(held, str | int) and not isinstance(held, bool):
            codes.add(str(held)[:100].lower())
        if name in _PARAMETERS:
            parameters.update(str(part) for part in (held if isinstance(held, list) else [held]) if part)
        if name in _WAITS:
            waits.extend(seconds * _WAITS[name] for seconds in _seconds(held))
        if isinstance(held, dict | list) or name in _WORDS:
            _collect(held, codes, parameters, waits, depth + 1)


def _seconds(value: Any) -> Iterator[float]:
    try:
        seconds = float(value.rstrip("s") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return
    if 0 <= seconds < 1e9:
        yield seconds


def _wait_in(message: str) -> float | None:
    """The wait that a message asks for in words: "try again in 1m2.5s", "Please retry in 22s"."""
    found = _WAIT.search(message)
    if found is None:
        return None
    units = {"ms": 0.001, "mil": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    total = 0.0
    for number, unit in _DURATION.findall(found[1]):
        unit = unit.lower()
        total += float(number) * next(units[key] for key in ("ms", "mil", "s", "m", "h") if unit.startswith(key))
    return total if total else None
