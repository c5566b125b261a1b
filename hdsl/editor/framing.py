"""Messages of the protocol in a stream of bytes: by their headers, and by their JSON if a length is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?\n", re.IGNORECASE)
_HEADERS = re.compile(rb"(?:[!-9;-~]+[ \t]*:[^\r\n]*\r?\n)*?content-length[ \t]*:", re.IGNORECASE)
_END = re.compile(rb"\r?\n[ \t]*\r?\n")
LARGEST = 64 * 1024 * 1024
"""Bytes that one message may have."""


class BadMessage(ValueError):  # noqa: N818 - says what it is
    """Bytes that are not a message; the stream goes on behind them."""


class MessageStream:
    """Takes bytes as they come and gives the messages in them: decoded JSON, or BadMessage for what is none.

    A length that is too short or too long costs its own message at most: the JSON says where a message ends, and the
    next headers where the next one begins.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._length: int | None = None
        """That of the message whose body is being read."""
        self._scanned = _Scan()

    def feed(self, data: bytes) -> Iterator[Any]:
        """The messages that are whole with these bytes."""
        self._held += data
        while True:
            if self._length is None and not self._read_headers():
                return
            found = self._read_body()
            if found is None:
                return
            yield from found

    def _read_headers(self) -> bool:
        """Reads up to a body; whether there is one. What stands before the headers is left out."""
        length = _LENGTH.search(self._held)
        if length is None:
            # A header may have begun; anything longer without one is not a message.
            if len(self._held) > LARGEST:
                del self._held[:-64]
            return False
        end = _END.search(self._held, length.end() - 2)
        if end is None:
            return False
        self._length = int(length[1])
        del self._held[: end.end()]
        self._scanned = _Scan()
        return True

    def _read_body(self) -> list[Any] | None:
        """What a body holds; None as long as more bytes must come."""
        assert self._length is not None
        wanted = min(self._length, LARGEST)
        if len(self._held) >= wanted:
            try:
                message = json.loads(bytes(self._held[:wanted]))
            except (ValueError, RecursionError):
                return self._read_by_json()
            return self._took(wanted, message)
        end = self._scanned.end(self._held)
        return None if end is None else self._read_by_json()

    def _read_by_json(self) -> list[Any] | None:
        """Reads a body whose length is wrong: up to the end of its JSON, else up to the next headers."""
        end = self._scanned.end(self._held)
        following = _HEADERS.search(self._held, 1)
        if end is None:
            if following is None and len(self._held) <= LARGEST and self._scanned.may_go_on(self._held):
                return None
            end = following.start() if following is not None else len(self._held)
            return self._took(end, BadMessage("not JSON"))
        try:
            message = json.loads(bytes(self._held[:end]))
        except (ValueError, RecursionError) as error:
            return self._took(end, BadMessage(str(error)[:100]))
        return self._took(end, message)

    def _took(self, size: int, message: Any) -> list[Any]:
        del self._held[:size]
        self._length = None
        return [message]


class _Scan:
    """Where the JSON object at the beginning of some bytes ends, found as they grow."""

    def __init__(self) -> None:
        self._at = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._end: int | None = None

    def end(self, held: bytearray) -> int | None:
        """The end of the object; None if it has none yet, or there is none."""
        if self._end is not None or not self.may_go_on(held):
            return self._end
        for at in range(self._at, len(held)):
            byte = held[at]
            if self._in_string:
                if self._escaped:
                    self._escaped = False
                elif byte == 0x5C:
                    self._escaped = True
                elif byte == 0x22:
                    self._in_string = False
            elif byte == 0x22:
                self._in_string = True
            elif byte in b"{[":
                self._depth += 1
            elif byte in b"}]":
                self._depth -= 1
                if self._depth == 0:
                    self._end = at + 1
                    return self._end
        self._at = len(held)
        return None

    def may_go_on(self, held: bytearray) -> bool:
        """Whether the bytes begin as an object or a list does."""
        begun = bytes(held[:64]).lstrip()[:1]
        return begun in (b"{", b"[", b"")
