"""A scripted Messages server on loopback for the CLI of the Agent SDK: streamed turns, tools, usage, faults.

    with MessagesServer([Turn.use("Read", file_path="a.txt"), Turn("Done.")]) as server:
        run(server.alone(["claude", "-p", "Go."]), env=server.environment(home))
    assert len(server.requests) == 2

Each conversation goes through the script on its own: a request gets the turn that its answered turns say, so several
may be open at a time, and one that is asked again after a fault gets the same turn. The last turn answers whatever
comes after it. A script may be a function of the request's body as well.

`alone(command)` is the command in a network namespace that has nothing but a loopback, on which this server is
reached at the same address (over a Unix socket); where a namespace cannot be had it is the command itself.
"""

import contextlib
import json
import os
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Body = Mapping[str, Any]
KEY = "sk-ant-scripted-0000000000000000"
MODEL = "claude-scripted-1"


@dataclass(frozen=True)
class Use:
    """A tool that the model uses."""

    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """One answer of the model: its text, the tools that it uses, why it stops, and the tokens it came to.

    `stop` is "tool_use" or "end_turn" by itself; "refusal" and "max_tokens" can be told.
    """

    text: str = ""
    uses: tuple[Use, ...] = ()
    stop: str = ""
    input_tokens: int = 100
    output_tokens: int = 20
    cached_tokens: int = 0

    @classmethod
    def use(cls, name: str, /, **input: Any) -> "Turn":
        """A turn that uses one tool and says nothing."""
        return cls(uses=(Use(name, input),))


@dataclass(frozen=True)
class Fault:
    """A turn that goes wrong: an error status, or `how`: "reset" | "cut" (in the middle of the stream) | "hang"."""

    status: int = 0
    kind: str = "api_error"
    message: str = "no"
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = ""


Reply = Turn | Fault | str
Script = Sequence[Reply] | Callable[[Body], Reply]

OVERLOADED = Fault(529, "overloaded_error", "Overloaded")
LIMITED = Fault(429, "rate_limit_error", "This request would exceed the rate limit", {"retry-after": "0"})
NOT_LOGGED_IN = Fault(401, "authentication_error", "invalid x-api-key")


class MessagesServer:
    """Serves while its `with` block runs. `faults` come first, one a request, whoever asks.

    `requests`: the bodies of all that asked for a message. `others`: whatever else was asked, as "GET /path".
    """

    def __init__(self, script: Script, *, faults: Sequence[Fault] = ()) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.others: list[str] = []
        self._script = script
        self._faults = list(faults)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._arrived = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="messages-")
        self._socket = str(Path(self._folder.name) / "socket")
        handler = _handler(self)
        self._servers = (_Server(("127.0.0.1", 0), handler), _UnixServer(self._socket, handler))
        self._threads = [
            threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True) for each in self._servers
        ]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._servers[0].server_address[1])

    @property
    def url(self) -> str:
        """What ANTHROPIC_BASE_URL is to be."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, home: Path) -> dict[str, str]:
        """A whole environment for the CLI: a home that is empty, a key that is none, this server, no other traffic."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }

    def alone(self, command: Sequence[str]) -> list[str]:
        """The command where no network can be reached but this server; the command itself where that cannot be had."""
        if not can_be_alone():
            return list(command)
        return ["unshare", "-rn", "--", sys.executable, "-I", __file__, self._socket, str(self.port), *command]

    def results(self) -> list[tuple[str, bool]]:
        """What the tools of the last request came to, in order: the text of each, and whether it is an error."""
        return list(tool_results(self.requests[-1])) if self.requests else []

    def wait_for(self, count: int, seconds: float = 60.0) -> bool:
        """Waits until so many messages were asked for."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.requests) >= count, seconds)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()
        self._folder.cleanup()

    def _reply(self, body: dict[str, Any], key: str) -> Reply:
        with self._lock, self._arrived:
            self.requests.append(body)
            self.keys.append(key)
            self._arrived.notify_all()
            if self._faults:
                return self._faults.pop(0)
        if callable(self._script):
            return self._script(body)
        return self._script[min(turns_of(body), len(self._script) - 1)]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        path = handler.path.partition("?")[0]
        if handler.command != "POST" or path not in ("/v1/messages", "/v1/messages/count_tokens"):
            self.others.append(f"{handler.command} {handler.path}")
            _send_error(handler, Fault(404, "not_found_error", "there is nothing here"))
            return
        body = json.loads(content)
        if path.endswith("count_tokens"):
            _send(handler, 200, json.dumps({"input_tokens": len(content) // 4}).encode())
            return
        reply = self._reply(body, handler.headers.get("x-api-key", ""))
        if isinstance(reply, Fault):
            self._fail(handler, reply, body)
            return
        turn = Turn(reply) if isinstance(reply, str) else reply
        if body.get("stream"):
            events = b"".join(_event(name, data) for name, data in _events(turn, body))
            _send(handler, 200, events, content_type="text/event-stream")
        else:
            _send(handler, 200, json.dumps(_message(turn, body)).encode())

    def _fail(self, handler: BaseHTTPRequestHandler, fault: Fault, body: Body) -> None:
        if fault.how == "hang":
            self._stopped.wait()
        if fault.how in ("hang", "reset"):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
        elif fault.how == "cut":
            events = b"".join(_event(name, data) for name, data in _events(Turn("This is cut"), body))
            handler.send_response(200)
            handler.send_header("content-type", "text/event-stream")
            handler.send_header("content-length", str(len(events)))
            handler.end_headers()
            handler.wfile.write(events[: len(events) // 2])
            handler.close_connection = True
        else:
            _send_error(handler, fault)


def turns_of(body: Body) -> int:
    """How many turns of the model there were before."""
    return sum(message["role"] == "assistant" for message in body["messages"])


def tool_results(body: Body) -> Iterator[tuple[str, bool]]:
    """The text of each result of a tool in a request, and whether it is an error."""
    for message in body["messages"]:
        content = message["content"] if isinstance(message["content"], list) else []
        for block in content:
            if block["type"] == "tool_result":
                said = block.get("content", "")
                text = said if isinstance(said, str) else "\n".join(part.get("text", "") for part in said)
                yield text, bool(block.get("is_error"))


def prompt_of(body: Body) -> str:
    """All texts of the messages of a user, joined."""
    found = []
    for message in body["messages"]:
        if message["role"] == "user":
            content = message["content"]
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            found += [part["text"] for part in parts if part["type"] == "text"]
    return "\n".join(found)


def tools_of(body: Body) -> set[str]:
    """The names of the tools that the model was offered."""
    return {tool["name"] for tool in body.get("tools", ())}


@cache
def can_be_alone() -> bool:
    """Whether this machine lets us make a network namespace."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-rn", "true"], stdin=subprocess.DEVNULL, capture_output=True)
    return tried.returncode == 0


def _handler(owner: MessagesServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True  # a client that has gone is part of the script

        def do_POST(self) -> None:
            owner._serve(self)

        do_GET = do_HEAD = do_PUT = do_DELETE = do_POST

        def address_string(self) -> str:
            return "client"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32


def _message(turn: Turn, body: Body) -> dict[str, Any]:
    number = turns_of(body)
    content: list[dict[str, Any]] = [{"type": "text", "text": turn.text}] if turn.text else []
    for at, use in enumerate(turn.uses):
        content.append(
            {"type": "tool_use", "id": f"toolu_{number:04}_{at}", "name": use.name, "input": dict(use.input)}
        )
    return {
        "id": f"msg_{number:04}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", MODEL),
        "content": content,
        "stop_reason": turn.stop or ("tool_use" if turn.uses else "end_turn"),
        "stop_sequence": None,
        "usage": {
            "input_tokens": turn.input_tokens,
            "output_tokens": turn.output_tokens,
            "cache_read_input_tokens": turn.cached_tokens,
            "cache_creation_input_tokens": 0,
        },
    }


def _events(turn: Turn, body: Body) -> Iterator[tuple[str, dict[str, Any]]]:
    message = _message(turn, body)
    usage = message["usage"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield "message_start", {"message": begun}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            start, delta = (
                {**block, "input": {}},
                {"type": "input_json_delta", "partial_json": json.dumps(block["input"])},
            )
        yield "content_block_start", {"index": index, "content_block": start}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": stop, "usage": {"output_tokens": usage["output_tokens"]}}
    yield "message_stop", {}


def _event(name: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    content: bytes,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> None:
    handler.send_response(status)
    handler.send_header("content-type", content_type)
    handler.send_header("content-length", str(len(content)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def _send_error(handler: BaseHTTPRequestHandler, fault: Fault) -> None:
    body = {"type": "error", "error": {"type": fault.kind, "message": fault.message}}
    _send(handler, fault.status, json.dumps(body).encode(), fault.headers)


def _run_alone(path: str, port: int, command: Sequence[str]) -> None:
    """Becomes the command, in this namespace; a child carries what comes to the port to the socket, for as long."""
    import ctypes
    import fcntl
    import signal

    with socket.socket() as control:  # `ip link set lo up`, without ip
        fcntl.ioctl(control, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
    listener = socket.create_server(("127.0.0.1", port))
    parent = os.getpid()
    if os.fork():
        listener.close()
        os.execvp(command[0], list(command))
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it ends with the command
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    while os.getppid() == parent:
        client, _ = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    _run_alone(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
