"""Escapes in texts: those of `$'…'`, of `echo -e` and of `printf`."""

import re

_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)
_NAMED = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def ansi_c(text: str) -> str:
    """The text with its backslash escapes read."""
    return _ESCAPE.sub(_character, text)


def echoed(text: str) -> str:
    r"""As `echo -e` and `printf %b` read it: octal numbers begin with `\0`."""
    return ansi_c(re.sub(r"\\0([0-7]{1,3})", r"\\\1", text))


def _character(found: re.Match[str]) -> str:
    for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if found[group]:
            code = int(found[group], base)
            return chr(code) if code < 0x110000 else ""
    if found[5]:
        return chr(ord(found[5]) & 0x1F)
    other = str(found[6])
    return _NAMED.get(other, other if other in "\\'\"?" else f"\\{other}")
