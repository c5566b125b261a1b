"""How soon a session is known to be idle, by shell set-up: milliseconds behind the end of a command that takes none.

The baseline, in the same run, is what scripts do by hand: `tmux send-keys`, then `tmux capture-pane` every 10 ms until
the last line of the screen is the prompt again. It needs to know the prompt; a session does not.
Run it with the project's python: `python benchmarks/terminal_idle.py`.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from hdsl.terminal import Session, Terminal

REPEATS = 7
POLL = 0.01
LONG = 60.0
# How to get there, and the end of the last line of the screen while the prompt is shown.
SETUPS = {
    "plain": ("true", "$"),
    "PROMPT_COMMAND set": ("PROMPT_COMMAND='history -a'", "$"),
    "PS1='❯ '": ("PS1='❯ '", "❯"),
    "PS1 of two lines": ("PS1='\\w\\n> '", ">"),
    "set -o vi": ("set -o vi", "$"),
    "set +o emacs": ("set +o emacs", "$"),
    "bash --norc": ("PS1='in$ ' bash --norc", "in$"),
    "sh": ("PS1='in$ ' sh", "in$"),
    "exec sh": ("PS1='in$ ' exec sh", "in$"),
    "su -c bash": ("PS1='in$ ' su -c 'bash --norc'", "in$"),
    "script": ("PS1='in$ ' script -q -c 'bash --norc' /dev/null", "in$"),
    "zsh": ("PS1='in$ ' zsh -f", "in$"),
    "fish": ("fish --no-config", ">"),
    "python3": ("python3 -q", ">>>"),
}
QUICK = {"python3": "None"}


class ByHand:
    """A shell driven by starting `tmux` for each step."""

    def __init__(self, folder: Path) -> None:
        self._base = ["tmux", "-u", "-S", str(folder / "socket"), "-f", "/dev/null"]

    async def run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(*self._base, *arguments, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return output.decode()

    async def open(self, name: str) -> None:
        await self.run("new-session", "-d", "-s", name, "-x", "200", "-y", "50", "PS1='$ ' bash --norc --noprofile")

    async def run_line(self, name: str, line: str, prompt: str) -> float:
        before = len(await self._screen(name))
        await self.run("send-keys", "-t", f"={name}:", "-l", "--", line)
        started = time.perf_counter()
        await self.run("send-keys", "-t", f"={name}:", "Enter")
        while len(screen := await self._screen(name)) <= before or not screen[-1].endswith((prompt, "#")):
            await asyncio.sleep(POLL)
        return time.perf_counter() - started

    async def _screen(self, name: str) -> list[str]:
        return (await self.run("capture-pane", "-p", "-t", f"={name}:")).rstrip().split("\n")


async def run_line(session: Session, line: str) -> float:
    await session.send_text(line)
    started = time.perf_counter()
    await session.send_key("Enter")
    assert await session.wait_idle(LONG)
    return time.perf_counter() - started


async def compare(folder: Path) -> None:
    terminal, by_hand = Terminal(folder), ByHand(folder)
    print(f"{'set-up':22} {'session':>10} {'longest':>10} {'by hand':>10} {'ratio':>8}")
    try:
        for number, (name, (setting, prompt)) in enumerate(SETUPS.items()):
            if name in {"zsh", "fish"} and not shutil.which(name):
                print(f"{name:22} is not on this machine")
                continue
            quick = QUICK.get(name, "true")
            session = await terminal.open()
            await run_line(session, setting)
            ours = [await run_line(session, quick) for _ in range(REPEATS)]
            await by_hand.open(f"s{number}")
            await by_hand.run_line(f"s{number}", setting, prompt)
            theirs = [await by_hand.run_line(f"s{number}", quick, prompt) for _ in range(REPEATS)]
            report(name, ours, theirs)
    finally:
        await by_hand.run("kill-server")
        await terminal.close()


def report(name: str, ours: list[float], theirs: list[float]) -> None:
    mine, hand = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    print(f"{name:22} {mine:7.1f} ms {max(ours) * 1000:7.1f} ms {hand:7.1f} ms {hand / mine:8.2f}")


def main() -> None:
    os.environ.pop("TMUX", None)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


if __name__ == "__main__":
    main()
