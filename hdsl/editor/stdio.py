"""Serves one editor over a stream in and a stream out, until it says goodbye or goes."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any, BinaryIO

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from hdsl.editor.framing import BadMessage, MessageStream
from hdsl.editor.server import HdslServer

_BLOCK = 1 << 16
_END = None


class Output:
    """What the server says. Once the editor is gone, or all was said, nothing more is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._closed = False

    def write(self, data: bytes) -> None:
        """Writes a message; an editor that has gone is not a fault."""
        if self._closed:
            return
        try:
            self._stream.write(data)
            self._stream.flush()
        except (OSError, ValueError):
            self._closed = True

    def close(self) -> None:
        """Ends the output."""
        self._closed = True


def serve(server: HdslServer, stdin: int, stdout: BinaryIO) -> None:
    """Serves until the editor exits or its end of the stream closes. `stdin` is a file descriptor."""
    server.protocol.set_writer(Output(stdout))
    try:
        asyncio.run(_serve(server, stdin))
    except SystemExit:
        pass  # how pygls answers `exit`
    finally:
        server.shutdown()  # type: ignore[no-untyped-call]


async def _serve(server: HdslServer, stdin: int) -> None:
    received: asyncio.Queue[bytes | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        data: bytes | None = b" "
        while data:
            try:
                data = os.read(stdin, _BLOCK) or _END
            except OSError:
                data = _END
            try:
                loop.call_soon_threadsafe(received.put_nowait, data)
            except RuntimeError:
                return  # the server has ended

    # A daemon: it waits for an editor that may never say more.
    threading.Thread(target=read, name="hdsl-lsp-input", daemon=True).start()
    stream = MessageStream()
    try:
        while (data := await received.get()) is not _END:
            for message in stream.feed(data):
                handle(server, message)
    finally:
        server.stop_waiting()


def handle(server: HdslServer, message: Any) -> None:
    """Handles one message; a request that is malformed gets an error for an answer."""
    protocol = server.protocol
    if isinstance(message, BadMessage) or not isinstance(message, dict):
        code = lsp.ErrorCodes.ParseError if isinstance(message, BadMessage) else lsp.ErrorCodes.InvalidRequest
        _refuse(server, None, code, f"cannot read the message: {message}" if code != -32600 else "not a message")
        return
    request = message.get("id") if isinstance(message.get("id"), str | int) else None
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method", ""), str):
        if request is not None or "method" in message:
            _refuse(server, request, lsp.ErrorCodes.InvalidRequest, 'a message has "jsonrpc": "2.0" and a method')
        return
    try:
        structured = protocol.structure_message({"params": None, **message} if "method" in message else message)
    except Exception as error:
        if request is not None and "method" in message:
            cause = error.__cause__
            reason = "" if cause is None else f": {_reason(cause)}"
            _refuse(server, request, JsonRpcInvalidParams.CODE, f"invalid params of {message['method']}{reason}")
        return
    protocol.handle_message(structured)


def _reason(error: BaseException) -> str:
    """The innermost of the errors of a structure that does not fit, in one line."""
    inner = getattr(error, "exceptions", None)
    return _reason(inner[0]) if inner else " ".join(f"{type(error).__name__} {error}".split())[:200]


def _refuse(server: HdslServer, request: str | int | None, code: int, reason: str) -> None:
    error = {"code": int(code), "message": reason}
    server.protocol._send_data({"jsonrpc": "2.0", "id": request, "error": error})
