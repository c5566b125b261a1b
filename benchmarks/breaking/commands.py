"""What the breakers share: a command in a process of its own, and promises that hold for each of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CODES = frozenset({0, 1, 2, 3, 4, 5, 128 + signal.SIGINT, 128 + signal.SIGTERM, 128 + signal.SIGHUP})
"""The exit codes that are documented."""

HIDDEN = ("ANTHROPIC_", "OPENAI_", "CLAUDE_", "HDSL_")


class BrokenPromiseError(AssertionError):
    """A promise did not hold."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: bytes
    err: str


def promise(holds: bool, what: object) -> None:
    """BrokenPromiseError where it does not hold."""
    if not holds:
        raise BrokenPromiseError(str(what))


def environment(home: Path, **added: str) -> dict[str, str]:
    """This process's environment without keys, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    return {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), **added}


def interruptible() -> None:
    """In a child before it runs: a shell, or `nohup`, may have begun this process with signals ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def begin(*words: str, folder: Path, variables: Mapping[str, str], **options: Any) -> "subprocess.Popen[bytes]":
    """Starts a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "hdsl", *words],
        cwd=folder,
        env=dict(variables),
        **{
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "preexec_fn": interruptible,
            **options,
        },
    )


def end(process: "subprocess.Popen[bytes]", seconds: float = 120.0) -> Ended:
    """Waits for a command. BrokenPromiseError where it does not end, or leaves a traceback."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise BrokenPromiseError(f"{process.args} did not end within {seconds:g} s: {err!r}") from None
    said = (err or b"").decode("utf-8", "replace")
    promise("Traceback" not in said and "Exception ignored" not in said, f"{process.args}: {said}")
    return Ended(process.returncode, out or b"", said)
