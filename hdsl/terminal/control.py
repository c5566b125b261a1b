"""The control-mode client of a tmux server: commands in, replies and notifications out, over two pipes."""

import asyncio
import os
import re
import subprocess
from collections import deque
from typing import Protocol

from hdsl.terminal.errors import SessionGone, TerminalError

_CHUNK = 1 << 18
_FROM_THIS_CLIENT = b"1"
_ESCAPES = str.maketrans(
    {code: f"\\{code:03o}" for code in [*range(1, 32), 127]}
    | {0: "", "\\": "\\\\", "~": "\\176", '"': '\\"', "$": "\\$"}
)
_OUTPUT = re.compile(rb"%output (%\d+) ")
_CLOSED = re.compile(rb"%(?:unlinked-)?window-close (@\d+)")
_BLOCK = re.compile(rb"%(?:begin|end|error) (\d+ \d+ (\d+))")


def quote(text: str) -> str:
    """`text` as one argument of a tmux command, whatever is in it (NUL, which tmux cannot take, is left out)."""
    return f'"{text.translate(_ESCAPES)}"'


class Notified(Protocol):
    """Who is told what the server says unasked. Called on the event loop; must not block."""

    def pane_wrote(self, pane: str, data: bytes) -> None:
        """A pane wrote `data`, escaped by tmux: bytes below 32 and the backslash are `\\ooo`."""

    def window_closed(self, window: str) -> None:
        """A window and its pane are gone."""

    def server_lost(self) -> None:
        """The server is gone, or does not speak to us any more."""


class ControlClient:
    """One `tmux -C` process. Belongs to the event loop it was started on; replies come in the order of the commands."""

    def __init__(self, notified: Notified) -> None:
        self._notified = notified
        self._waiting: deque[asyncio.Future[str]] = deque()
        self._rest = b""
        self._block: bytes | None = None
        self._body: list[bytes] = []
        self._unsent = bytearray()
        self._process: subprocess.Popen[bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, process: "subprocess.Popen[bytes]") -> None:
        """Speaks with the client from now on, over the pipes of its process."""
        self._loop = asyncio.get_running_loop()
        self._process = process
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self._loop.add_reader(self._output, self._read)

    @property
    def _input(self) -> int:
        assert self._process is not None and self._process.stdin is not None
        return self._process.stdin.fileno()

    @property
    def _output(self) -> int:
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout.fileno()

    def send(self, command: str) -> "asyncio.Future[str]":
        """Sends one command now; the future is its reply, a TerminalError where tmux refused it."""
        if self._loop is None:
            raise SessionGone("the tmux server has ended")
        reply: asyncio.Future[str] = self._loop.create_future()
        self._waiting.append(reply)
        self._unsent += command.encode("utf-8", "replace") + b"\n"
        self._write()
        return reply

    async def run(self, command: str) -> str:
        """Sends one command and waits for its reply."""
        return await self.send(command)

    def close(self) -> None:
        """Closes the pipes, which ends the client; who still waits for a reply gets SessionGone."""
        process, loop = self._process, self._loop
        if process is None or loop is None:
            return
        loop.remove_reader(self._output)
        loop.remove_writer(self._input)
        assert process.stdin is not None and process.stdout is not None
        self._process = self._loop = None
        process.stdin.close()
        process.stdout.close()
        while self._waiting:
            reply = self._waiting.popleft()
            if not reply.done():
                reply.set_exception(SessionGone("the tmux server has ended"))
                reply.exception()  # Who does not wait for this reply shall not be warned about it.
        self._notified.server_lost()

    def _write(self) -> None:
        assert self._loop is not None
        try:
            while self._unsent:
                del self._unsent[: os.write(self._input, self._unsent)]
        except BlockingIOError:
            self._loop.add_writer(self._input, self._write)
        except OSError:
            self.close()
        else:
            self._loop.remove_writer(self._input)

    def _read(self) -> None:
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._read_line(line)

    def _read_line(self, line: bytes) -> None:
        if self._block is not None:
            self._read_in_block(line)
        elif matched := _OUTPUT.match(line):
            self._notified.pane_wrote(matched[1].decode(), line[matched.end() :])
        elif line.startswith(b"%begin "):
            matched = _BLOCK.match(line)
            self._block = matched[1] if matched else b""
        elif matched := _CLOSED.match(line):
            self._notified.window_closed(matched[1].decode())

    def _read_in_block(self, line: bytes) -> None:
        matched = _BLOCK.fullmatch(line)
        # A captured screen may hold lines that look like these: only the numbers of this block end it.
        if matched is None or matched[1] != self._block or line.startswith(b"%begin"):
            self._body.append(line)
            return
        text = b"\n".join(self._body).decode("utf-8", "replace")
        self._block, self._body = None, []
        if matched[2] != _FROM_THIS_CLIENT or not self._waiting:
            return
        reply = self._waiting.popleft()
        if reply.done():
            return
        if line.startswith(b"%error"):
            reply.set_exception(TerminalError(f"tmux: {text}"))
            reply.exception()
        else:
            reply.set_result(text)
