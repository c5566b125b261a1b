"""Runs `hdsl` as its users do: in this process where that is enough, else in one of its own."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from hdsl.cli.main import main
from hdsl.ground.json_lines import read_json_lines
from tests import warm

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def hdsl(*words: str, folder: Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Ended:
    """Runs a command in this process. An exception that it lets out is the test's."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, environment or {}),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return Ended(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Recorded:
    """The record of a run."""

    folder: Path

    @property
    def json(self) -> Any:
        """Its run.json."""
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @property
    def trace(self) -> list[dict[str, Any]]:
        """Its pulls, in the order of their ends."""
        return [line.value for line in read_json_lines(self.folder / "trace.jsonl")]

    def text(self, pull: Mapping[str, Any]) -> str:
        """The text that a pull gave."""
        from hdsl.run.record import read_texts  # it needs what running needs, and not all commands do

        return read_texts(self.folder)[pull["text"]]


def newest_run(folder: Path) -> Recorded:
    """The record of the last run that was begun in a folder."""
    return max((Recorded(run) for run in (folder / "runs").iterdir()), key=lambda run: run.json["started"])


def until(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether something holds within some seconds."""
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def start(*words: str, folder: Path, environment: Mapping[str, str] | None = None) -> warm.Process:
    """Starts a command as a process of its own, with what it imports from others already there."""
    return warm.start(["-m", "hdsl", *words], folder, environment)


def start_cold(
    *words: str, folder: Path, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()
) -> "subprocess.Popen[str]":
    """The same by an interpreter that starts anew, for what it reads at its start; `options` are python's."""
    return subprocess.Popen(
        [sys.executable, *options, "-m", "hdsl", *words],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str] | warm.Process", timeout: float = 60.0) -> Ended:
    """Waits for a process; ends it where it takes too long."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return Ended(process.returncode, out, err)
