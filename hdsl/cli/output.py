"""All that a command prints goes through here: results to stdout, everything else to stderr.

What models, servers, files and shells said is shown so that it cannot act on a terminal. If stdout is not a terminal,
it is printed as it is, byte by byte.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from typing import TextIO

from hdsl.ground.display import safe
from hdsl.ground.errors import HdslError

_ERRORS = "hdsl-output"
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")


class OutputError(HdslError):
    """Stdout cannot be written; the message says why."""


def prepare() -> None:
    """Once, before anything is printed: no character and no closed stream may end a command."""
    codecs.register_error(_ERRORS, _encoded)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERRORS)


def occupy_closed_streams() -> None:
    """Opens what is closed of the three standard streams, so that no file gets its number and is written by mistake."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def show(text: str = "", end: str = "\n") -> None:
    """Prints to stdout: as it is, or on a terminal made safe. OutputError where it cannot be written."""
    show_rendered(safe(text) if on_terminal(sys.stdout) else text, end)


def show_coloured(text: str) -> None:
    """Prints to stdout what has colours of ours in it; on a terminal all but colours is made safe."""
    show_rendered(_safe_but_colours(text) if on_terminal(sys.stdout) else text, "")


def show_rendered(text: str, end: str = "\n") -> None:
    """Prints to stdout as it is, on a terminal too: only what holds nothing of others, or was made safe before."""
    if sys.stdout is None:
        raise OutputError("there is no standard output to write to")
    try:
        sys.stdout.write(text + end)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"the output cannot be written: {error.strerror}") from None


def clear_screen() -> None:
    """Clears stdout if it is a terminal."""
    if on_terminal(sys.stdout):
        show_rendered("\x1b[2J\x1b[H", "")


def flush() -> None:
    """Writes what was shown. OutputError where it cannot be written; BrokenPipeError where nobody reads it any more."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # The buffer still holds what cannot be written, and would be flushed again at exit.
        sys.stdout = None
        raise OutputError(f"the output cannot be written: {error.strerror}") from None


def tell(text: str = "", *, end: str = "\n") -> None:
    """Prints a line to stderr, made safe. Where that cannot be written, nobody wants to know."""
    _write_error(safe(text) + end)


def tell_coloured(text: str) -> None:
    """Prints to stderr what has colours of ours in it."""
    _write_error(_safe_but_colours(text))


def on_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one is not."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _write_error(text: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            return


def _safe_but_colours(text: str) -> str:
    return "".join(part if _COLOUR.fullmatch(part) else safe(part) for part in _COLOUR.split(text))


def _encoded(error: UnicodeError) -> tuple[str | bytes, int]:
    """A byte that was not UTF-8 comes out as it was; any other character that the stream has not, as an escape."""
    assert isinstance(error, UnicodeEncodeError)
    code = ord(error.object[error.start])
    if 0xDC80 <= code <= 0xDCFF:
        return bytes([code - 0xDC00]), error.start + 1
    error.end = error.start + 1
    return codecs.backslashreplace_errors(error)
