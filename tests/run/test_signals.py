"""Signals at moments when a process cannot raise: while it forks, and before it has begun."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm

WHILE_IT_FORKS = """
import os, signal, sys, time
from hdsl.cli.main import as_process
from hdsl.cli.supervise import supervised

def work():
    os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.{name}))
    return supervised(lambda: time.sleep(600) or 0, lambda text: print(text, file=sys.stderr))

sys.exit(as_process("hdsl", work, is_of_its_own=True))
"""

BEFORE_IT_BEGINS = """
import os, signal, sys
from hdsl.cli import main

main._hide_secrets = lambda: os.kill(os.getpid(), signal.{name})
sys.exit(main.as_process("hdsl", lambda: 0, is_of_its_own=True))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.parametrize("script", [WHILE_IT_FORKS, BEFORE_IT_BEGINS], ids=["while it forks", "before it begins"])
def test_a_signal_that_comes(tmp_path: Path, script: str, name: str) -> None:
    number = signal.Signals[name]
    # A shell that starts tests in the background lets them ignore SIGINT.
    begun = f"import signal\nsignal.signal(signal.{name}, signal.default_int_handler)\n"
    with warm.start(["-c", begun + script.format(name=name)], tmp_path) as process:
        _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in error
    assert error.endswith(f"{'interrupted' if number == signal.SIGINT else 'terminated'}\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "echo.hg", "--text", "hello"], 0, "echo: 0 model calls"),
        (["fmt", "-"], 2, "hdsl fmt: there is no standard input to format: it is closed\n"),
        (["serve", "echo.hg"], 2, "hdsl serve: to serve needs standard input and output, but one of them is closed\n"),
    ],
)
def test_a_closed_standard_input(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    (tmp_path / "echo.hg").write_text(
        "hdsl 1\n\nharness echo(text: text[1]) -> text[1] {\n  out: text[1] = first_line(text)\n  return out\n}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "hdsl", *words]
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(warm.REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == code
    assert ended.stderr.startswith(said)
