"""Reasoning in a model's answer: what it wrote for itself before the answer, which is not part of it.

Models mark it in many ways. A mark counts at the very beginning of an answer; further on, tags belong to the answer,
but for a closing one whose opening the server's template has swallowed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

_NAME = r"(?:[a-z][a-z0-9]*[:_])?(?:think|thinking|thought|thoughts|reasoning)"
_FLAGS = re.DOTALL | re.IGNORECASE


@dataclass(frozen=True, slots=True)
class _Mark:
    """An opening, and the closing that belongs to what the opening matched."""

    opening: re.Pattern[str]
    closing: Callable[[re.Match[str]], str]


def _mark(opening: str, closing: str | Callable[[re.Match[str]], str]) -> _Mark:
    made = closing if callable(closing) else lambda match: closing
    return _Mark(re.compile(rf"\s*{opening}", _FLAGS), made)


_MARKS = (
    _mark(rf"<({_NAME})(?:\s[^<>\n]*)?>", lambda match: rf"</{re.escape(match[1])}\s*>"),
    _mark(rf"\[({_NAME})\]", lambda match: rf"\[/{re.escape(match[1])}\]"),
    _mark(r"◁think▷", r"◁/think▷"),
    _mark(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
    _mark(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    _mark(r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
    _mark(r"<\|channel>thought\b", r"<channel\|>"),
    _mark(r"<unused94>thought\b", r"<unused95>"),
)
_CLOSING = re.compile(
    rf"</(?P<tag>{_NAME})\s*>|\[/(?P<square>{_NAME})\]|◁/think▷|<\|(?:end_of_thought|END_THINKING)\|>", _FLAGS
)
_ANSWER = re.compile(
    r"\s*(?:<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>|\Z)|<\|START_RESPONSE\|>(.*?)(?:<\|END_RESPONSE\|>|\Z))",
    _FLAGS,
)

_CHANNEL = re.compile(r"\s*(?:<\|start\|>\s*assistant\s*)?<\|channel\|>", re.IGNORECASE)
_FINAL = re.compile(r"<\|channel\|>\s*final\b(?:(?!<\|message\|>).){0,80}<\|message\|>", re.IGNORECASE)
_END_OF_MESSAGE = re.compile(r"<\|(?:end|return|call|start)\|>", re.IGNORECASE)
_BARE_CHANNELS = re.compile(r"\s*(?:assistant)?analysis(?=[A-Z\s]).*?assistantfinal(?=\W|[A-Z])", re.DOTALL)

_QUOTING_BEFORE = "`\"'“‘«„"
_QUOTING_AFTER = "`\"'”’»"
_MOST_TAGS = 50
_PROSE_AFTER = re.compile(r"[.,;:!?)\]]")


def without_reasoning(text: str) -> str:
    """The answer without the reasoning it begins with, stripped. A block that is never closed is all reasoning."""
    channels = _without_channels(text)
    if channels is not None:
        return channels.strip()
    at = 0
    while (begun := _opening(text, at)) is not None:
        at = _after(text, *begun)
    if at == 0:
        at = _after_lone_closing(text)
    answer = _ANSWER.match(text, at)
    if answer is not None:
        return (answer[1] if answer[1] is not None else answer[2]).strip()
    return text[at:].strip()


def _without_channels(text: str) -> str | None:
    """The final channel of an answer in OpenAI's Harmony format; None if it is in another."""
    if "<|channel|>" in text:
        finals = [match for match in _some(_FINAL, text) if not _is_quoted(text, match.start(), match.end())]
        if finals:
            begin = finals[-1].end()
            end = _END_OF_MESSAGE.search(text, begin)
            return text[begin : end.start() if end else len(text)]
        if _CHANNEL.match(text):
            return ""
    bare = _BARE_CHANNELS.match(text)
    return text[bare.end() :] if bare else None


def _opening(text: str, at: int) -> tuple[int, re.Pattern[str]] | None:
    """Where the content of a block begins that begins at `at`, and what closes it."""
    for mark in _MARKS:
        if match := mark.opening.match(text, at):
            return match.end(), re.compile(mark.closing(match), _FLAGS)
    return None


def _after(text: str, begin: int, closing: re.Pattern[str]) -> int:
    """Where a block has ended; a closing tag that the reasoning merely quotes does not end it, unless none does."""
    quoted = None
    for match in _some(closing, text, begin):
        if not _is_quoted(text, match.start(), match.end(), begin):
            return match.end()
        quoted = quoted or match
    return len(text) if quoted is None else quoted.end()


def _after_lone_closing(text: str) -> int:
    """Where the answer begins after a closing tag without an opening one; 0 if tags are only mentioned."""
    for match in _some(_CLOSING, text):
        name = (match["tag"] or match["square"] or "think").lower()
        before = text[: match.start()].lower()
        if any(f"{bracket}{name}" in before for bracket in "<[◁"):
            return 0
        if not _is_mentioned(text, match.start(), match.end()):
            return match.end()
    return 0


def _some(pattern: re.Pattern[str], text: str, at: int = 0) -> Iterator[re.Match[str]]:
    """The first matches: a text of nothing but tags must not take for ever."""
    return islice(pattern.finditer(text, at), _MOST_TAGS)


def _is_quoted(text: str, begin: int, end: int, since: int = 0) -> bool:
    """Whether a mark stands in quotation marks or in code."""
    before, after = text[begin - 1 : begin], text[end : end + 1]
    if before and before in _QUOTING_BEFORE and after and after in _QUOTING_AFTER:
        return True
    line = text.count("`", max(since, text.rfind("\n", 0, begin) + 1), begin)
    return line % 2 == 1 or text.count("```", since, begin) % 2 == 1


def _is_mentioned(text: str, begin: int, end: int) -> bool:
    """Whether a lone closing tag is a word of a sentence: quoted, or with spaces or punctuation around it in a line."""
    if _is_quoted(text, begin, end):
        return True
    before, after = text[begin - 1 : begin], text[end : end + 1]
    if not before or before == "\n" or not after or after == "\n":
        return False
    ends_as_a_word = after == " " or _PROSE_AFTER.match(after) is not None
    ends_a_sentence = text[:begin].rstrip()[-1:] in (".", "!", "?", "\n", "")
    return before in " \t(" + _QUOTING_BEFORE and ends_as_a_word and not ends_a_sentence
