"""The body of a reply as values: JSON of any kind and encoding, lines of JSON, events; or what else it is."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_EVENT = re.compile(r"^(?::|data:|event:|id:|retry:)")
_DONE = re.compile(r"^data:[ \t]*\[DONE\]", re.MULTILINE)
_LONGEST_INTEGER = 18
"""Digits of a number that is read as an integer; longer ones are no count of anything."""

_DECODER = json.JSONDecoder(strict=False)
_PATIENT = json.JSONDecoder(
    strict=False, parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)
)


class NotJson(ValueError):  # noqa: N818 - says what it is
    """A body that is not JSON: `cut` if it begins as one, `deep` if it is nested too deeply to be read."""

    def __init__(self, *, cut: bool = False, deep: bool = False) -> None:
        super().__init__()
        self.cut, self.deep = cut, deep


@dataclass(frozen=True, slots=True)
class Values:
    """The JSON values of a body, at least one. `streamed`: they are pieces of one answer; `done`: it says so itself."""

    values: tuple[Any, ...]
    streamed: bool = False
    done: bool = False


def text_of(body: bytes, content_type: str = "") -> str:
    """A body as text: by its byte order mark, as UTF-8, by its declared character set, at last as Latin-1."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(content_type)
    try:
        return body.decode(declared[1] if declared else "latin-1")
    except (UnicodeDecodeError, LookupError):
        return body.decode("latin-1")


def values_of(text: str) -> Values:
    """The values in a text; what stands after the last whole one is left out. NotJson if there is none."""
    text = text.strip().strip("\0")
    if _EVENT.match(text):
        return Values(tuple(_events(text)), streamed=True, done=_DONE.search(text) is not None)
    first, end = _value(text, 0)
    rest = text[end:].strip()
    if not rest.startswith("{") or not isinstance(first, dict):
        return Values((first,))
    found = [first]
    while rest.startswith("{"):
        try:
            value, end = _value(rest, 0)
        except NotJson:
            break
        found.append(value)
        rest = rest[end:].strip()
    return Values(tuple(found), streamed=True, done=True)


def _events(text: str) -> Iterator[Any]:
    """The values of server-sent events; NotJson if none is whole."""
    found = False
    for event in re.split(r"\r?\n\s*\r?\n|(?<=\})\s*\n(?=data:)", text):
        lines = [line.partition(":")[2].strip() for line in event.splitlines() if line.startswith("data:")]
        data = "\n".join(lines)
        if data.startswith(("{", "[")) and data != "[DONE]":
            try:
                value, _ = _value(data, 0)
            except NotJson:
                continue
            found = True
            yield value
    if not found:
        raise NotJson(cut=True)


def _value(text: str, start: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except RecursionError:
        raise NotJson(deep=True) from None
    except json.JSONDecodeError:
        raise NotJson(cut=text.startswith(("{", "[", '"'))) from None
    except ValueError:  # a number of thousands of digits
        try:
            return _PATIENT.raw_decode(text, start)
        except (ValueError, RecursionError):
            raise NotJson(cut=True) from None


def without_halves(text: str) -> str:
    """The text with halves of characters joined where both are there, and replaced where one is alone."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
