"""Tokens: the words, numbers and marks of a text, which retrieval compares.

Case is folded. A punctuation mark is a token of its own (the prompt `$ ` is the token `$`), and so is each character of
a script that is written without spaces, where words could not be told apart.
"""

import re
from unicodedata import normalize

_UNSPACED = "぀-ヿ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+|[^\w\s]|_")


def _folded(text: str) -> str:
    return text.casefold() if text.isascii() else normalize("NFC", normalize("NFD", text).casefold())


def token_list(text: str) -> list[str]:
    """The tokens of a text, each once, in the order in which they first stand there."""
    return list(dict.fromkeys(_TOKEN.findall(_folded(text))))


def tokens(text: str) -> frozenset[str]:
    """The set of the tokens of a text."""
    return frozenset(_TOKEN.findall(_folded(text)))


def keywords(text: str) -> frozenset[str]:
    """The keywords of a text that holds one a line; a text of a single line, as people write it, is its tokens."""
    lines = [line for line in (raw.strip() for raw in _folded(text).split("\n")) if line]
    return frozenset(lines) if len(lines) > 1 else tokens(text)
