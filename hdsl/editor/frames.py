"""The messages in a stream of bytes, each behind a header with its length; a wrong length costs one message at most."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

LARGEST = 64 * 1024 * 1024
"""Bytes of a message that is read."""

LONGEST_HEADER = 8192
"""Bytes of a header; of what is no header, so many are kept in case that one begins in them."""

_HEADER = re.compile(rb"Content-Length:[ \t]*([0-9]{1,18})[ \t]*\r?\n(?:[^\r\n]+\r?\n)*?\r?\n", re.IGNORECASE)


_DECODER = json.JSONDecoder()


class UnreadableMessage(ValueError):  # noqa: N818 - what it says goes to the editor
    """A message that is not JSON, or whose length is not what its header says."""


class Frames:
    """Cuts what comes in into messages: values of JSON, or UnreadableMessage where there should be one."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._looked_at = 0

    @property
    def is_waiting(self) -> bool:
        """Whether a message has begun and is not complete."""
        return self._length is not None and bool(self._buffer)

    def feed(self, chunk: bytes) -> Iterator[Any]:
        """The messages that are complete with these bytes."""
        self._buffer += chunk
        while True:
            if self._length is None and not self._header():
                return
            assert self._length is not None
            if self._length > LARGEST:
                self._length = None
                yield UnreadableMessage(f"a message has at most {LARGEST:,} bytes")
                continue
            if len(self._buffer) >= self._length:
                yield self._message(self._length)
            elif (begun := _HEADER.search(self._buffer, max(0, self._looked_at - LONGEST_HEADER))) is not None:
                # No line break stands in a text of JSON: this is the next header, and the length was too large.
                yield self._message(begun.start())
            else:
                self._looked_at = len(self._buffer)
                return

    def stalled(self) -> Iterator[Any]:
        """The message that has come where nothing more comes and its length was too large."""
        if self.is_waiting and not isinstance(_read(bytes(self._buffer)), UnreadableMessage):
            yield self._message(len(self._buffer))

    def _header(self) -> bool:
        """Takes the next header and all that stands before it."""
        found = _HEADER.search(self._buffer)
        if found is None:
            if len(self._buffer) > 2 * LONGEST_HEADER:
                del self._buffer[:-LONGEST_HEADER]
            return False
        self._length, self._looked_at = int(found[1]), 0
        del self._buffer[: found.end()]
        return True

    def _message(self, length: int) -> Any:
        """Takes a message of this length; where it is shorter, what stands behind it is read again."""
        body = bytes(self._buffer[:length])
        message = _read(body)
        if isinstance(message, UnreadableMessage):
            text = body.decode("utf-8", "surrogateescape")
            try:
                message, end = _DECODER.raw_decode(text)
                length = len(text[:end].encode("utf-8", "surrogateescape"))
            except (ValueError, RecursionError):
                begun = _HEADER.search(body)
                length = length if begun is None else begun.start()
        del self._buffer[:length]
        self._length, self._looked_at = None, 0
        return message


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError:
        return UnreadableMessage("it is nested too deeply")
    except ValueError as error:
        return UnreadableMessage(str(error))
