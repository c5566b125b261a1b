"""A scripted model server on loopback, for Anthropic's Messages API: each request takes the next turn of its script."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """One reply: content blocks, made by `text` and `tool`. With a `status` an error, whose message is the text."""

    content: tuple[dict[str, Any], ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 10, "output_tokens": 5})


def text(words: str) -> dict[str, Any]:
    """A block of text."""
    return {"type": "text", "text": words}


def tool(name: str, identity: str = "", **arguments: Any) -> dict[str, Any]:
    """A block that calls a tool; without an identity the server gives it one."""
    return {"type": "tool_use", "id": identity, "name": name, "input": arguments}


def turn(*blocks: dict[str, Any] | str) -> Turn:
    """A turn of blocks; a string is a block of text."""
    return Turn(tuple(text(block) if isinstance(block, str) else block for block in blocks))


Script = Sequence[Turn] | Callable[[Body], Turn]


class MessagesServer:
    """Serves while its `with` block runs. `requests` are the bodies that came, `keys` their `x-api-key` headers.

    A script is a sequence of turns, after whose end every turn is the text `done`; or a function of the request's body.
    """

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paths: list[str] = []
        self._script = script
        self._count = 0
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                _answer(self, 200, "application/json", b"{}")

            do_HEAD = do_GET

            def do_POST(self) -> None:
                owner._serve(self)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that has gone is no fault of the server."""

        self._http = Server(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The address for `ANTHROPIC_BASE_URL`."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers.get("content-length", "0"))) or b"{}")
        if handler.path.partition("?")[0].endswith("/count_tokens"):
            _answer(handler, 200, "application/json", b'{"input_tokens": 10}')
            return
        with self._lock:
            self.requests.append(body)
            self.keys.append(handler.headers.get("x-api-key", ""))
            self.paths.append(handler.path)
            self._count += 1
            number = self._count
            reply = self._next(body)
        if reply.status != 200:
            words = "".join(block.get("text", "") for block in reply.content)
            error = {"type": "error", "error": {"type": "api_error", "message": words or "no"}}
            _answer(handler, reply.status, "application/json", json.dumps(error).encode(), reply.headers)
            return
        message = _message(reply, number, str(body.get("model", "scripted")))
        if body.get("stream"):
            _answer(handler, 200, "text/event-stream", _events(message), reply.headers)
        else:
            _answer(handler, 200, "application/json", json.dumps(message).encode(), reply.headers)

    def _next(self, body: Body) -> Turn:
        if callable(self._script):
            return self._script(body)
        position = len(self.requests) - 1
        return self._script[position] if position < len(self._script) else turn("done")


def _message(reply: Turn, number: int, model: str) -> dict[str, Any]:
    content = []
    for position, block in enumerate(reply.content):
        is_call = block["type"] == "tool_use" and not block["id"]
        content.append({**block, "id": f"toolu_{number:04}_{position}"} if is_call else block)
    calls = any(block["type"] == "tool_use" for block in content)
    return {
        "id": f"msg_{number:04}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": dict(reply.usage),
    }


def _events(message: dict[str, Any]) -> bytes:
    start = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty, delta = (
                {**block, "input": {}},
                {"type": "input_json_delta", "partial_json": json.dumps(block["input"])},
            )
        events += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ending, "usage": message["usage"]})
    events.append({"type": "message_stop"})
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _answer(
    handler: BaseHTTPRequestHandler, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in {"content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
