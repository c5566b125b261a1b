"""What a session costs, as ratios to the `tmux` command in the same run: typing, looking, running a command to its end.

Run it with the project's python: `python benchmarks/terminal.py`. A ratio above 1: that many times faster.
"""

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from hdsl.terminal import Session, Terminal

REPEATS = 60
LINES = 50


async def median_ms(action: Callable[[int], Awaitable[object]], repeats: int = REPEATS) -> float:
    """The median of single calls, in milliseconds."""
    times = []
    for number in range(repeats):
        started = time.perf_counter()
        await action(number)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


class Command:
    """A shell driven by starting `tmux` for each step."""

    def __init__(self, folder: Path) -> None:
        self._base = ["tmux", "-S", str(folder / "socket"), "-f", "/dev/null"]

    async def run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(*self._base, *arguments, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return output.decode()

    async def open(self, number: int) -> None:
        await self.run("new-session", "-d", "-s", f"s{number}", "-x", "200", "-y", "50", "bash --norc --noprofile")

    async def type(self, number: int) -> None:
        await self.run("send-keys", "-t", "s0", "-l", "--", "x")

    async def look(self, number: int) -> None:
        await self.run("capture-pane", "-p", "-t", "s0")

    async def run_and_poll(self, number: int) -> None:
        """Looks every 10 ms for what the command prints."""
        await self.run("send-keys", "-t", "s0", "C-u", f"echo $(({number} + 100000))", "Enter")
        while f"\n{number + 100000}\n" not in await self.run("capture-pane", "-p", "-t", "s0"):
            await asyncio.sleep(0.01)

    async def run_and_signal(self, number: int) -> None:
        """Has the shell signal a channel when the command has ended."""
        signal = " ".join([*self._base, "wait-for", "-S", f"done{number}"])
        await self.run("send-keys", "-t", "s0", "C-u", f"true; {signal}", "Enter")
        await self.run("wait-for", f"done{number}")


class Ours:
    """The same by a session."""

    def __init__(self, terminal: Terminal, session: Session) -> None:
        self._terminal = terminal
        self._session = session

    async def open(self, number: int) -> None:
        await self._terminal.open()

    async def type(self, number: int) -> None:
        await self._session.send_text("x")

    async def look(self, number: int) -> None:
        await self._session.capture()

    async def run(self, number: int) -> None:
        await self._session.send_text(f"echo $(({number} + 100000))")
        await self._session.send_key("Enter")
        assert await self._session.wait_idle(10.0)

    async def clear(self) -> None:
        await self._session.send_key("C-c")
        assert await self._session.wait_idle(10.0)

    async def type_ahead(self, number: int) -> None:
        """Fifty lines at once, then one wait."""
        for line in range(LINES):
            await self._session.send_text(f"echo {line}")
            await self._session.send_key("Enter")
        assert await self._session.wait_idle(30.0)


async def compare(folder: Path) -> None:
    terminal = Terminal(folder)
    command = Command(folder)
    try:
        ours = Ours(terminal, await terminal.open())
        await command.open(0)
        rows = [
            ("open a session (ours: at its prompt)", ours.open, lambda number: command.open(number + 1), 12),
            ("type a character", ours.type, command.type, REPEATS),
            ("capture the screen", ours.look, command.look, REPEATS),
        ]
        for name, our_way, their_way, repeats in rows:
            report(name, await median_ms(our_way, repeats), await median_ms(their_way, repeats))
        await ours.clear()
        run_and_wait = await median_ms(ours.run)
        report("run and wait, against polling", run_and_wait, await median_ms(command.run_and_poll))
        report("run and wait, against wait-for", run_and_wait, await median_ms(command.run_and_signal))
        many = await median_ms(ours.type_ahead, 5)
        print(f"{'one of fifty lines typed at once':40} {many / LINES:8.2f} ms")
    finally:
        await command.run("kill-server")
        await terminal.close()


def report(name: str, ours_ms: float, theirs_ms: float) -> None:
    print(f"{name:40} {ours_ms:8.2f} ms   tmux {theirs_ms:8.2f} ms   ratio {theirs_ms / ours_ms:6.1f}")


def main() -> None:
    os.environ.pop("TMUX", None)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


if __name__ == "__main__":
    main()
