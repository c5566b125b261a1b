"""The server as a process that is sent whatever: each request gets an answer, no message spoils the next, it ends."""

import gc
import json
import subprocess
import sys
import weakref
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from hdsl.editor.frames import Frames, UnreadableMessage
from hdsl.editor.workspace import Workspace
from tests.check.texts import REPLY
from tests.commands import REPOSITORY

START = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN = {"jsonrpc": "2.0", "id": 99, "method": "shutdown"}
EXIT = {"jsonrpc": "2.0", "method": "exit"}


def framed(message: object, wrong_by: int = 0) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body) + wrong_by, body)


def talk(*sent: bytes) -> tuple[dict[Any, Any], int, bytes]:
    """What a server answers, by id, its exit code, and what it says on stderr."""
    process = subprocess.run(
        [sys.executable, "-m", "hdsl", "lsp"], cwd=REPOSITORY, input=b"".join(sent), capture_output=True, timeout=120
    )
    answers = [each for each in Frames().feed(process.stdout) if "id" in each and "method" not in each]
    return {each["id"]: each.get("error", each.get("result")) for each in answers}, process.returncode, process.stderr


def request(number: int, method: str, params: Any) -> bytes:
    return framed({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def test_each_request_that_cannot_be_handled_gets_an_error():
    answers, code, said = talk(
        request(0, "textDocument/hover", {}),
        framed(START),
        request(2, "textDocument/hover", {"textDocument": 5}),
        request(3, "textDocument/completion", [1, 2]),
        request(4, "textDocument/rename", None),
        request(5, "no/such", {}),
        framed({"jsonrpc": "2.0", "id": [6], "method": "shutdown"}),
        framed([1, 2, 3]),
        framed(SHUTDOWN),
        request(7, "textDocument/hover", {}),
        framed(EXIT),
    )
    assert {number: answers[number]["code"] for number in (0, 2, 3, 4, 5, 7)} == {
        0: -32002, 2: -32602, 3: -32602, 4: -32602, 5: -32601, 7: -32600,
    }  # fmt: skip
    assert answers[None]["code"] == -32600
    assert (code, said) == (0, b"")


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: 999999999999\r\n\r\n",
        b"Content-Length: 2\r\n\r\n{]",
        b"\x00\xff" * 20_000 + b"\r\n",
        b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000,
        framed({"jsonrpc": "2.0", "method": "initialized", "params": {}}, wrong_by=7),
        framed({"jsonrpc": "2.0", "method": "initialized", "params": {}}, wrong_by=4000),
        framed({"jsonrpc": "2.0", "method": "initialized", "params": {}}, wrong_by=-7),
    ],
)
def test_a_message_that_is_none_does_not_spoil_the_next(noise):
    answers, code, said = talk(framed(START), noise, request(2, "no/such", {}), framed(SHUTDOWN), framed(EXIT))
    assert answers[2]["code"] == -32601
    assert answers[99] is None
    assert (code, said) == (0, b"")


def test_a_request_whose_length_is_too_large_is_answered_though_nothing_follows():
    process = subprocess.Popen(
        [sys.executable, "-m", "hdsl", "lsp"], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        process.stdin.write(framed(START, wrong_by=50))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length:")
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 1


def test_nothing_is_written_after_exit_though_a_check_was_due(tmp_path):
    opened = {"textDocument": {"uri": (tmp_path / "a.hg").as_uri(), "languageId": "hg", "version": 1, "text": REPLY}}
    did_open = framed({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": opened})
    for last, code in (([framed(SHUTDOWN), framed(EXIT)], 0), ([framed(EXIT)], 1), ([], 1)):
        answers, ended, said = talk(framed(START), did_open, *last)
        assert 1 in answers
        assert (ended, said) == (code, b"")


def test_an_output_that_is_closed_ends_it_without_a_word(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "hdsl", "lsp"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with process:
        process.stdout.close()
        process.stdin.write(framed(START))
        process.stdin.flush()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_closed_file_is_forgotten(tmp_path):
    files = Workspace()
    (tmp_path / "lib.hg").write_text(REPLY, encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("one.hg", "two.hg")]
    for path in paths:
        files.documents.put(path, 'hdsl 1\n\nuse "lib.hg" as lib\n')
        files.changed()
        assert files.analysis(path) is not None
    analysis = files.analysis(paths[0])
    assert analysis is not None
    forgotten = weakref.ref(analysis.module)
    del analysis
    files.documents.close(paths[0])
    assert files.forget_unused() == [paths[0]]
    gc.collect()
    assert forgotten() is None
    files.documents.close(paths[1])
    assert sorted(files.forget_unused()) == sorted([paths[1], str(tmp_path / "lib.hg")])


JSON = st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))


def _cut(content: bytes, places: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    yield from (content[start:end] for start, end in pairwise(edges))


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=5), st.lists(st.integers(0, 5000)))
def test_messages_come_out_as_they_went_in_however_they_are_cut(messages, places):
    frames = Frames()
    found = [each for part in _cut(b"".join(map(framed, messages)), places) for each in frames.feed(part)]
    assert found == messages
    assert not frames.is_waiting


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(-40, 400), st.lists(st.integers(0, 5000)))
def test_whatever_comes_before_the_third_message_is_read(noise, wrong_by, places):
    first, second, third = {"a": 1}, {"b": 2}, {"c": 3}
    frames = Frames()
    sent = noise + framed(first, max(wrong_by, -8)) + framed(second) + framed(third)
    found = [each for part in _cut(sent, places) for each in frames.feed(part)]
    if not any(mark in noise.lower() for mark in (b"content-length",)):
        assert [each for each in found if not isinstance(each, UnreadableMessage)][-2:] == [second, third]
