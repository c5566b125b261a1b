"""What functions of Python make of texts that are known: decoders, `format`, `chr`, `shlex.split`."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import shlex
from collections.abc import Iterable

from hdsl.policy import budget
from hdsl.policy.texts import DECODED, UNKNOWN, settled, taint

LONGEST = 20_000
"""How long a text is looked at that is put together of others; a longer one is as good as unknown."""
MOST_ITEMS = 500
"""How many elements of a list are looked at."""


def characters(codes: tuple[str, ...]) -> str:
    """The text that some codes of characters are."""
    if not all(re.fullmatch(r"\d{1,6}", code) for code in codes):
        return UNKNOWN
    return "".join(chr(int(code)) for code in codes)


def words(text: str) -> tuple[str, ...]:
    """What `shlex.split` makes of a text."""
    try:
        return tuple(shlex.split(text)[:MOST_ITEMS])
    except ValueError:
        return tuple(text.split()[:MOST_ITEMS])


def joined(between: str, parts: Iterable[str]) -> str:
    """The parts as one text, if it is not too long."""
    return budget.joined(parts, between, LONGEST)


def replaced(text: str, old: str, new: str) -> str:
    """What `str.replace` makes."""
    return budget.replaced(text, old, new, LONGEST)


def filled(field: str, pattern: str, arguments: list[str], keywords: dict[str, str]) -> str:
    """What `str.format` and `%` make, with widths and the like left out. Group 1 of `field` is the name of one."""
    given = iter(arguments)
    parts: list[str] = []
    at = 0
    for found in re.finditer(field, pattern):
        name = found[1]
        if name.isdecimal():
            value = arguments[int(name[:4])] if int(name[:4]) < len(arguments) else UNKNOWN
        else:
            value = keywords.get(name, UNKNOWN) if name else next(given, UNKNOWN)
        parts += [pattern[at : found.start()], value]
        at = found.end()
    return joined("", [*parts, pattern[at:]])


def decoded(name: str, inner: str, arguments: list[str]) -> str:
    """What a decoder makes of a text, by its name."""
    given = (arguments[-1] if arguments and name != "decode" else inner) or inner
    if name == "decode":
        given = inner if inner and not inner.startswith(UNKNOWN) else arguments[0] if arguments else inner
        encoding = arguments[-1] if arguments else "utf-8"
        if not settled(given):
            return taint(given) + DECODED if taint(given) else UNKNOWN
        if encoding in ("rot13", "rot_13"):
            return codecs.encode(given, "rot13")
        if encoding not in ("hex", "base64"):
            return given
        name = "unhexlify" if encoding == "hex" else "b64decode"
    if not settled(given):
        return taint(given) + DECODED
    try:
        if name == "b64decode":
            return base64.b64decode(given).decode("utf-8", "replace")
        if name == "b32decode":
            return base64.b32decode(given).decode("utf-8", "replace")
        if name in ("unhexlify", "fromhex"):
            return binascii.unhexlify(re.sub(r"\s", "", given)).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        pass
    return DECODED
