"""What functions of Python make of texts that are known: decoders, `format`, `chr`, `shlex.split`."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import shlex

from hdsl.policy.texts import DECODED, UNKNOWN, settled, taint

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


def formatted(pattern: str, arguments: list[str], keywords: dict[str, str]) -> str:
    """What `str.format` makes, with widths and the like left out."""
    given = iter(arguments)

    def field(found: re.Match[str]) -> str:
        if not found[1]:
            return next(given, UNKNOWN)
        if found[1].isdigit():
            at = int(found[1][:4])
            return arguments[at] if at < len(arguments) else UNKNOWN
        return keywords.get(found[1], UNKNOWN)

    return re.sub(r"\{(\w*)[^{}]*\}", field, pattern)


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
