"""Runs the commands of a session again, in a real terminal, and compares what they do with what was recorded."""

from __future__ import annotations

import asyncio
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from hdsl.ground.secrets import HIDDEN
from hdsl.sessions.model import Call, Session, SessionError, Step
from hdsl.terminal.errors import SessionGone, TerminalError, TypingRefused
from hdsl.terminal.session import Session as Shell
from hdsl.terminal.terminal import Terminal

Verdict = Literal["same", "differs", "not run"]
MOST_FILES, MOST_BYTES = 20_000, 512 << 20
"""What a folder that is copied may hold."""
LONGEST = 20_000
"""Characters of a command that is typed."""
_COPIED = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK)
_PROMPT = "$"
"""The prompt of hdsl's shells."""
_TRIES, _TICK = 50, 0.02
_HISTORY = 5000
_ALIKE = 0.9
"""How much of the words of two screens must be equal for the screens to be the same."""
_COMPARED = 20_000
_VARYING = re.compile(
    r"0x[0-9a-fA-F]+|\b[0-9a-f]{7,64}\b|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d\d:\d\d(?::\d\d)?\b|\b\d+(?:\.\d+)?\s?(?:s|ms|seconds?)\b|/tmp/[\w./-]+"
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one call. `why` says what differs, or why it did not run; `screen` is what it printed now."""

    step: int
    call: str
    command: str
    verdict: Verdict
    why: str = ""
    recorded_status: int | None = None
    exit_status: int | None = None
    screen: str = ""

    def as_json(self) -> dict[str, Any]:
        """The facts as plain data."""
        return {
            "step": self.step,
            "call": self.call,
            "command": self.command,
            "verdict": self.verdict,
            "why": self.why,
            "recorded_status": self.recorded_status,
            "exit_status": self.exit_status,
            "screen": self.screen,
        }


def copy_folder(source: Path, target: Path) -> None:
    """Copies a folder for a replay: regular files and folders, and links as links; neither pipes nor devices.

    SessionError where it is none or holds too much, OSError where it cannot be read.
    """
    if not source.is_dir():
        raise SessionError(f"{source} is not a folder")
    count = size = 0

    def left_out(folder: str, names: list[str]) -> Iterator[str]:
        nonlocal count, size
        for name in names:
            path = Path(folder) / name
            found = path.lstat()
            if path.absolute() == target.absolute() or not any(is_kind(found.st_mode) for is_kind in _COPIED):
                yield name
                continue
            count, size = count + 1, size + found.st_size
            if count > MOST_FILES or size > MOST_BYTES:
                limits = f"{MOST_FILES:,} files or {MOST_BYTES:,} bytes"
                raise SessionError(f"{source} holds more than {limits}; replay from a smaller folder")

    def ignored(folder: str, names: list[str]) -> list[str]:
        return list(left_out(folder, names))

    shutil.copytree(source, target, symlinks=True, ignore=ignored, dirs_exist_ok=True)


async def replay(session: Session, terminal: Terminal, folder: Path, timeout: float) -> tuple[Replayed, ...]:
    """Runs every shell command of a session in one shell that stands in `folder`; the others are named as not run.

    A path of the recorded working folder in a command stands for `folder`.
    """
    shell = await terminal.open("replay")
    found: list[Replayed] = []
    gone = ""
    for step, call in session.calls():
        reason = gone or _unfit(step, call)
        if reason:
            found.append(_not_run(step, call, reason))
            continue
        try:
            found.append(await _run(shell, step, _moved(call, session.folder, folder), timeout))
        except TypingRefused as refused:
            found.append(_not_run(step, call, str(refused)))
        except (SessionGone, TerminalError) as error:
            gone = f"the shell has ended: {error}"
            found.append(_not_run(step, call, gone))
        except _Hangs:
            gone = "a command before it did not end"
            found.append(_not_run(step, call, f"it did not end within {timeout:g} s"))
    return tuple(found)


def measured(session: Session, found: Sequence[Replayed]) -> Session:
    """The session with the exit statuses that the replay measured of calls that did the same and had none recorded."""
    statuses = {(each.step, each.call): each.exit_status for each in found if each.verdict == "same"}

    def call_of(step: Step, call: Call) -> Call:
        status = statuses.get((step.line, call.id))
        if call.outcome is None or call.outcome.exit_status is not None or status is None:
            return call
        # Written anew: the fields of the recording know nothing of a status.
        return changed(call, outcome=changed(call.outcome, exit_status=status, is_error=status != 0))

    steps = tuple(changed(step, calls=tuple(call_of(step, call) for call in step.calls)) for step in session.steps)
    return changed(session, steps=steps)


def moved(command: str, recorded: str, folder: Path) -> str:
    """The command with the recorded working folder replaced by another one."""
    if len(recorded.strip("/")) == 0:
        return command
    return re.sub(rf"(?<![\w./-]){re.escape(recorded.rstrip('/'))}(?=$|[/\s\"';|&)])", lambda _: str(folder), command)


class _Hangs(Exception):  # noqa: N818 - a state
    """A command runs longer than it may."""


def _unfit(step: Step, call: Call) -> str:
    if call.command is None:
        return "not a shell command"
    if step.is_copied:
        return "copied context"
    if HIDDEN in call.command:
        return "it holds a secret, which was taken out"
    if len(call.command) > LONGEST:
        return f"longer than {LONGEST:,} characters"
    if call.arguments.get("run_in_background") is True:
        return "it ran in the background"
    return ""


def _moved(call: Call, recorded: str, folder: Path) -> Call:
    """The call with the recorded working folder replaced, in what is typed and in what is expected."""
    outcome = call.outcome and changed(call.outcome, text=moved(call.outcome.text, recorded, folder))
    return changed(call, command=moved(call.command or "", recorded, folder), outcome=outcome)


async def _run(shell: Shell, step: Step, call: Call, timeout: float) -> Replayed:
    command = call.command or ""
    await _prompt(shell)
    before = len(shell.commands)
    await shell.send_text(command)
    typed = await _typed(shell, command)
    await shell.send_key("Enter")
    is_idle = await shell.wait_idle(timeout)
    if not is_idle or not await shell.is_prompt_empty():
        await shell.send_key("C-c")
        if not await shell.wait_idle(timeout) or not await shell.is_prompt_empty():
            raise _Hangs
        why = f"it did not end within {timeout:g} s" if not is_idle else "the shell waits for more of it"
        return _not_run(step, call, why)
    ended = shell.commands[before:]
    status = ended[-1].exit_code if ended else None
    screen = _output(await shell.capture(_HISTORY), typed, command.count("\n") + 1)
    return _compared(step, call, status, screen)


async def _prompt(shell: Shell) -> None:
    """Waits for an empty prompt: a line that was refused is cleared by an interrupt, which takes with it what is typed
    while it is on its way."""
    for _ in range(_TRIES):
        if await shell.is_prompt_empty():
            break
        await asyncio.sleep(_TICK)


async def _typed(shell: Shell, command: str) -> str:
    """The screen with the command at the prompt, as soon as it is drawn."""
    end = command.rstrip().rpartition("\n")[2].strip()
    for _ in range(_TRIES):
        await shell.edited_line()
        screen = await shell.capture(_HISTORY)
        if screen.rstrip().endswith(end):
            break
        await asyncio.sleep(_TICK)
    return screen


def _output(screen: str, typed: str, edited: int) -> str:
    """What was printed since the screen looked like `typed`, without the prompt at its end.

    Its last `edited` lines are the command, which the shell may draw again where output without a newline precedes it.
    """
    lines, before = screen.split("\n"), typed.split("\n")
    above = max(0, len(before) - edited)
    if lines[:above] != before[:above]:
        # So much was printed that the line that was typed is gone, or is not where it was.
        last = max((at for at, line in enumerate(lines) if line == before[-1]), default=-1)
        before = lines[: last + 1]
    printed = lines[len(before) :]
    if printed:
        # Behind output without a newline the prompt stands on the same line.
        printed[-1] = printed[-1].rstrip().removesuffix(_PROMPT)
    return "\n".join(printed).strip("\n")


def _compared(step: Step, call: Call, status: int | None, screen: str) -> Replayed:
    outcome = call.outcome
    differences = []
    if outcome is not None and outcome.exit_status is not None and status != outcome.exit_status:
        differences.append(f"it ended with {status}, and with {outcome.exit_status} when recorded")
    if outcome is not None and not alike(outcome.text, screen):
        differences.append("the screens differ")
    if outcome is None:
        differences.append("nothing was recorded to compare with")
    return Replayed(
        step=step.line,
        call=call.id,
        command=call.command or "",
        verdict="differs" if differences else "same",
        why="; ".join(differences),
        recorded_status=outcome.exit_status if outcome is not None else None,
        exit_status=status,
        screen=screen,
    )


def alike(recorded: str, screen: str) -> bool:
    """Whether two outputs say the same, but for times, hashes, temporary names, and how lines are broken."""
    left, right = _words(recorded), _words(screen)
    if left == right:
        return True
    return bool(left) and bool(right) and SequenceMatcher(None, left, right, autojunk=False).ratio() >= _ALIKE


def _words(text: str) -> Sequence[str]:
    return _VARYING.sub("…", text[-_COMPARED:]).split()[-2000:]


def _not_run(step: Step, call: Call, why: str) -> Replayed:
    command = call.command or call.tool
    status = call.outcome.exit_status if call.outcome is not None else None
    return Replayed(step.line, call.id, command, "not run", why, status)
