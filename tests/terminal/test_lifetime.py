"""What is left of a terminal when its run has ended, however it ended: nothing."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hdsl.ground.processes import name_of
from hdsl.terminal import SessionGone, Terminal, TerminalMissing
from tests.commands import until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


# A command that writes without end: a server whose client cannot pass on output used to wait for it for ever.
RUN = """
import asyncio, os, signal, sys
from hdsl.terminal import Terminal

async def main():
    terminal = Terminal()
    session = await terminal.open()
    await session.send_text("yes")
    await session.send_key("Enter")
    print(len(os.listdir(os.environ["TMPDIR"])), flush=True)
    {end}

asyncio.run(main())
"""
ENDS = {
    "return": "return",
    "exception": "raise ValueError('a crash')",
    "exit": "sys.exit(3)",
    "hard exit": "os._exit(3)",
    "interrupt": "os.kill(os.getpid(), signal.SIGINT); await asyncio.sleep(30)",
    "terminated": "os.kill(os.getpid(), signal.SIGTERM); await asyncio.sleep(30)",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "closed": "await terminal.close()",
}


def processes_of(folder: Path) -> list[int]:
    """The processes, of whatever parent, that name the folder in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_left(end, tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    script = RUN.replace("{end}", ENDS[end])
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=100)
    assert run.stdout == "1\n", run.stderr
    assert until(lambda: not processes_of(tmp_path) and not list(tmp_path.iterdir()), 40), processes_of(tmp_path)


def test_without_tmux(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    async def check():
        terminal = Terminal()
        with pytest.raises(TerminalMissing, match=r"^terminals need tmux 3\.2 or newer, and there is no tmux on PATH$"):
            await terminal.open()
        await terminal.close()

    asyncio.run(check())


VERSION = 'if [ "$1" = -V ]; then echo tmux 3.4; exit; fi;'


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo tmux 2.8", "is older$"),
        ("echo tmux 3.1c", "is older$"),
        ("echo garbage", "is none: its version is 'garbage'$"),
        ("printf '\\033]0;x'", "is none: its version is"),
        ("exit 1", "is none: its version is ''$"),
        (f"{VERSION} exit 1", "does not serve"),
        (f"{VERSION} echo garbage; echo %output; echo %window-close; echo %begin", "does not serve"),
        (f"{VERSION} while read -r line; do echo '%begin 1 1 1'; echo '%error 1 1 1'; done", "does not serve"),
    ],
)
def test_with_a_tmux_that_does_not_serve(script, message, monkeypatch, tmp_path):
    tmux = tmp_path / "tmux"
    tmux.write_text(f"#!/bin/sh\n{script}\n")
    tmux.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    async def check():
        terminal = Terminal()
        try:
            with pytest.raises(TerminalMissing, match=message):
                await terminal.open()
        finally:
            await terminal.close()

    asyncio.run(check())


@pytest.mark.parametrize("victim", ["server", "client"])
def test_a_killed_server_ends_its_sessions(victim, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def check():
        terminal = Terminal()
        session = await terminal.open()
        await session.send_text("sleep 600")
        await session.send_key("Enter")
        waiting = asyncio.ensure_future(session.wait_idle(600.0))
        (reaper,) = (process for process in processes_of(tmp_path) if parent_of(process) == os.getpid())
        servers = {process for process in processes_of(tmp_path) if parent_of(process) == reaper}
        # The server and its client: whichever goes, all goes.
        (process,) = (process for process in servers if name_of(process) == f"tmux: {victim}")
        os.kill(process, signal.SIGKILL)
        with pytest.raises(SessionGone, match=r"the tmux server .*has ended"):
            await waiting
        for use in (session.capture, session.is_running, terminal.open):
            with pytest.raises(SessionGone):
                await use()
        await terminal.close()

    asyncio.run(check())


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_session_cannot_hold_us_by_its_reaper(number, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def check():
        terminal = Terminal()
        await terminal.open()
        (reaper,) = (process for process in processes_of(tmp_path) if parent_of(process) == os.getpid())
        os.kill(reaper, number)
        await terminal.close()
        while processes_of(tmp_path):
            await asyncio.sleep(0.02)
        assert list(tmp_path.iterdir()) == []

    asyncio.run(check())


def test_a_closed_terminal_is_gone():
    async def check():
        terminal = Terminal()
        session = await terminal.open()
        await terminal.close()
        await terminal.close()
        for use in (session.capture, terminal.open):
            with pytest.raises(SessionGone, match="closed"):
                await use()

    asyncio.run(check())
