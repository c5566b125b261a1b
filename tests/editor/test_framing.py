"""Messages are found in the stream whatever their headers say of them, and however the bytes arrive."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.editor.framing import BadMessage, MessageStream

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
MESSAGES = st.dictionaries(st.text(max_size=4), JSON, max_size=4)


def framed(message: Any, wrong_by: int = 0, header: str = "Content-Length", end: str = "\r\n") -> bytes:
    body = json.dumps(message).encode()
    return f"{header}: {max(1, len(body) + wrong_by)}{end}{end}".encode() + body


def messages(data: bytes, size: int) -> list[Any]:
    stream = MessageStream()
    return [each for at in range(0, len(data), size) for each in stream.feed(data[at : at + size])]


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=4), st.integers(1, 40))
def test_what_is_sent_arrives_in_pieces_of_any_size(sent: list[Any], size: int) -> None:
    assert messages(b"".join(map(framed, sent)), size) == sent


@settings(deadline=None)
@given(MESSAGES, st.integers(-30, 30), MESSAGES, st.integers(1, 40))
def test_a_wrong_length_costs_nothing(first: Any, wrong_by: int, second: Any, size: int) -> None:
    assert messages(framed(first, wrong_by) + framed(second), size) == [first, second]


def test_a_length_too_long_is_answered_without_more_bytes() -> None:
    assert messages(framed({"id": 1}, 500), 7) == [{"id": 1}]


@pytest.mark.parametrize("header", ["content-length", "CONTENT-LENGTH", "Content-Type: a\r\nContent-Length"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_headers_as_others_write_them(header: str, end: str) -> None:
    assert messages(framed({"id": 1}, header=header, end=end) * 2, 5) == [{"id": 1}] * 2


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: 5\r\n\r\nhello",
        b"Content-Length: 5\r\n\r\n{'a':",
        b"Content-Length: 3\r\n\r\n\xff\xfe\x00",
        b"\x00" * 100,
        b'Content-Length: 400000\r\n\r\n{"a": [[[[' + b"[" * 5000 + b"]" * 5004 + b"}",
    ],
)
def test_garbage_is_left_behind(garbage: bytes) -> None:
    found = messages(garbage + framed({"id": 1}) + framed({"id": 2}), 64)
    kept = [each for each in found if not isinstance(each, BadMessage)]
    assert kept[-1] == {"id": 2}
    assert kept in ([{"id": 1}, {"id": 2}], [{"id": 2}])
