"""Python processes that begin with what takes long to import already there.

Importing torch takes most of the time of a short command. A server that has imported it forks for each process that a
test asks for: a real process, with a process id, environment, folder and streams of its own, whose program runs as
`__main__`. Options of the interpreter, and what it reads of its environment at its start, need a cold one.
"""

import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PRELOADED = ("torch", "numpy", "aiohttp", "networkx", "lark", "regex", "rich")
"""What is imported before; nothing of ours, so that a process still shows what ours does when it is imported."""

REPOSITORY = Path(__file__).parents[1]
_LENGTH = 8


class Process:
    """A process that the server forked, with the manners of `subprocess.Popen`; its output is text."""

    def __init__(self, told: socket.socket, out: int | None, err: int | None) -> None:
        self._told = told
        self._reader = told.makefile("r", encoding="utf-8")
        self._texts = {"out": "", "err": ""}
        self._readers: list[threading.Thread] | None = None
        self.pid = int(self._line())
        self.returncode: int | None = None
        self.stdout = None if out is None else os.fdopen(out, encoding="utf-8")
        self.stderr = None if err is None else os.fdopen(err, encoding="utf-8")

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *error: object) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def _line(self) -> str:
        line = self._reader.readline()
        if not line:
            raise RuntimeError("the server of warm processes has ended")
        return line

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.returncode = int(self._line())
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end. TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
            self.returncode = int(self._line())
            self._reader.close()
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it prints until it and all who hold its streams have ended. TimeoutExpired; may be called again."""
        if self._readers is None:
            streams = {"out": self.stdout, "err": self.stderr}
            self._readers = [
                threading.Thread(target=self._read, args=(name, stream), daemon=True)
                for name, stream in streams.items()
                if stream is not None and not stream.closed
            ]
            for reader in self._readers:
                reader.start()
        self.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return self._texts["out"], self._texts["err"]

    def _read(self, name: str, stream: Any) -> None:
        with stream:
            self._texts[name] = stream.read()


def start(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> Process:
    """Starts `python WORDS` (`-m MODULE …`, `-c CODE …` or `FILE …`).

    `environment` comes on top of this process's own. A stream that is not given is empty, or a pipe to read from.
    """
    made: list[int] = []
    out = err = None
    if stdin is None:
        stdin = os.open(os.devnull, os.O_RDONLY)
        made.append(stdin)
    if stdout is None:
        out, stdout = os.pipe()
        made.append(stdout)
    if stderr is None:
        err, stderr = os.pipe()
        made.append(stderr)
    mine, told = socket.socketpair()
    request = {"words": list(words), "folder": str(folder), "environment": {**os.environ, **(environment or {})}}
    descriptors = [stdin, stdout, stderr, told.fileno()]
    try:
        try:
            _server().send(request, descriptors)
        except BrokenPipeError:  # a test has ended all processes that it could find
            _server.cache_clear()
            _server().send(request, descriptors)
    finally:
        told.close()
        for number in made:
            os.close(number)
    return Process(mine, out, err)


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, *, timeout: float = 100.0
) -> "subprocess.CompletedProcess[str]":
    """Runs `python WORDS` to its end, and kills it if it takes too long."""
    process = start(words, folder, environment)
    try:
        out, err = process.communicate(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return subprocess.CompletedProcess(list(words), process.wait(), out, err)


class _Client:
    """The side of the server that tests talk to."""

    def __init__(self) -> None:
        mine, other = socket.socketpair()
        self._socket = mine
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.warm import serve; serve()", str(other.fileno())],
            pass_fds=[other.fileno()],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
        )
        other.close()

    def send(self, request: Mapping[str, Any], descriptors: list[int]) -> None:
        data = json.dumps(request).encode()
        with self._lock:
            socket.send_fds(self._socket, [len(data).to_bytes(_LENGTH, "big")], descriptors)
            self._socket.sendall(data)


@cache
def _server() -> _Client:
    """The one server of a process that runs tests. It ends when that process does."""
    return _Client()


def serve() -> None:
    """Forks for each request, until who asks is gone; runs in the server."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    for name in PRELOADED:
        if find_spec(name) is not None:
            import_module(name)
    running: dict[int, tuple[int, int]] = {}
    """Of each process by the descriptor that tells of its end: its id, and where to say so."""
    while True:
        for ready in select.select([requests, *running], [], [])[0]:
            if ready is not requests:
                pid, told = running.pop(ready)
                os.close(ready)
                _tell(told, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                os.close(told)
                continue
            length, descriptors, _, _ = socket.recv_fds(requests, _LENGTH, 4)
            if not length:
                return
            request = json.loads(_exactly(requests, int.from_bytes(length, "big")))
            pid = os.fork()
            if pid == 0:
                requests.close()
                for number in (*running, *(told for _, told in running.values()), descriptors[3]):
                    os.close(number)
                _become(request, descriptors[:3])
                return
            for number in descriptors[:3]:
                os.close(number)
            _tell(descriptors[3], pid)
            running[os.pidfd_open(pid)] = (pid, descriptors[3])


def _exactly(stream: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += stream.recv(length - len(data))
    return data


def _tell(where: int, number: int) -> None:
    try:
        os.write(where, f"{number}\n".encode())
    except OSError:
        return  # who asked is gone


def _become(request: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Is the program that was asked for: all that `python WORDS` would set is set."""
    for target, number in enumerate(streams):
        os.dup2(number, target)
    for number in streams:
        if number > 2:
            os.close(number)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        errors = "backslashreplace" if name == "stderr" else "strict"
        stream = os.fdopen(number, mode, encoding="utf-8", errors=errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stderr.reconfigure(line_buffering=True)
    option, *words = request["words"]
    sys.path[:] = [place for place in sys.path if place]
    for place in reversed(request["environment"].get("PYTHONPATH", "").split(os.pathsep)):
        if place:
            sys.path.insert(0, place)
    if option == "-m":
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = words
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    elif option == "-c":
        sys.path.insert(0, "")
        sys.argv = ["-c", *words[1:]]
        exec(compile(words[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [option, *words]
        sys.path.insert(0, str(Path(option).resolve().parent))
        runpy.run_path(option, run_name="__main__")
