"""Better texts as models wrap them: in a code fence, in a frame of the prompt, in quotation marks, behind a lead-in."""

import re
from collections.abc import Sequence

from hdsl.kernel.request import Correction

_LEAD = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok)\b[^\w\n]*)?"
    r"(?:here(?:'s|’s| is)\s+(?:the|an?|your)\s+|(?:the\s+)?)"
    r"(?:better|improved|corrected|revised|updated|fixed|rewritten|new)\s+"
    r"(?:text|version|answer|input|key|value|output)\b[^\n:]{0,60}:[ \t]*\n*",
    re.IGNORECASE,
)
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})[^\n`]*\n(?:(?P<inner>.*)\n)?(?P=mark)[ \t]*", re.DOTALL)
_FRAME = re.compile(
    r"<(?P<name>(?:text|expected|actual|input|query|key|value|output|answer)(?:-\d+)?)>\n?(?P<inner>.*?)\n?</(?P=name)>",
    re.DOTALL,
)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’", "`": "`"}


def unwrapped(answer: str, correction: Correction) -> str:
    """The better text without the lead-in and the one wrapping that a model has put around all of it.

    A wrapping that the texts which it is to be like have themselves belongs to the text and stays.
    """
    likes = _likes(correction)
    text = answer.strip()
    lead = _LEAD.match(text)
    if lead is not None and lead.end() < len(text) and not any(_LEAD.match(like.strip()) for like in likes):
        text = text[lead.end() :].strip()
    for inner_of in (_in_fence, _in_frame, _in_quotes):
        inner = inner_of(text)
        if inner is not None and not any(inner_of(like.strip()) is not None for like in likes):
            return inner
    return answer if text == answer.strip() else text


def _likes(correction: Correction) -> Sequence[str]:
    """The texts that the better one is like: what should have come out, or the text as it is."""
    if correction.role in ("value", "output", "merge") and correction.expected:
        return correction.expected
    return (correction.text,)


def _in_fence(text: str) -> str | None:
    found = _FENCE.fullmatch(text)
    if found is None:
        return None
    inner = found["inner"] or ""
    mark = found["mark"]
    return None if any(line.startswith(mark) for line in inner.split("\n")) else inner


def _in_frame(text: str) -> str | None:
    found = _FRAME.fullmatch(text)
    return None if found is None or f"</{found['name']}>" in found["inner"] else found["inner"]


def _in_quotes(text: str) -> str | None:
    if len(text) < 2 or _QUOTES.get(text[0]) != text[-1] or text[0] in text[1:-1] or text[-1] in text[1:-1]:
        return None
    return text[1:-1]
