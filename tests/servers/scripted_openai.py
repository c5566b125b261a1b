"""A scripted model server on loopback that speaks chat completions: each request takes the next reply of its script."""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """One scripted reply.

    `content` is the model's text; `body` a whole response instead of it. `fault`: "" | "reset" (the connection is
    reset) | "cut" (the body ends before its declared length) | "truncated" (half the JSON, its length as declared) |
    "hang" (nothing for `delay` seconds, then the connection ends).
    """

    content: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    delay: float = 0.0
    fault: str = ""
    finish_reason: str = "stop"
    content_type: str = "application/json"


def failure(status: int, message: str = "no", code: str | None = None, **headers: str) -> Reply:
    """A reply with an error status in OpenAI's form; `retry_after="1"` becomes the header `retry-after`."""
    body = json.dumps({"error": {"message": message, "type": "error", "param": None, "code": code}})
    return Reply(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=body)


Script = Callable[[Body], Reply | str]


class ScriptedServer:
    """Serves while its `with` block runs. `requests` are the bodies that came; `most_open` counts those at one time."""

    def __init__(self, script: Sequence[Reply | str] | Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.paths: list[str] = []
        self.most_open = 0
        self._open = 0
        self._lock = threading.Lock()
        self._script = script
        self._stopped = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                owner._serve(self)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that has gone is part of the script."""

        self._http = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._scheme = "http" if tls is None else "https"
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}/v1"

    def prompts(self) -> list[str]:
        """The texts of the messages of each request, joined."""
        return ["\n".join(message["content"] for message in body["messages"]) for body in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers.get("content-length", 0))))
        with self._lock:
            number = len(self.requests)
            self.requests.append(body)
            self.authorizations.append(handler.headers.get("authorization", ""))
            self.paths.append(handler.path)
            self._open += 1
            self.most_open = max(self.most_open, self._open)
        try:
            reply = self._reply(body, number)
            if reply.delay:
                self._stopped.wait(reply.delay)
        finally:
            with self._lock:
                self._open -= 1
        self._send(handler, reply, body)

    def _reply(self, body: Body, number: int) -> Reply:
        found = self._script(body) if callable(self._script) else self._script[min(number, len(self._script) - 1)]
        return Reply(found) if isinstance(found, str) else found

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply, request: Body) -> None:
        if reply.fault in ("reset", "hang"):
            if reply.fault == "reset":
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        body = completion(reply, request) if reply.body is None else reply.body
        payload = body.encode() if isinstance(body, str) else body
        if reply.fault == "truncated":
            payload = payload[: len(payload) // 2]
        if "server" in reply.headers:
            handler.send_response_only(reply.status)
        else:
            handler.send_response(reply.status)
        handler.send_header("content-type", reply.content_type)
        handler.send_header("content-length", str(len(payload)))
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if reply.fault == "cut":
            handler.wfile.write(payload[: len(payload) // 2])
            handler.close_connection = True
            return
        handler.wfile.write(payload)


def completion(reply: Reply, request: Body) -> str:
    """A chat completion as JSON; its usage counts words."""
    words = sum(len(message["content"].split()) for message in request["messages"])
    answered = len(reply.content.split())
    return json.dumps(
        {
            "id": "scripted",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": reply.content},
                    "finish_reason": reply.finish_reason,
                }
            ],
            "usage": {"prompt_tokens": words, "completion_tokens": answered, "total_tokens": words + answered},
        }
    )
