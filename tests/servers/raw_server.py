"""A server on loopback that sends bytes as a test says, HTTP or not: cut, slow, endless, wrong."""

import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

_LONGEST = 60.0
"""Seconds after which a connection that nobody ends is ended."""


class Connection:
    """One connection of a client, of which a request has been read."""

    def __init__(self, connection: socket.socket, stopped: threading.Event) -> None:
        self._connection, self._stopped = connection, stopped

    def send(self, data: bytes | str) -> None:
        """Sends bytes; nothing happens if the client has gone."""
        try:
            self._connection.sendall(data.encode() if isinstance(data, str) else data)
        except OSError:
            self._stopped.wait(0.01)

    def hang(self) -> None:
        """Keeps the connection open, and silent, until the client or the server goes."""
        self._connection.settimeout(0.05)
        while not self._stopped.is_set():
            try:
                if not self._connection.recv(4096):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def drip(self, data: bytes) -> None:
        """Sends the same bytes again and again, slowly, until the client or the server goes."""
        while not self._stopped.wait(0.02):
            try:
                self._connection.sendall(data)
            except OSError:
                return

    def pour(self, data: bytes) -> None:
        """Sends the same bytes again and again, as fast as they are taken."""
        while not self._stopped.is_set():
            try:
                self._connection.sendall(data)
            except OSError:
                return

    def reset(self) -> None:
        """Ends the connection by a reset."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Talk = Callable[[Connection], None]


class RawServer:
    """Serves while its `with` block runs: each request takes the next talk of the script, the last one from then on.

    A connection ends with its talk, unless the talk is in `kept`, which another request on it may follow.
    """

    def __init__(self, *talks: Talk, kept: frozenset[Talk] = frozenset()) -> None:
        self.requests: list[bytes] = []
        self._talks, self._kept = talks, kept
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(_LONGEST)
            while request := _request(connection):
                with self._lock:
                    talk = self._talks[min(len(self.requests), len(self._talks) - 1)]
                    self.requests.append(request)
                talk(Connection(connection, self._stopped))
                if talk not in self._kept:
                    return


def _request(connection: socket.socket) -> bytes:
    """One request with its body; what came if it is not HTTP; nothing if the client has gone."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            block = connection.recv(65536)
            if not block or not (data + block)[:1].isalpha():
                return data + block
            data += block
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
    except OSError:
        return b""
    return head + b"\r\n\r\n" + body
