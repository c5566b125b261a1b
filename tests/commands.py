"""Runs `hdsl` as its users do: in this process where that is enough, else in one of its own."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from hdsl.cli.main import main

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


def hdsl(*words: str, folder: Path, stdin: str = "", environment: Mapping[str, str] | None = None) -> Ended:
    """Runs a command in this process. An exception that it lets out is the test's."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, environment or {}),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return Ended(code, out.getvalue(), err.getvalue())


def start(
    *words: str, folder: Path, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()
) -> "subprocess.Popen[str]":
    """Starts a command as a process of its own; `options` are python's."""
    return subprocess.Popen(
        [sys.executable, *options, "-m", "hdsl", *words],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]", timeout: float = 60.0) -> Ended:
    """Waits for a process; ends it where it takes too long."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return Ended(process.returncode, out, err)
