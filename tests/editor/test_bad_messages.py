"""Every request is answered, malformed ones by an error, and the server goes on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import REPOSITORY


class Raw:
    """A server spoken to in bytes."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hdsl", "lsp"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
        self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        assert self.answer(0)["result"]["serverInfo"]["name"] == "hdsl"
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})

    def send(self, message: Any, wrong_by: int = 0) -> None:
        body = json.dumps(message).encode()
        self.write(f"Content-Length: {len(body) + wrong_by}\r\n\r\n".encode() + body)

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def answer(self, request: Any) -> dict[str, Any]:
        """The next response to a request; other messages are passed over."""
        assert self.process.stdout is not None
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()) or not length:
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            message: dict[str, Any] = json.loads(self.process.stdout.read(length))
            if "method" not in message and message.get("id") == request:
                return message

    def goodbye(self) -> tuple[int, str]:
        self.send({"jsonrpc": "2.0", "id": "end", "method": "shutdown"})
        assert self.answer("end")["result"] is None
        self.send({"jsonrpc": "2.0", "method": "exit"})
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors.decode()


@pytest.fixture
def raw(tmp_path: Path):
    server = Raw(tmp_path)
    yield server
    if server.process.poll() is None:
        server.process.kill()
    server.process.wait()
    for stream in (server.process.stdin, server.process.stdout, server.process.stderr):
        if stream is not None:
            stream.close()


HOVER = "textDocument/hover"


INVALID = [None, [], {}, 5, "x", {"textDocument": 5}, {"textDocument": {"uri": 5}, "position": {"line": "a"}}]


def test_invalid_params_are_refused(raw: Raw) -> None:
    for number, params in enumerate(INVALID):
        raw.send({"jsonrpc": "2.0", "id": number, "method": HOVER, "params": params})
        assert raw.answer(number)["error"]["code"] == -32602, params
    assert raw.goodbye()[0] == 0


def test_unknown_methods_and_no_messages_are_refused(raw: Raw) -> None:
    raw.send({"jsonrpc": "2.0", "id": 1, "method": "hdsl/nothing", "params": {}})
    assert raw.answer(1)["error"]["code"] == -32601
    raw.send({"jsonrpc": "2.0", "method": "hdsl/nothing"})
    raw.send({"jsonrpc": "1.0", "id": 2, "method": HOVER})
    assert raw.answer(2)["error"]["code"] == -32600
    raw.send([1, 2])
    assert raw.answer(None)["error"]["code"] == -32600
    raw.write(b"Content-Length: 9\r\n\r\n{not json")
    raw.send({"jsonrpc": "2.0", "id": 3, "method": "hdsl/nothing"}, wrong_by=40)
    assert raw.answer(None)["error"]["code"] == -32700
    assert raw.answer(3)["error"]["code"] == -32601
    assert raw.goodbye()[0] == 0


def test_a_check_that_waits_at_the_end_says_nothing(raw: Raw, tmp_path: Path) -> None:
    item = {"uri": (tmp_path / "a.hg").as_uri(), "languageId": "hg", "version": 1, "text": "hdsl 1\n\nharness"}
    raw.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}})
    assert raw.goodbye() == (0, "")


def test_an_editor_that_goes_in_the_middle_ends_it_without_a_word(raw: Raw, tmp_path: Path) -> None:
    item = {"uri": (tmp_path / "a.hg").as_uri(), "languageId": "hg", "version": 1, "text": "hdsl 1\n\nharness"}
    assert raw.process.stdin is not None and raw.process.stdout is not None
    raw.process.stdout.close()
    raw.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}})
    raw.process.stdin.close()
    assert raw.process.wait(60) == 1
    assert raw.process.stderr is not None
    assert raw.process.stderr.read() == b""
