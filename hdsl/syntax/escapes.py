"""Escapes in strings."""

import re

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def decode_escapes(text: str, *, brace: bool = False) -> str:
    r"""Decodes `\" \\ \n \t \uXXXX`, and `\{` if `brace`; anything else stays as it is (the checker reports it)."""
    if "\\" not in text:
        return text

    def decoded(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if brace and match[2] == "{":
            return "{"
        return _SIMPLE.get(match[2], match[0])

    return _ESCAPE.sub(decoded, text)
