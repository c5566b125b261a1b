"""Text of others, made safe to show: whatever a model, a server, a file or a shell said is shown through this."""

import re

# Controls but tab and newline; C1; what turns the direction of writing or cannot be seen; halves of characters.
_UNSAFE = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
_WIDTH = 200


def safe(text: str) -> str:
    r"""The text with each character that a terminal would act on as its escape: `\x1b`, `\u202e`.

    Newlines and tabs stay; a CRLF is shown as a newline.
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_UNSAFE, _escape, text.replace("\r\n", "\n"))


def one_line(text: str, width: int = _WIDTH) -> str:
    """The text as a single safe line of at most `width` characters, its white space folded; cut with an ellipsis."""
    line = safe(" ".join(text.split()))
    return line if len(line) <= width else f"{line[: width - 1]}…"


def marked_line(text: str, width: int | None = None) -> str:
    """The text as a single safe line with its line breaks marked by `⏎`; cut with an ellipsis at a width."""
    line = safe(text).replace("\t", " ").replace("\n", " ⏎ ")
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
