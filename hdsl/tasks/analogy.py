"""Answers by analogy: code with its own names taken out, so that what was done there can be done here.

The names of a piece of code are numbered in the order in which they first stand there: `n0` is the function, `n1` its
first parameter. An answer that names them by number is put into another piece of code by the names that stand there.
"""

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping
from itertools import pairwise

from hdsl.tasks.words import identifier_words, shape_words

_KNOWN = frozenset({*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "self", "cls"})
_METHODS = frozenset(name for kind in (str, list, dict, set, tuple, bytes, int) for name in dir(kind))
"""Names that mean the same everywhere, and those that do behind a dot."""
_NUMBERED = re.compile(r"\bn(\d+)\b")
_NAME = re.compile(r"(\.?)\b([^\W\d]\w*)")


def names_of(code: str) -> dict[str, int]:
    """The numbers of the names in code; those in strings and comments are none."""
    found: dict[str, int] = {}
    before = ""
    for kind, text in _tokens(code):
        if kind == tokenize.NAME and not _is_known(text, before):
            found.setdefault(text, len(found))
        before = text
    return found


def _is_known(name: str, before: str) -> bool:
    return name in (_METHODS if before == "." else _KNOWN)


def outline(code: str) -> str:
    """What a similar piece is found by: tokens with names as numbers, words, and the shape at the hole."""
    names = names_of(code)
    tokens = [f"n{names[text]}" if text in names else text for _, text in _tokens(code) if text.strip()]
    pairs = [f"{left}{right}" for left, right in pairwise(tokens)]
    words = [*dict.fromkeys(pairs), *dict.fromkeys(identifier_words(code)), *dict.fromkeys(shape_words(code))]
    return " ".join(words)


def numbered(answer: str, code: str) -> str:
    """An answer with the names of the code as numbers."""
    names = names_of(code)

    def number(found: re.Match[str]) -> str:
        dot, name = found.groups()
        return f"{dot}n{names[name]}" if name in names and not _is_known(name, dot) else found[0]

    return _NAME.sub(number, answer)


def named(answer: str, code: str) -> str:
    """An answer with the numbers as the names of the code; a number that has no name there stays."""
    names: Mapping[int, str] = {number: name for name, number in names_of(code).items()}
    return _NUMBERED.sub(lambda found: names.get(int(found[1]), found[0]), answer)


def _tokens(code: str) -> Iterator[tuple[int, str]]:
    """The tokens but for strings, comments and layout; where it is not Python any more, those before that."""
    lines = re.sub(r"(?m)^ *\d+ ", "", code) if re.search(r"(?m)^ {2}1 ", code) else code
    try:
        for token in tokenize.generate_tokens(io.StringIO(lines).readline):
            if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER):
                yield token.type, token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
