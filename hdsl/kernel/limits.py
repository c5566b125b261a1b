"""How long an answer may be: in tokens, as the server is told, and in bytes and events, as the client reads."""

import json

from hdsl.kernel.request import Request
from hdsl.structure.structures import Choice

ROOM = 64
"""Tokens beyond the longest label: for an answer in JSON, or in a sentence where nothing is enforced."""

SHORT = 256
"""Tokens of an answer where the model's context has no room for more."""

MOST_BYTES = 32
"""Bytes of text that a token may stand for."""

_QUOTES = 2
_BYTES_OF_EVENT = 2_000
_BYTES_OF_REPLY = 1 << 20
"""Bytes of a reply beside its answer."""
_BYTES_BEFORE_A_TOKEN = 3
"""Bytes of ordinary text that are at least a token: a better text is as long as the one that it corrects."""


def answer_limit(request: Request, default: int) -> int:
    """The tokens that the answer to a request may have, without the reasoning of a model that reasons.

    A label cannot have more tokens than bytes, as JSON writes it where it is answered in JSON. A text has the
    `default`, or what the text needs that it corrects.
    """
    if request.max_tokens is not None:
        return request.max_tokens
    wanted = request.wanted
    if isinstance(wanted, Choice) and not wanted.has_payload:
        written = (json.dumps(label, ensure_ascii=False) for label in wanted.texts)
        return max(len(label.encode("utf-8", "replace")) - _QUOTES for label in written) + ROOM
    if request.correction is None:
        return default
    texts = (request.correction.text, *request.correction.expected)
    return default + max(len(text) for text in texts) // _BYTES_BEFORE_A_TOKEN


def longest_text(tokens: int) -> int:
    """The bytes that so many tokens may come to."""
    return tokens * MOST_BYTES


def most_events(tokens: int) -> int:
    """The events of a stream that so many tokens may come to: one each, and some that hold none."""
    return tokens + ROOM


def largest_reply(tokens: int) -> int:
    """The bytes of a reply, a stream or not, that so many tokens may come to."""
    return _BYTES_OF_REPLY + tokens * _BYTES_OF_EVENT
