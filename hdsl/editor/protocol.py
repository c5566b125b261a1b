"""The protocol as pygls speaks it, made to last: each request gets an answer, and nothing is written after `exit`."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO, Protocol

from cattrs import transform_error
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcMethodNotFound
from pygls.protocol import LanguageServerProtocol, lsp_method

from hdsl.editor.frames import Frames, UnreadableMessage

CHUNK = 1 << 16
STALLED = 1.0
"""Seconds without a byte after which a message that is whole counts as complete, whatever its length should be."""


class Ending(Protocol):
    """What ends with the protocol."""

    def end(self) -> None:
        """Lets go of all that waits to be done."""


class EditorProtocol(LanguageServerProtocol):
    """Answers what pygls leaves unanswered, and leaves the texts of open files to the server.

    pygls takes more for line ends than the protocol does.
    """

    def __init__(self, server: Any, converter: Any) -> None:
        super().__init__(server, converter)
        self.has_ended = False

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Iterator[Any]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *args: Any) -> Generator[Any, Any, None]:
        """Ends the server."""
        self.has_ended = True
        yield from ()

    def receive(self, message: Any) -> None:
        """Handles one message; a request that cannot be handled gets an error."""
        if isinstance(message, UnreadableMessage):
            self._refuse(None, lsp.ErrorCodes.ParseError, f"This message cannot be read: {message}.")
            return
        if not isinstance(message, dict) or not isinstance(message.get("jsonrpc"), str):
            self._refuse(None, lsp.ErrorCodes.InvalidRequest, "A message is an object of JSON-RPC 2.0.")
            return
        number, method = message.get("id"), message.get("method")
        is_request = "id" in message and "method" in message
        if is_request and not (isinstance(number, int | str) and isinstance(method, str)):
            self._refuse(None, lsp.ErrorCodes.InvalidRequest, "A request has an id and a method.")
        elif is_request and self._shutdown:
            self._refuse(number, lsp.ErrorCodes.InvalidRequest, "The server was shut down.")
        elif method not in (lsp.INITIALIZE, lsp.EXIT) and "method" in message and self._workspace is None:
            if is_request:
                self._refuse(number, lsp.ErrorCodes.ServerNotInitialized, "The first request is `initialize`.")
        else:
            self._handle(message, number if is_request else None)
        for key in [key for key, future in self._request_futures.items() if future.done()]:
            del self._request_futures[key]

    def _handle(self, message: dict[str, Any], number: int | str | None) -> None:
        try:
            if number is not None:
                self._get_handler(message["method"])
            structured = self.structure_message(message)
        except JsonRpcMethodNotFound as error:
            self._refuse(number, error.code, str(error))
        except (JsonRpcException, AttributeError, TypeError, ValueError, KeyError) as error:
            if number is not None:
                said = "; ".join(transform_error(error.__cause__ or error, path="params"))
                self._refuse(number, JsonRpcInvalidParams.CODE, f"These params do not fit: {said}"[:1000])
        else:
            self.handle_message(structured)

    def _refuse(self, number: int | str | None, code: int, message: str) -> None:
        error = {"code": int(code), "message": message}
        self._send_data({"jsonrpc": self.VERSION, "id": number, "error": error})


class Output:
    """What an editor reads; once it has gone, nothing is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.is_open = True

    def write(self, data: bytes) -> None:
        """Writes a whole message."""
        if not self.is_open:
            return
        try:
            self._stream.write(data)
            self._stream.flush()
        except (OSError, ValueError):
            self.is_open = False

    def close(self) -> None:
        """Ends it."""
        self.is_open = False


async def serve(protocol: EditorProtocol, ending: Ending, source: int, output: Output) -> None:
    """Handles the messages of a file descriptor until `exit`, its end, or the end of the output."""
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(source, loop, chunks), daemon=True).start()
    protocol.set_writer(output)
    frames = Frames()
    try:
        while True:
            try:
                chunk = await asyncio.wait_for(chunks.get(), STALLED if frames.is_waiting else None)
            except TimeoutError:
                messages = frames.stalled()
            else:
                if not chunk:
                    return
                messages = frames.feed(chunk)
            for message in messages:
                protocol.receive(message)
                if protocol.has_ended or not output.is_open:
                    return
                await asyncio.sleep(0)
    finally:
        ending.end()
        output.close()


def _read(source: int, loop: asyncio.AbstractEventLoop, chunks: asyncio.Queue[bytes]) -> None:
    """Hands on what comes in; nothing at its end. It is a thread of its own, for which nothing waits."""
    chunk = b" "
    while chunk:
        try:
            chunk = os.read(source, CHUNK)
        except OSError:
            chunk = b""
        try:
            loop.call_soon_threadsafe(chunks.put_nowait, chunk)
        except RuntimeError:  # the loop has ended
            return
