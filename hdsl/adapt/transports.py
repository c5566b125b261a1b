"""How clients reach the MCP server: over stdin and stdout, or over HTTP on this machine, with a token."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

from hdsl.adapt.serving import Serving, ServingError

if TYPE_CHECKING:
    from mcp.server import Server

HOST = "127.0.0.1"
PATH = "/mcp"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve_stdio(server: Server[Any], serving: Serving) -> int:
    """Serves until stdin ends (0) or a signal comes (128 + its number)."""

    async def serve() -> int:
        from mcp.server.stdio import stdio_server

        with _until_signal(serving.end) as received:
            async with stdio_server() as (read, write):
                await server.run(read, write, server.create_initialization_options())
        await serving.ended()
        return 128 + received[0] if received else 0

    return _run(serve)


def listening_socket(port: int) -> socket.socket:
    """A socket on the loopback. ServingError where the port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # who is told of the port may connect at once
    except OSError as error:
        listener.close()
        raise ServingError(f"port {port} of {HOST} cannot be used: {error.strerror}; take another") from None
    return listener


def serve_http(server: Server[Any], serving: Serving, listener: socket.socket, token: str) -> int:
    """Serves on the socket until a signal comes."""

    async def serve() -> int:
        import uvicorn

        class Quiet(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Generator[None, None, None]:
                yield  # signals are handled below

        app = protected_app(server, listener.getsockname()[1], token)
        running = Quiet(uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1))

        def end() -> None:
            serving.end()
            running.should_exit = True

        with _until_signal(end, cancels=False) as received:
            await running.serve(sockets=[listener])
        await serving.ended()
        return 128 + received[0] if received else 0

    return _run(serve)


def protected_app(server: Server[Any], port: int, token: str) -> Any:
    """The ASGI application: a request without the token is refused, and so is one that a page of another site makes."""
    from mcp.server.transport_security import TransportSecuritySettings

    hosts = [f"{name}:{port}" for name in (HOST, "localhost")]
    security = TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=[f"http://{each}" for each in hosts])
    app = server.streamable_http_app(streamable_http_path=PATH, host=HOST, transport_security=security)
    expected = f"Bearer {token}".encode()

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            if not hmac.compare_digest(given, expected):
                await _refuse(send)
                return
        await app(scope, receive, send)

    return guarded


async def _refuse(send: Callable[[dict[str, Any]], Any]) -> None:
    headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"The token is missing or wrong."})


@contextlib.contextmanager
def _until_signal(end: Callable[[], None], *, cancels: bool = True) -> Iterator[list[int]]:
    """The signals that came while the block runs. The first one ends it: by `end`, and by cancelling the task."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    received: list[int] = []

    def handle(number: int) -> None:
        received.append(number)
        end()
        if cancels and task is not None:
            task.cancel()

    for number in _ENDING:
        loop.add_signal_handler(number, handle, number)
    try:
        with contextlib.suppress(asyncio.CancelledError) if cancels else contextlib.nullcontext():
            yield received
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)


def _run(serve: Callable[[], Any]) -> int:
    code: int = asyncio.run(serve())
    return code
